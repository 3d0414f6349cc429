// The loop: stages from left to right with who is there, what falls off below, and how it comes back.
// Shapes are drawn, texts and numbers stand above them as HTML, so that a keyboard and a screen reader find them.
"use strict";

revloop.SPANS = ["1", "3", "12"];

// `of` are the flows of stages by month; `moves`, `balances`, `went_on`, `speed` name the other queries of the picture,
// `sources` and `longest` those of the panel of one stage.
revloop.kinds.loop = (panel, rows, body, place) => {
  const { make, ui } = revloop;
  const found = revloop.loopRows(panel, rows);
  const width = Math.max(revloop.room(), found.path.length * 80);
  const open = revloop.stages.find((each) => each.stage === revloop.chosen().open);
  const box = make("div", { class: "loop-box", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title), onscroll: (event) => { revloop.loopScrolled = event.target.scrollLeft; } },
    revloop.room() < width ? revloop.loopDown(found) : revloop.loopPicture(panel, found, width));
  body.append(
    revloop.loopAnswer(found),
    make("header", { class: "loop-head" },
      make("div", { class: "spans", role: "group", "aria-label": ui("loop_period") }, revloop.SPANS.map((span) =>
        make("button", { type: "button", id: `span-${span}`, "aria-pressed": String(span === found.span), onclick: () => revloop.choose({ span }) }, ui(`months_${span}`))),
        make("span", {}, found.months.length ? revloop.fill(ui("loop_until"), { from: revloop.month(found.months[0]), to: revloop.month(found.months.at(-1)) }) : "")),
      make("ul", { class: "legend" },
        [["forward", "loop_on"], ["back", "loop_back"], ["lost", "loop_off"]].map(([colour, word]) =>
          make("li", {}, make("i", { style: `background:var(--${colour})` }), ui(word))))),
    box,
    make("ul", { class: "says loop-notes" }, revloop.loopNotes(found).map((note) => make("li", {}, note))),
    open ? revloop.loopStage(panel, found, open.stage, place) : make("p", { class: "loop-notes" }, ui("loop_open")),
    revloop.loopTables(panel, found, place));
  requestAnimationFrame(() => { box.scrollLeft = revloop.loopScrolled || 0; });
};

// Its point in a sentence: who came back beside who was new, and how many of those in a later pass were won.
revloop.loopAnswer = (found) => {
  const counted = (holds) => revloop.cell(found.panels.moves, found.moves.filter(holds), "transitions");
  const cells = {
    back: counted((row) => ["reentry", "reopen"].includes(row.direction)),
    fresh: counted((row) => row.direction === "entry"),
    won: counted((row) => row.comes_back && row.to_stage === "onboarding"),
  };
  if (cells.back.value === null || cells.fresh.value === null) return "";
  const words = revloop.ui(cells.won.value === null ? "loop_came" : "loop_answer").split(/\{(\w+)\}/);
  return revloop.make("p", { class: "says answer" }, words.map((part, place) => (place % 2 ? revloop.shown(cells[part]) : part)));
};

// A picture is as wide as its page: it is made anew when that changes.
addEventListener("resize", () => {
  clearTimeout(revloop.resized);
  revloop.resized = setTimeout(() => {
    if (document.querySelector(".loop-picture") && revloop.room() !== revloop.loopDrawn) revloop.draw();
  }, 150);
});

// What stands in the picture beside who is there: each with the button that explains it.
revloop.loopNotes = (found) => {
  const { ui, words } = revloop;
  const asked = (set, title) => [" ", revloop.explainButton({ ...found.panels[set], title })];
  const notes = [[ui("loop_turns"), asked("moves", words.ui.loop_moves)]];
  const [went] = found.went_on;
  const [stay] = found.speed;
  if (went) notes.push([revloop.fill(ui("loop_went_on"), { day: revloop.day(went.window_end) }), asked("went_on", revloop.word(found.panels.went_on.of, "conversion"))]);
  if (stay) notes.push([revloop.fill(ui("loop_days"), { quarter: revloop.month(stay.cohort_quarter) }), revloop.value("segment") === "all" ? ` ${ui("loop_each")}` : "", asked("speed", revloop.word(found.panels.speed.of, "median_days"))]);
  if (revloop.unused.length) notes.push(revloop.unusedNote());
  return notes;
};

revloop.unusedNote = () => [revloop.ui("unused_stages"), " ", revloop.unused.map(({ stage }, place) => [place ? ", " : "", revloop.make("bdi", { dir: "auto" }, revloop.named(stage))]), "."];

// What the picture is of: the months that end with the chosen one, and what was known of conversion and time by then.
revloop.loopRows = (panel, rows) => {
  const part = (of, column) => ({ ...panel, of, slices: { ...panel.slices, ...(column ? { month: column } : {}) } });
  const until = revloop.value("month");
  const span = revloop.SPANS.includes(revloop.chosen().span) ? revloop.chosen().span : "12";
  const months = [...new Set(rows.map((row) => row.period_month))].sort().slice(-Number(span));
  const panels = Object.fromEntries(["moves", "balances", "went_on", "speed"].map((name) => [name, { ...part(panel[name]), history: true, slices: { segment: panel.slices.segment } }]));
  const latest = (name, column) => {
    const all = revloop.rows(panels[name]).filter((row) => row[column].slice(0, 7) <= until.slice(0, 7));
    const last = all.reduce((most, row) => (row[column] > most ? row[column] : most), "");
    return all.filter((row) => row[column] === last);
  };
  return {
    span, months, panels: { ...panels, flows: panel },
    path: revloop.stages.filter((each) => each.kind === "success"),
    detours: revloop.stages.filter((each) => each.kind !== "success"),
    flows: rows.filter((row) => months.includes(row.period_month)),
    moves: revloop.rows(panels.moves).filter((row) => months.includes(row.period_month)),
    balances: latest("balances", "date_day"),
    went_on: latest("went_on", "window_end"),
    speed: latest("speed", "cohort_quarter"),
  };
};

// ---- the picture --------------------------------------------------------------------------------------------------
revloop.LOOP = { river: 228, below: 404, height: 474, widest: 62, largest: 40, usually: { recycled: 0.3, disqualified: 0.48, lost: 0.66, churned: 0.9 } };

revloop.loopPicture = (panel, found, width) => {
  const { make, LOOP } = revloop;
  revloop.loopDrawn = revloop.room();
  const { path, detours } = found;
  const step = width / path.length;
  const at = Object.fromEntries(path.map((each, place) => [each.stage, { x: step * (place + 0.5), y: LOOP.river, place }]));
  revloop.loopDetours(found, step, width, at);
  const { most, balance, crossing, wide } = revloop.loopSizes(found, at, Math.min(LOOP.largest, step / 2 - 3), LOOP.widest);
  const borders = [...path.map((_, place) => step * place), at[path.at(-1).stage].x];
  const svg = revloop.svg("svg", { class: "loop-shapes", viewBox: `0 0 ${width} ${LOOP.height}`, width, height: LOOP.height, "aria-hidden": "true", focusable: "false" });
  svg.append(...revloop.loopRiver(crossing, borders, wide, (along, aside) => `${along},${LOOP.river + aside}`), ...revloop.loopArcs(found, at, wide), ...revloop.loopCircles(at, balance));
  const light = revloop.loopLight(svg);
  const isBig = revloop.loopIsBig(found, most);
  return make("div", { class: `loop-picture${isBig ? " big" : ""}`, style: `width:${width}px;height:${LOOP.height}px` }, svg,
    revloop.loopDepartments(path, step),
    make("ol", { class: "loop-stages" }, path.map((each) => revloop.loopColumn(found, each, at[each.stage], step, light))),
    make("ul", { class: "loop-detours" }, detours.map((each) => revloop.loopDetour(found, each, at[each.stage], width, light))));
};

// ---- its texts ----------------------------------------------------------------------------------------------------
revloop.loopDepartments = (path, step) => {
  const bands = [];
  path.forEach((each, place) => {
    if (bands.length && bands.at(-1).department === each.department) bands.at(-1).count += 1;
    else bands.push({ department: each.department, place, count: 1 });
  });
  return bands.map((band) => revloop.make("div", { class: "loop-band", style: `left:${step * band.place + 4}px;width:${step * band.count - 8}px` }, revloop.named(band.department)));
};

revloop.loopNumber = (found, set, stage, column, filter = () => true) =>
  revloop.cell(found.panels[set], found[set].filter((row) => row.stage === stage && filter(row)), column);

revloop.loopButton = (found, each, light, ...children) => {
  const isOpen = revloop.chosen().open === each.stage;
  return revloop.make("button", {
    type: "button", id: `stage-${each.stage}`, class: "loop-button", "aria-expanded": String(isOpen), "aria-controls": isOpen ? "loop-stage" : null,
    onclick: () => { revloop.choose({ open: isOpen ? null : each.stage }); if (!isOpen) document.getElementById("loop-stage").scrollIntoView({ block: "nearest" }); },
    onpointerenter: () => light(each.stage), onpointerleave: () => light(null), onfocus: () => light(each.stage), onblur: () => light(null),
  }, revloop.make("span", { class: "loop-name" }, revloop.make("bdi", { dir: "auto" }, revloop.breakable(each[revloop.language()]))), children);
};

// What stands below the name of a stage: who is there, and its flows; of one that nobody ever was in, that it is not used.
revloop.loopThere = (found, each, more) => (each.is_used
  ? [revloop.make("strong", {}, revloop.shown(revloop.loopNumber(found, "balances", each.stage, "balance"))), revloop.loopFlow(found, each), more]
  : revloop.make("span", { class: "loop-unused" }, revloop.ui("unused")));

revloop.loopFlow = (found, each) => revloop.make("span", { class: "loop-flow" },
  revloop.make("span", {}, revloop.ui("loop_in"), " ", revloop.shown(revloop.loopNumber(found, "flows", each.stage, "entered"))), " ",
  revloop.make("span", {}, revloop.ui("loop_out"), " ", revloop.shown(revloop.loopNumber(found, "flows", each.stage, "exited"))));

// The share of a stage that went on, between it and the next.
revloop.loopWent = (found, each, style) => {
  const { make, ui } = revloop;
  const went = found.went_on.filter((row) => row.stage === each.stage);
  if (!went.length) return null;
  const rate = revloop.cell(found.panels.went_on, went, "conversion");
  const small = revloop.isSmall(went, rate.word);
  return make("span", { class: `loop-went${small ? " small" : ""}`, style, title: small ? ui("small") : null },
    make("span", { class: "hidden" }, ui("loop_pill")), " ",
    rate.pooled ? [revloop.shown(revloop.cell(found.panels.went_on, went, "reached_next")), make("span", { class: "of" }, "/"), revloop.shown(revloop.cell(found.panels.went_on, went, "n"))] : revloop.shown(rate));
};

// How many came back to a stage, and how many fell off it.
revloop.loopTurns = (found, each, style) => {
  const { make, ui } = revloop;
  const came = revloop.cell(found.panels.moves, found.moves.filter((row) => row.to_stage === each.stage && ["reentry", "reopen"].includes(row.direction)), "transitions");
  const fell = revloop.loopNumber(found, "flows", each.stage, "detoured");
  return make("span", { class: "loop-turns", style },
    came.value ? make("span", { class: "loop-came", title: ui("loop_back") }, make("span", { "aria-hidden": "true" }, "↑"), make("span", { class: "hidden" }, ui("loop_back")), revloop.shown(came)) : null,
    fell.value ? make("span", { class: "loop-fell", title: ui("loop_off") }, make("span", { "aria-hidden": "true" }, "↓"), make("span", { class: "hidden" }, ui("loop_off")), revloop.shown(fell)) : null);
};

revloop.loopColumn = (found, each, at, step, light) => {
  const { make, LOOP } = revloop;
  return make("li", { style: `left:${at.x - step / 2}px;width:${step}px;height:${LOOP.river + LOOP.largest}px` },
    revloop.loopButton(found, each, light, revloop.loopThere(found, each, make("span", { class: "loop-days" }, revloop.loopDays(found, each.stage)))),
    revloop.loopWent(found, each, `top:${LOOP.river - 74}px`),
    revloop.loopTurns(found, each, `top:${LOOP.river + LOOP.largest + 18}px`));
};

// Medians cannot be averaged: without a choice each segment's own stands there, in the order of their size.
revloop.loopDays = (found, stage) => {
  const rows = found.speed.filter((row) => row.stage === stage);
  const segments = revloop.ordered("segment", [...new Set(found.speed.map((row) => row.segment))]);
  if (rows.every((row) => row.median_days === null) || segments.length > 3) return "";
  const shown = segments.map((segment) => {
    const mine = rows.filter((row) => row.segment === segment);
    return revloop.make("span", { title: revloop.named(segment) }, revloop.shown(revloop.cell(found.panels.speed, mine, "median_days")));
  });
  return [shown.map((each, place) => [place ? " · " : "", each]), " ", revloop.ui("loop_day")];
};

revloop.loopRose = (found, each) => {
  const came = revloop.cell(found.panels.moves, found.moves.filter((row) => row.from_stage === each.stage && ["reentry", "reopen"].includes(row.direction)), "transitions");
  return came.value ? revloop.make("span", { class: "loop-came" }, revloop.shown(came), " ", revloop.ui("loop_back")) : null;
};

revloop.loopDetour = (found, each, at, width, light) => {
  const { make } = revloop;
  return make("li", { style: `left:${at.x + at.r + 8}px;top:${at.y - 22}px;width:${Math.min(146, width - at.x - at.r - 8)}px` },
    revloop.loopButton(found, each, light, revloop.loopThere(found, each, revloop.loopRose(found, each))));
};
