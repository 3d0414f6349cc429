// Ranges: for each line and head by when a quarter, half and three quarters had gone; open where it is not known yet.
"use strict";

// `down` and `across` make lines and heads, `points: [quarter, half, three quarters]` the range, all on one scale, which
// is drawn by its root, since most are short and a few very long. `size` and `open` stand small below.
revloop.kinds.ranges = (panel, rows, body) => {
  const { make } = revloop;
  const lines = revloop.inOrder(revloop.groups(rows, [panel.down]), panel.down);
  const heads = revloop.ordered(panel.across, [...new Set(rows.map((row) => row[panel.across]))]);
  const longest = Math.max(...rows.flatMap((row) => panel.points.map((point) => row[point] ?? 0)), 1);
  const named = (column, value) => make("bdi", { dir: "auto" }, revloop.text(value, revloop.word(panel.of, column).unit));
  const table = make("table", { class: "ranges-lines" },
    make("caption", { class: "hidden" }, revloop.say(panel.title)),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, revloop.say(revloop.word(panel.of, panel.down))), heads.map((head) => make("th", { scope: "col" }, named(panel.across, head))))),
    make("tbody", {}, lines.map((line) => make("tr", { class: line.some((row) => row.is_complete === false) ? "running" : null },
      make("th", { scope: "row" }, named(panel.down, line[0][panel.down])),
      heads.map((head) => revloop.range(panel, line.filter((row) => row[panel.across] === head), longest))))));
  const columns = [panel.down, panel.across, ...panel.points, panel.size, panel.open].filter(Boolean);
  body.append(
    make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title) }, table),
    make("div", { class: "foot" }, make("button", { type: "button", class: "copy", onclick: (event) => revloop.copy(columns, lines.flat().map((row) => ({ rows: [row], cells: columns.map((column) => revloop.cell(panel, [row], column)) })), event.target) }, revloop.ui("copy"))));
};

revloop.range = (panel, rows, longest) => {
  const { make } = revloop;
  if (rows.length !== 1) return make("td", {});
  const [row] = rows;
  const at = (value) => Math.sqrt(value / longest) * 92 + 2;
  const [first, half, last] = panel.points.map((point) => row[point]);
  const svg = revloop.svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true", class: "range" });
  svg.append(revloop.svg("line", { x1: 0, x2: 100, y1: 7, y2: 7, class: "track" }));
  if (first !== null) {
    svg.append(revloop.svg("line", { x1: at(first), x2: last === null ? 100 : at(last), y1: 7, y2: 7, class: last === null ? "open" : "whole" }));
    if (half !== null) svg.append(revloop.svg("line", { x1: at(half), x2: at(half), y1: 1, y2: 13, class: "half" }));
  }
  const cell = (column) => revloop.shown(revloop.cell(panel, rows, column));
  const isSmall = row[panel.size] < revloop.SMALL;
  return make("td", { class: isSmall ? "small" : null, title: isSmall ? revloop.ui("small") : null }, svg,
    make("span", { class: "points" }, cell(panel.points[0]), " · ", make("strong", {}, cell(panel.points[1])), " · ", cell(panel.points[2])),
    make("span", { class: "basis" }, "n ", cell(panel.size), row[panel.open] ? [" · ", revloop.ui("ranges_open"), " ", cell(panel.open)] : null));
};
