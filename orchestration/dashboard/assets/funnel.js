// A funnel: how many came to each stage and how many of them went on, tapered, beside the period before.
"use strict";

// One line for each stage: `reached` and `went` (counts), `before: [reached, went]` as an outline, and beside the
// picture the `columns`; where `leak` is known, the line is a leak. Columns whose rates cannot be added up for what is chosen are left out, and it says why.
revloop.kinds.funnel = (panel, rows, body) => {
  const { make, ui } = revloop;
  const lines = revloop.inOrder(revloop.groups(rows, ["stage"]), "stage");
  const value = (line, column) => revloop.cell(panel, line, column).value || 0;
  const widest = Math.max(...lines.flatMap((line) => [value(line, panel.reached), value(line, panel.before[0])]), 1);
  const isPooled = (column) => lines.some((line) => revloop.cell(panel, line, column).pooled);
  const columns = panel.columns.filter((column) => !isPooled(column));
  const table = make("table", { class: "funnel-lines" },
    make("caption", { class: "hidden" }, revloop.say(panel.title)),
    make("thead", {}, make("tr", {},
      make("th", { scope: "col" }, revloop.say(revloop.word(panel.of, "stage"))),
      make("th", { scope: "col", class: "picture" }, make("span", { class: "hidden" }, ui("funnel_picture"))),
      columns.map((column) => make("th", { scope: "col", class: "number" }, revloop.say(revloop.word(panel.of, column)))))),
    make("tbody", {}, lines.map((line) => {
      const isSmall = value(line, panel.reached) < revloop.SMALL;
      const isLeak = line.some((row) => row[panel.leak] !== null && row[panel.leak] !== undefined);
      return make("tr", { class: isLeak ? "leak" : null, title: isLeak ? ui("funnel_leak") : null },
        make("th", { scope: "row" }, make("bdi", { dir: "auto" }, revloop.named(line[0].stage))),
        make("td", { class: "picture" }, revloop.taper(widest, value(line, panel.reached), value(line, panel.went), panel.before.map((column) => value(line, column)))),
        columns.map((column) => make("td", { class: `number${isSmall ? " small" : ""}`, title: isSmall ? ui("small") : null }, revloop.withInterval(panel, line, revloop.cell(panel, line, column)))));
    })));
  body.append(
    make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title) }, table),
    make("div", { class: "foot" },
      make("ul", { class: "legend" }, [["forward", "funnel_went"], ["lost", "funnel_fell"], ["before", "funnel_before"]].map(([colour, word]) => make("li", {}, make("i", { style: `background:var(--${colour})` }), ui(word)))),
      revloop.unused.length ? make("span", {}, revloop.unusedNote()) : null,
      columns.length < panel.columns.length ? make("span", {}, ui("pooled")) : null,
      make("button", { type: "button", class: "copy", onclick: (event) => revloop.copy(["stage", ...columns], lines.map((line) => ({ rows: line, cells: ["stage", ...columns].map((column) => revloop.cell(panel, line, column)) })), event.target) }, ui("copy"))));
};

// From how many came to how many went on; what is between falls off. Lengths alone: the numbers stand beside it.
revloop.taper = (widest, reached, went, before) => {
  const half = (count) => (count * 98) / widest / 2;
  const shape = (top, bottom) => `M${50 - half(top)},0L${50 + half(top)},0L${50 + half(bottom)},36L${50 - half(bottom)},36Z`;
  const svg = revloop.svg("svg", { viewBox: "0 0 100 36", preserveAspectRatio: "none", "aria-hidden": "true", class: "taper" });
  svg.append(
    revloop.svg("path", { d: shape(reached, reached), class: "fell" }),
    revloop.svg("path", { d: shape(reached, went), class: "went" }),
    revloop.svg("path", { d: shape(before[0], before[1]), class: "before ground" }),
    revloop.svg("path", { d: shape(before[0], before[1]), class: "before" }));
  return svg;
};

// A rate with its interval; what it is of stands in a column of its own.
revloop.withInterval = (panel, rows, cell) => {
  const { low, high } = cell.word;
  if (!low || rows.length !== 1 || cell.value === null) return revloop.shown(cell);
  return [revloop.shown(cell), revloop.make("span", { class: "basis" }, revloop.shown(revloop.cell(panel, rows, low)), "–", revloop.shown(revloop.cell(panel, rows, high)))];
};
