// Tables: what every chart is made of, to read, to sort and to take along.
"use strict";

// columns: those of the panel, in its order; rows alike in `group_by` are one line, their counts and amounts added up.
// `bars: [column, ...]` have a bar behind their numbers, all on one scale, in the colour that `colour` names.
// `measures: {opportunities: [...], amount: [...]}`: more columns with bars, by the measure that the page's reader chose.
// `figures: [column, ...]` stand large above it, of all its rows together, or of those of another query (`figures_of`),
// where the table has but the first of them.
revloop.kinds.table = (panel, rows, body) => {
  if (panel.figures) {
    const whole = { ...panel, of: panel.figures_of || panel.of };
    body.append(revloop.make("ul", { class: "figures" }, panel.figures.map((column) => {
      const cell = revloop.cell(whole, revloop.rows(whole), column);
      return revloop.make("li", {}, revloop.make("span", {}, revloop.say(cell.word)), revloop.make("strong", {}, revloop.shown(cell)));
    })));
  }
  const columns = panel.measures ? revloop.measured(panel) : [];
  body.append(...revloop.table({ ...panel, bars: panel.bars || columns }, revloop.ranked(panel, revloop.groups(rows, panel.group_by)), [...panel.columns, ...columns]));
};

revloop.measured = (panel) => panel.measures[revloop.chosen().by] || Object.values(panel.measures)[0];

revloop.table = (panel, groups, columns, { top = panel.top || 200 } = {}) => {
  const { make, ui } = revloop;
  const lines = groups.map((rows) => ({ rows, cells: columns.map((column) => revloop.cell(panel, rows, column)) }));
  // A column of which nothing is known yet is named below instead of shown (`sparse: true`).
  const unknown = panel.sparse ? columns.filter((_, place) => lines.every((line) => line.cells[place].value === null)) : [];
  if (unknown.length) {
    for (const line of lines) line.cells = line.cells.filter((cell) => !unknown.includes(cell.column));
    columns = columns.filter((column) => !unknown.includes(column));
  }
  const barred = (cell) => (panel.bars || []).includes(cell.column) && cell.value !== null;
  const widest = Math.max(...lines.flatMap((line) => line.cells.filter(barred).map((cell) => Math.abs(cell.value))), 0);
  for (const line of lines) for (const cell of line.cells) if (barred(cell) && widest) cell.share = Math.abs(cell.value) / widest;
  const shown = lines.slice(0, revloop.enough(lines.length, top));
  const body = make("tbody", {}, shown.map((line) => revloop.line(panel, line)));
  const heads = columns.map((column, place) => {
    const word = revloop.word(panel.of, column);
    const button = make("button", { type: "button", title: revloop.sets[panel.of].column[column]?.about || "" }, revloop.say(word));
    const head = make("th", { scope: "col", class: revloop.isNumber(word.unit) ? "number" : null }, button);
    button.addEventListener("click", () => {
      const isDown = head.getAttribute("aria-sort") === "descending";
      for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDown ? "ascending" : "descending");
      const value = (line) => line.cells[place].value;
      shown.sort((a, b) => {
        if (value(a) === null || value(b) === null) return (value(a) === null) - (value(b) === null);
        return (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (isDown ? 1 : -1);
      });
      body.replaceChildren(...shown.map((line) => revloop.line(panel, line)));
    });
    return head;
  });
  const table = make("table", { style: panel.colour ? `--bar: var(--${panel.colour})` : null }, make("caption", { class: "hidden" }, revloop.say(panel.title)), make("thead", {}, make("tr", {}, heads)), body);
  return [
    make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title) }, table),
    make("div", { class: "foot" },
      unknown.length ? make("span", {}, ui("too_early"), ": ", unknown.map((column) => revloop.say(revloop.word(panel.of, column))).join(", "), ".") : null,
      panel.figures_of && lines.length >= top ? make("span", {}, revloop.fill(ui("first"), { shown: revloop.count(shown.length) }))
        : lines.length > shown.length ? make("span", {}, revloop.fill(ui("first_of"), { shown: revloop.count(shown.length), all: revloop.count(lines.length) })) : null,
      make("button", { type: "button", class: "copy", onclick: (event) => revloop.copy(columns, lines, event.target) }, ui("copy"))),
  ];
};

revloop.line = (panel, { rows, cells }) => {
  const isRunning = rows.some((row) => row.is_complete === false);
  return revloop.make("tr", { class: isRunning ? "running" : null, title: isRunning ? revloop.ui("running") : null }, cells.map((cell, place) =>
    revloop.make(place === 0 ? "th" : "td", {
      scope: place === 0 ? "row" : null,
      class: [revloop.isNumber(cell.unit) ? "number" : "", revloop.isSmall(rows, cell.word) ? "small" : ""].join(" ").trim() || null,
      style: cell.share === undefined ? null : `--share: ${(cell.share * 100).toFixed(1)}%`,
      "data-bar": cell.share === undefined ? null : cell.value < 0 ? "below" : "above",
    }, revloop.isTold(panel, rows, cell) ? revloop.told({ ...panel, told: panel.told_in[cell.column], sentence: cell.column }, rows[0]) : revloop.withBasis(panel, rows, cell))));
};

// What a mart says in its own language may be told in the reader's, of the columns beside it (`told_in: {column: told}`).
revloop.isTold = (panel, rows, cell) => Boolean(panel.told_in?.[cell.column]) && rows.length === 1;

// Below a chart stands what it is drawn from.
revloop.tableBelow = (panel, groups, columns, place) =>
  revloop.make("details", { class: "below", "data-name": `table-${place}` },
    revloop.make("summary", {}, revloop.ui("as_table")),
    revloop.table(panel, groups, columns));

// CSV for a spreadsheet: a text that it would take for a formula is kept from being one.
revloop.csv = (columns, lines) => {
  const field = (value) => {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...lines.map((line) => line.cells.map((cell) => cell.value))].map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
};

revloop.copy = async (columns, lines, button) => {
  const text = revloop.csv(columns, lines);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where the clipboard is not to be had, the old way: a text that is selected.
    const area = revloop.make("textarea", { class: "hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = revloop.ui("copied");
};
