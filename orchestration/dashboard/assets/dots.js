// Dots: one line for each row, its value on a common scale with its interval, and what it is held against as a tick.
"use strict";

// y: the columns that name a row; `value`, `low` and `high`; `reference`; `by` heads rows alike in it; `columns` stand
// beside. Name, picture and numbers are columns of one table, so that the axis above is that of every picture below it.
revloop.kinds.dots = (panel, rows, body) => {
  const { make, say, word } = revloop;
  const shown = rows.slice(0, revloop.enough(rows.length, panel.top || 60));
  const names = [].concat(panel.y);
  const scale = revloop.dotScale(panel, shown);
  const beside = panel.columns || [];
  const isBrief = shown.every((row) => names.map((column) => revloop.text(row[column], word(panel.of, column).unit)).join("").length <= 4);
  const columns = [panel.by, ...names, panel.value, panel.low, panel.high, panel.reference, ...beside].filter((column, place, all) => column && all.indexOf(column) === place);
  const heads = [panel.value, ...(panel.reference ? [panel.reference] : []), ...beside].map((column) =>
    make("th", { scope: "col", class: "number", title: revloop.sets[panel.of].column[column]?.about }, say(word(panel.of, column))));
  const lines = revloop.groups(shown, [panel.by || names[0]]).flatMap((group) => [
    panel.by ? make("tr", { class: "by" }, make("th", { scope: "rowgroup", colspan: 2 + heads.length }, revloop.dotHead(panel, group[0]))) : null,
    group.map((row) => revloop.dotLine(panel, row, names, scale, beside)),
  ]);
  body.append(
    make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": say(panel.title) },
      make("table", { class: isBrief ? "brief" : null }, make("caption", { class: "hidden" }, say(panel.title)),
        make("thead", {}, make("tr", {},
          make("th", { scope: "col", class: "name" }, names.map((column) => say(word(panel.of, column))).join(" · ")),
          make("td", { class: "picture" }, revloop.dotAxis(panel, scale)), heads)),
        make("tbody", {}, lines))),
    make("div", { class: "foot" }, revloop.dotKey(panel),
      rows.length > shown.length ? make("span", {}, revloop.fill(revloop.ui("first_of"), { shown: revloop.count(shown.length), all: revloop.count(rows.length) })) : null,
      make("button", { type: "button", class: "copy", onclick: (event) => revloop.copy(columns, rows.map((row) => ({ cells: columns.map((column) => revloop.cell(panel, [row], column)) })), event.target) }, revloop.ui("copy"))));
};

// What heads the rows below it: a period speaks for itself, a number needs its name.
revloop.dotHead = (panel, row) => {
  const cell = revloop.cell(panel, [row], panel.by);
  return revloop.isNumber(cell.unit) ? [revloop.say(cell.word), " ", revloop.shown(cell)] : revloop.shown(cell);
};

revloop.dotLine = (panel, row, names, scale, beside) => {
  const { make } = revloop;
  const cell = revloop.cell(panel, [row], panel.value);
  const isSmall = revloop.isSmall([row], cell.word);
  const name = names.filter((column, place) => place === 0 || row[column] !== null).flatMap((column, place) => [place ? " · " : null, revloop.shown(revloop.cell(panel, [row], column))]);
  return make("tr", { class: row.is_complete === false ? "running" : null },
    make("th", { scope: "row", class: "name" }, name),
    make("td", { class: "picture" }, revloop.dotStrip(panel, row, scale, isSmall)),
    make("td", { class: `number${isSmall ? " small" : ""}`, title: isSmall ? revloop.ui("small") : null }, revloop.withBasis(panel, [row], cell)),
    panel.reference ? make("td", { class: "number" }, revloop.shown(revloop.cell(panel, [row], panel.reference))) : null,
    beside.map((column) => {
      const other = revloop.cell(panel, [row], column);
      return make("td", { class: revloop.isNumber(other.unit) ? "number" : null }, revloop.shown(other));
    }));
};

// From the least to the greatest of what is shown, with 0 in it, along round steps.
revloop.dotScale = (panel, rows) => {
  const values = rows.flatMap((row) => [panel.value, panel.low, panel.high, panel.reference].map((column) => row[column])).filter((value) => typeof value === "number");
  const [least, greatest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = greatest - least || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = power * [1, 2, 5, 10, 20].find((each) => span / (each * power) <= ((panel.span || 12) <= 7 ? 2 : 4));
  const [from, to] = [Math.floor(least / step) * step, Math.ceil(greatest / step) * step || step];
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (unused, place) => from + place * step);
  return { ticks, at: (value) => `${(2 + ((value - from) / (to - from)) * 96).toFixed(2)}%` };
};

revloop.dotAxis = (panel, { ticks, at }) => {
  const { unit } = revloop.word(panel.of, panel.value);
  const options = unit === "rate" ? { style: "percent", maximumFractionDigits: 1 } : { notation: "compact" };
  return revloop.svg("svg", { class: "axis", "aria-hidden": "true" }, ticks.map((tick) =>
    revloop.svg("text", { x: at(tick), y: 12, "text-anchor": "middle" }, revloop.number(Math.abs(tick) < 1e-12 ? 0 : tick, options))));
};

revloop.dotStrip = (panel, row, { ticks, at }, isSmall) => {
  const known = (column) => typeof row[column] === "number";
  const line = (name, x1, x2, y1, y2) => revloop.svg("line", { class: name, x1, x2, y1, y2 });
  return revloop.svg("svg", { "aria-hidden": "true" },
    ticks.map((tick) => line(Math.abs(tick) < 1e-12 ? "zero" : "rule", at(tick), at(tick), 0, 24)),
    known(panel.low) && known(panel.high) ? line("interval", at(row[panel.low]), at(row[panel.high]), 12, 12) : null,
    known(panel.reference) ? line("reference", at(row[panel.reference]), at(row[panel.reference]), 4, 20) : null,
    known(panel.value) ? revloop.svg("circle", { class: isSmall ? "few" : "value", cx: at(row[panel.value]), cy: 12, r: 5 }) : null);
};

revloop.dotKey = (panel) => {
  const key = (column, draw) => revloop.make("span", {}, draw, " ", revloop.say(revloop.word(panel.of, column)));
  const picture = (...marks) => revloop.svg("svg", { class: "key", "aria-hidden": "true" }, ...marks);
  return [
    key(panel.value, picture(revloop.svg("line", { class: "interval", x1: 0, x2: 24, y1: 8, y2: 8 }), revloop.svg("circle", { class: "value", cx: 12, cy: 8, r: 5 }))),
    panel.reference ? key(panel.reference, picture(revloop.svg("line", { class: "reference", x1: 12, x2: 12, y1: 1, y2: 15 }))) : null,
  ];
};
