// A grid: a table whose cells are shaded by what stands in them, such as months down and stages across.
"use strict";

// `down` and `across`: the columns that make its lines and its heads. `value`: what stands in a cell; several rows of a
// cell are added up where that may be. `parts: [some, of]`: what stands there instead where a rate cannot be added up.
// `middle`: what is below it is shaded as lost, and both the stronger the farther from it. `size`: a smaller number below. `top` lines and the last `most` heads are shown.
// `mark`: a column that is known where a cell is more than chance, which is outlined. `beside`: columns that are one for a line, such as what its shares are of. `colour`: by meaning. `total: true`: the sum of a line, where its values may be added.
revloop.kinds.grid = (panel, rows, body) => {
  const { make } = revloop;
  const lines = revloop.inOrder(revloop.groups(rows, [panel.down]), panel.down);
  if (panel.total) lines.sort((a, b) => revloop.cell(panel, b, panel.value).value - revloop.cell(panel, a, panel.value).value);
  const shown = lines.slice(0, revloop.enough(lines.length, panel.top || 40));
  const heads = revloop.inOrder(revloop.groups(rows, [panel.across]), panel.across, true).slice(-(panel.most || 40));
  const inside = (line, head) => line.filter((row) => row[panel.across] === head[0][panel.across]);
  const all = shown.flatMap((line) => heads.map((head) => inside(line, head))).filter((some) => some.length);
  const inParts = Boolean(panel.parts) && all.some((some) => revloop.cell(panel, some, panel.value).pooled);
  const most = Math.max(...all.map((some) => Math.abs((revloop.shadeOf(panel, some, inParts) ?? panel.middle ?? 0) - (panel.middle ?? 0))), 0) || 1;
  const beside = panel.beside || [];
  const named = (row, column) => make("bdi", { dir: "auto" }, revloop.text(row[column], revloop.word(panel.of, column).unit));
  const isRunning = (some) => some.every((row) => row.is_complete === false);
  const table = make("table", { class: "shades" },
    make("caption", { class: "hidden" }, revloop.say(panel.title)),
    make("thead", {}, make("tr", {},
      make("th", { scope: "col" }, revloop.say(revloop.word(panel.of, panel.down))),
      beside.map((column) => make("th", { scope: "col", class: "number" }, revloop.say(revloop.word(panel.of, column)))),
      heads.map((head) => make("th", { scope: "col", class: isRunning(head) ? "number running" : "number", title: isRunning(head) ? revloop.ui("running") : null }, named(head[0], panel.across))),
      panel.total ? make("th", { scope: "col", class: "number" }, revloop.ui("all")) : null)),
    make("tbody", {}, shown.map((line) => make("tr", { class: isRunning(line) ? "running" : null, title: isRunning(line) ? revloop.ui("running") : null },
      make("th", { scope: "row" }, named(line[0], panel.down)),
      beside.map((column) => make("td", { class: "number" }, revloop.shown(revloop.cell(panel, [line[0]], column)))),
      heads.map((head) => revloop.shade(panel, inside(line, head), most, inParts)),
      panel.total ? make("td", { class: "number total" }, revloop.shown(revloop.cell(panel, line, panel.value))) : null))));
  const columns = [panel.down, panel.across, ...beside, panel.value, ...(panel.parts || []), ...(panel.size ? [panel.size] : [])].filter((column, place, all) => all.indexOf(column) === place);
  const box = make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title) }, table);
  // Of times that have no room the newest are in sight.
  if (["month", "date"].includes(revloop.word(panel.of, panel.across).unit)) requestAnimationFrame(() => { box.scrollLeft = box.scrollWidth; });
  body.append(
    box,
    make("div", { class: "foot" },
      lines.length > shown.length ? make("span", {}, revloop.fill(revloop.ui("first_of"), { shown: revloop.count(shown.length), all: revloop.count(lines.length) })) : null,
      make("button", { type: "button", class: "copy", onclick: (event) => revloop.copy(columns, all.map((some) => ({ rows: some, cells: columns.map((column) => revloop.cell(panel, some, column)) })), event.target) }, revloop.ui("copy"))));
};

// One cell: shaded as strongly as its value among those of the grid.
revloop.shade = (panel, rows, most, inParts) => {
  const { make } = revloop;
  if (rows.length === 0) return make("td", { class: "number" });
  const cell = revloop.cell(panel, rows, panel.value);
  const shade = revloop.shadeOf(panel, rows, inParts);
  const share = shade === null ? 0 : Math.round((panel.middle === undefined ? Math.max(shade, 0) / most : Math.sqrt(Math.abs(shade - panel.middle) / most)) * 46);
  const text = inParts
    ? panel.parts.map((column, place) => [place ? make("span", { class: "of" }, " / ") : null, revloop.shown(revloop.cell(panel, rows, column))])
    : revloop.shown(cell);
  const isMarked = Boolean(panel.mark) && rows.some((row) => row[panel.mark] !== null);
  const hint = [revloop.say(cell.word), rows.length === 1 && cell.word.n && rows[0][cell.word.n] !== undefined ? `n ${revloop.text(rows[0][cell.word.n], "count")}` : null].filter(Boolean).join(", ");
  return make("td", {
    class: ["number", revloop.isSmall(rows, cell.word) && "small", isMarked && "marked"].filter(Boolean).join(" "),
    title: [hint, revloop.isSmall(rows, cell.word) && `(${revloop.ui("small")})`, isMarked && revloop.ui("funnel_leak")].filter(Boolean).join(" "),
    style: `background:color-mix(in srgb, var(--${shade !== null && shade < panel.middle ? "lost" : panel.colour || "forward"}) ${share}%, transparent)`,
  }, text, panel.size ? make("span", { class: "size" }, revloop.shown(revloop.cell(panel, rows, panel.size))) : null);
};

// How dark a cell is, which is no number for a reader: its value, or where rates cannot be added up the part of the whole.
revloop.shadeOf = (panel, rows, inParts) => {
  if (!inParts) return revloop.cell(panel, rows, panel.value).value;
  const [some, all] = panel.parts.map((column) => revloop.cell(panel, rows, column).value);
  return all ? some / all : null;
};

// Stages in their order; heads that are numbers or periods from the least; all else as the rows bring it.
revloop.inOrder = (groups, column, isHead = false) => {
  const first = (group) => group[0][column];
  if (column === "stage" || column.endsWith("_stage") || column.endsWith("_phase")) {
    const order = revloop.stages.map((each) => each.stage);
    return groups.sort((a, b) => order.indexOf(first(a)) - order.indexOf(first(b)));
  }
  const unit = typeof first(groups[0]);
  const isAlong = unit === "number" || /^\d{4}-\d\d-\d\d$/.test(first(groups[0]) || "");
  return isHead && isAlong ? groups.sort((a, b) => (first(a) < first(b) ? -1 : 1)) : groups;
};
