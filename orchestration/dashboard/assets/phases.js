// Phases: what was closed, tapered from the first phase to the win, by count or by amount, beside the period before.
"use strict";

// `along`: how far each got; `ended`: the column that says whether it was won; `period` and `periods: [now, before]`
// tell two periods apart; `value`: the measures to choose from. What was won went through every phase, so that each line
// is the one above less what fell off there.
revloop.kinds.phases = (panel, rows, body, place) => {
  const { make, ui } = revloop;
  const { column, control } = revloop.measure(panel, place);
  const path = revloop.stages.map((each) => each.stage);
  const far = (row) => path.indexOf(row[panel.along]);
  const isWon = (row) => row[panel.ended] === "won";
  const [now, before] = panel.periods.map((period) => rows.filter((row) => row[panel.period] === period));
  const steps = [...new Set(rows.map(far))].sort((a, b) => a - b);
  const phases = path.slice(steps[0], steps.at(-1) + 1).filter((phase) => !revloop.unused.some(({ stage }) => stage === phase));
  const reached = (set, phase) => set.filter((row) => isWon(row) || far(row) >= path.indexOf(phase));
  const fell = (set, phase) => set.filter((row) => !isWon(row) && row[panel.along] === phase);
  const cell = (some) => revloop.cell(panel, some, column);
  const size = (some) => cell(some).value || 0;
  const lines = [
    ...phases.map((phase, index) => {
      const after = (set) => (index + 1 < phases.length ? reached(set, phases[index + 1]) : set.filter(isWon));
      return { name: revloop.named(phase), sets: [reached(now, phase), fell(now, phase), reached(before, phase), fell(before, phase)], after: [after(now), after(before)] };
    }),
    { name: revloop.named("won"), sets: [now.filter(isWon), null, before.filter(isWon), null], after: [now.filter(isWon), before.filter(isWon)] },
  ];
  const widest = Math.max(...lines.flatMap((line) => [size(line.sets[0]), size(line.sets[2])]), 1);
  const heads = ["phases_reached", "phases_fell", "phases_reached_before", "phases_fell_before"];
  const table = make("table", { class: "funnel-lines phases-lines" },
    make("caption", { class: "hidden" }, revloop.say(panel.title)),
    make("thead", {}, make("tr", {},
      make("th", { scope: "col" }, revloop.say(revloop.word(panel.of, panel.along))),
      make("th", { scope: "col", class: "picture" }, make("span", { class: "hidden" }, ui("funnel_picture"))),
      heads.map((head) => make("th", { scope: "col", class: "number" }, ui(head))))),
    make("tbody", {}, lines.map((line) => make("tr", {},
      make("th", { scope: "row" }, make("bdi", { dir: "auto" }, line.name)),
      make("td", { class: "picture" }, revloop.taper(widest, size(line.sets[0]), size(line.after[0]), [size(line.sets[2]), size(line.after[1])])),
      line.sets.map((some) => make("td", { class: "number" }, some === null ? "" : revloop.shown(cell(some))))))));
  const columns = [panel.period, panel.along, panel.ended, ...[].concat(panel.value)];
  const copied = revloop.groups(rows, [panel.period, panel.along, panel.ended]).map((some) => ({ rows: some, cells: columns.map((each) => revloop.cell(panel, some, each)) }));
  body.append(control || "",
    make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title) }, table),
    make("div", { class: "foot" }, make("button", { type: "button", class: "copy", onclick: (event) => revloop.copy(columns, copied, event.target) }, ui("copy"))));
};
