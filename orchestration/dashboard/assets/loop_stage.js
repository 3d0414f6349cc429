// The panel of one stage of the loop, and the tables that the loop is drawn from.
"use strict";

revloop.loopStage = (panel, found, stage, place) => {
  const { make, ui } = revloop;
  const part = (of, more) => ({ of, slices: { segment: panel.slices.segment }, only: { stage }, ...more });
  const block = (title, kind, asked) => {
    const inner = make("div", { class: "body" });
    const whole = { ...asked, title };
    const rows = revloop.rows(whole);
    if (rows.length) revloop.kinds[kind](whole, rows, inner, `${place}-${asked.of}-${kind}`);
    else inner.append(make("p", { class: "empty" }, ui("empty")));
    return make("section", {}, make("h4", {}, revloop.say(title), " ", revloop.explainButton(whole)), inner);
  };
  const named = (word) => revloop.words.ui[word];
  const longest = { of: panel.longest, slices: { segment: panel.slices.segment }, only: { current_stage: stage }, title: named("loop_longest") };
  const leads = revloop.rows(longest);
  const columns = ["lead_id", "owner_id", "segment", "days_there"];
  const now = part(panel.sources, {});
  return make("section", { id: "loop-stage", class: "loop-stage", "aria-labelledby": "loop-stage-name" },
    make("header", {},
      make("h3", { id: "loop-stage-name" }, make("bdi", { dir: "auto" }, revloop.named(stage))),
      make("button", { type: "button", onclick: () => { revloop.choose({ open: null }); document.getElementById(`stage-${stage}`).focus(); } }, ui("close"))),
    make("div", { class: "loop-blocks" },
      block(named("loop_trend"), "lines", part(panel.balances, { x: "period_month", y: ["balance"], height: 190 })),
      block(named("loop_in_out"), "bars", part(panel.of, { x: "period_month", y: ["entered", "exited"], colours: ["forward", "before"], height: 190 })),
      block(named("loop_sources"), "bars", { ...now, x: "lead_source", group_by: ["lead_source"], order: "balance", y: ["balance"], lying: true, top: 8 }),
      block(named("loop_segments"), "bars", { ...now, x: "segment", group_by: ["segment"], y: ["balance"], lying: true })),
    make("h4", {}, ui("loop_longest"), " ", revloop.explainButton(longest)),
    leads.length === 0 ? make("p", { class: "empty" }, ui("loop_nobody")) : [
      make("p", { class: "says" }, ui("loop_all"), " ", revloop.shown(revloop.cell(now, revloop.rows(now), "balance")), ". ", ui("loop_first")),
      revloop.table(longest, leads.map((row) => [row]), columns),
    ]);
};

revloop.loopTables = (panel, found, place) => {
  const flows = { ...panel, title: panel.title };
  const moves = { ...found.panels.moves, title: revloop.words.ui.loop_moves };
  const order = revloop.stages.map((each) => each.stage);
  const by = (column) => (a, b) => order.indexOf(a[0][column]) - order.indexOf(b[0][column]);
  return revloop.make("details", { class: "below", "data-name": `table-${place}` },
    revloop.make("summary", {}, revloop.ui("as_table")),
    revloop.table(flows, revloop.groups(found.flows, ["stage"]).sort(by("stage")), ["stage", "entered", "exited", "advanced", "detoured"]),
    revloop.table(moves, revloop.groups(found.moves, ["from_stage", "to_stage"]).sort(by("to_stage")).sort(by("from_stage")), ["from_stage", "to_stage", "transitions"]));
};
