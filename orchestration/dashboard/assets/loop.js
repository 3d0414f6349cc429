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
  const svg = revloop.svg("svg", { class: "loop-shapes", viewBox: `0 0 ${width} ${LOOP.height}`, width, height: LOOP.height, "aria-hidden": "true", focusable: "false" });
  svg.append(...revloop.loopRiver(path, crossing, at, step, wide), ...revloop.loopArcs(found, at, wide), ...revloop.loopCircles(at, balance));
  const light = revloop.loopLight(svg);
  const isBig = revloop.loopIsBig(found, most);
  return make("div", { class: `loop-picture${isBig ? " big" : ""}`, style: `width:${width}px;height:${LOOP.height}px` }, svg,
    revloop.loopDepartments(path, step),
    make("ol", { class: "loop-stages" }, path.map((each) => revloop.loopColumn(found, each, at[each.stage], step, light))),
    make("ul", { class: "loop-detours" }, detours.map((each) => revloop.loopDetour(found, each, at[each.stage], width, light))));
};

// Sizes of shapes only: what is written beside them are cells. How many are there makes a circle, and how many passed the
// border before a stage the river there, in their first pass and in a later one.
revloop.loopSizes = ({ path, moves, balances }, at, largest, broadest) => {
  const sum = (rows, column) => rows.reduce((total, row) => total + (row[column] || 0), 0);
  const balance = (stage) => sum(balances.filter((row) => row.stage === stage), "balance");
  const most = Math.max(...revloop.stages.map((each) => balance(each.stage)), 1);
  for (const each of revloop.stages) at[each.stage].r = Math.max(4, largest * Math.sqrt(balance(each.stage) / most));
  const onward = moves.filter((row) => at[row.to_stage].place !== undefined && (row.from_stage === null || (at[row.from_stage].place !== undefined && at[row.from_stage].place < at[row.to_stage].place)));
  const crossing = path.map((each, place) => {
    const crossed = onward.filter((row) => (row.from_stage === null ? -1 : at[row.from_stage].place) < place && at[row.to_stage].place >= place);
    return { first: sum(crossed.filter((row) => !row.comes_back), "transitions"), later: sum(crossed.filter((row) => row.comes_back), "transitions") };
  });
  const widest = Math.max(...crossing.map((each) => each.first + each.later), 1);
  return { most, balance, crossing, wide: (count) => (count * broadest) / widest };
};

// A circle for each stage, as large as many are there.
revloop.loopCircles = (at, balance) => revloop.stages.map(({ stage, kind, is_used }) => revloop.svg("circle", {
  cx: at[stage].x, cy: at[stage].y, r: at[stage].r, class: `loop-there ${kind}${is_used ? "" : " unused"}${balance(stage) ? "" : " nobody"}`, "data-stage": stage,
}));

// A stage that is pointed at lights the ways that begin or end there.
revloop.loopLight = (svg) => (stage) => {
  svg.classList.toggle("some", Boolean(stage));
  for (const shape of svg.querySelectorAll("[data-from]")) shape.classList.toggle("lit", shape.dataset.from === stage || shape.dataset.to === stage);
};

// Numbers of many digits stand smaller, and below one another.
revloop.loopIsBig = ({ flows, went_on }, most) => most >= 10000 || flows.some((row) => row.entered >= 10000) || went_on.some((row) => row.n >= 1000);

// Detours stand below and to the right of where most of them fall from: by all that ever fell, so that they keep still.
revloop.loopDetours = (found, step, width, at) => {
  const all = revloop.sets[found.panels.moves.of].rows;
  const wished = found.detours.map((each) => {
    const falls = all.filter((row) => row.to_stage === each.stage && row.from_stage !== null && at[row.from_stage]?.place !== undefined);
    const weight = falls.reduce((total, row) => total + row.transitions, 0);
    const middle = weight ? falls.reduce((total, row) => total + row.transitions * at[row.from_stage].x, 0) / weight : width * (revloop.LOOP.usually[each.stage] ?? 0.5);
    return { stage: each.stage, x: middle + step * 0.7 };
  }).sort((a, b) => a.x - b.x || (a.stage < b.stage ? -1 : 1));
  const room = Math.min(190, (width - 60) / wished.length);
  wished.forEach((each, place) => { each.x = Math.max(each.x, place ? wished[place - 1].x + room : 56); });
  for (let place = wished.length - 1; place >= 0; place -= 1) {
    wished[place].x = Math.min(wished[place].x, place === wished.length - 1 ? width - 150 : wished[place + 1].x - room);
    at[wished[place].stage] = { x: wished[place].x, y: revloop.LOOP.below };
  }
};

// What moves on: as wide at each border between two stages as were the passings of it, first passes above, later ones below.
revloop.loopRiver = (path, crossing, at, step, wide) => {
  const y = revloop.LOOP.river;
  const points = crossing.map((each, place) => {
    const [first, later] = [wide(each.first), wide(each.later)];
    return { x: place ? step * place : 0, top: y - (first + later) / 2, middle: y - (first + later) / 2 + first, bottom: y + (first + later) / 2 };
  });
  points.push({ ...points.at(-1), x: at[path.at(-1).stage].x });
  const edge = (along, name) => along.slice(1).map((point, index) => {
    const half = (along[index].x + point.x) / 2;
    return `C${half},${along[index][name]} ${half},${point[name]} ${point.x},${point[name]}`;
  }).join("");
  const area = (upper, lower) => `M${points[0].x},${points[0][upper]}${edge(points, upper)}L${points.at(-1).x},${points.at(-1)[lower]}${edge([...points].reverse(), lower)}Z`;
  return [
    revloop.svg("path", { d: area("top", "middle"), class: "loop-river on" }),
    crossing.some((each) => each.later) ? revloop.svg("path", { d: area("middle", "bottom"), class: "loop-river back" }) : "",
  ].filter(Boolean);
};

// What falls off goes down on the right of a stage, what comes back rises on its left.
revloop.loopArcs = (found, at, wide) => {
  const groups = revloop.groups(found.moves.filter((row) => row.from_stage !== null && (at[row.from_stage].place === undefined || at[row.to_stage].place === undefined)), ["from_stage", "to_stage"])
    .map((rows) => ({ rows, from: rows[0].from_stage, to: rows[0].to_stage, width: wide(rows.reduce((total, row) => total + row.transitions, 0)) }))
    // What would be thinner than a hair stands in the table alone; what comes back is seen a little longer.
    .filter((each) => each.width >= (at[each.to].place === undefined ? 0.15 : 0.1));
  const isPath = (stage) => at[stage].place !== undefined;
  const falls = groups.filter((each) => isPath(each.from)).sort((a, b) => at[a.to].x - at[b.to].x);
  const rises = groups.filter((each) => isPath(each.to)).sort((a, b) => at[b.from].x - at[a.from].x);
  const aside = groups.filter((each) => !isPath(each.from) && !isPath(each.to));
  const used = {};
  const port = (key, width) => { const from = used[key] || 0; used[key] = from + width; return from + width / 2; };
  const drawn = (each, d, colour) => {
    const shape = revloop.svg("path", { d, class: `loop-arc ${colour}`, "stroke-width": Math.max(each.width, 0.9).toFixed(2), "stroke-opacity": Math.min(1, 0.4 + each.width / 6).toFixed(2), "data-from": each.from, "data-to": each.to });
    revloop.loopTip(shape, () => [revloop.make("bdi", {}, revloop.named(each.from)), " → ", revloop.make("bdi", {}, revloop.named(each.to)), " ", revloop.shown(revloop.cell(found.panels.moves, each.rows, "transitions"))]);
    return shape;
  };
  const total = (stage, list) => list.filter((each) => each.to === stage).reduce((sum, each) => sum + each.width, 0);
  const shapes = [];
  for (const each of falls) each.begins = at[each.from].x + 1.5 + port(`down ${each.from}`, each.width);
  for (const each of [...falls].sort((a, b) => at[a.from].x - at[b.from].x)) {
    const end = at[each.to].x - total(each.to, falls) / 2 + port(`into ${each.to}`, each.width);
    const [top, bottom] = [at[each.from].y, at[each.to].y];
    const deep = (bottom - top) * 0.58;
    shapes.push(drawn(each, `M${each.begins},${top}C${each.begins},${top + deep} ${end},${bottom - deep} ${end},${bottom}`, "off"));
  }
  for (const each of aside) {
    const [from, to] = [at[each.from], at[each.to]];
    const side = Math.sign(to.x - from.x) * Math.min(70, Math.abs(to.x - from.x) / 2);
    shapes.push(drawn(each, `M${from.x},${from.y}C${from.x + side},${from.y + 66} ${to.x - side},${to.y + 66} ${to.x},${to.y}`, "aside"));
  }
  for (const each of rises) {
    const [from, to] = [at[each.from], at[each.to]];
    const end = to.x - 1.5 - port(`up ${each.to}`, each.width);
    const side = to.x <= from.x ? -1 : 1;
    const far = Math.min(150, 46 + Math.abs(to.x - from.x) * 0.4);
    shapes.push(drawn(each, `M${from.x},${from.y}C${from.x + side * far},${from.y + 34} ${end},${from.y - 30} ${end},${to.y}`, "back"));
    const [tip, half] = [to.y + to.r + 2, 3 + each.width * 0.7];
    shapes.push(revloop.svg("path", { d: `M${end - half},${tip + half * 1.3}L${end},${tip}L${end + half},${tip + half * 1.3}Z`, class: "loop-arc head", "data-from": each.from, "data-to": each.to }));
  }
  return shapes;
};

// What a pointer reads on an arc. The tables say the same to everybody.
revloop.loopTip = (shape, say) => {
  shape.addEventListener("pointerenter", (event) => {
    const picture = shape.closest(".loop-picture");
    const { left, top } = picture.getBoundingClientRect();
    picture.append(revloop.make("div", { class: "loop-tip", "aria-hidden": "true", style: `left:${event.clientX - left}px;top:${event.clientY - top - 34}px` }, say()));
  });
  shape.addEventListener("pointerleave", () => { for (const tip of document.querySelectorAll(".loop-tip")) tip.remove(); });
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
