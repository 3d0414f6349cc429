// Sentences and tiles: what a page says before it draws.
"use strict";

// Each row a sentence of the mart's own, with a link to the page that shows it: `sentence`, `page`, `beside` (columns);
// in other languages than the mart's `told`, words with its {columns} in them.
revloop.kinds.sentences = (panel, rows, body) => {
  const shown = rows.slice(0, revloop.enough(rows.length, panel.top || 12));
  body.append(revloop.make("ol", { class: "said" }, shown.map((row) => revloop.make("li", {},
    revloop.told(panel, row),
    (panel.beside || []).map((column) => revloop.make("span", { class: "beside" }, revloop.say(revloop.word(panel.of, column)), " ", revloop.withBasis(panel, [row], revloop.cell(panel, [row], column)))),
    panel.page ? revloop.make("a", { href: `${panel.page}.html${location.hash}` }, revloop.ui("look")) : null))));
  if (rows.length > shown.length) body.append(revloop.make("p", { class: "foot" }, revloop.fill(revloop.ui("first_of"), { shown: revloop.count(shown.length), all: revloop.count(rows.length) })));
};

// Tiles: one for each value of `each` (in the order of `first`, others after) (or for each of `columns`), with the latest period large and the others as a line.
// `value`, and where the mart has them a `limit`, `target`, `attainment`, `previous`; `along` is the period. The target of
// what should be low is a limit: instead of a share reached stands by how much it is `over`. `columns` are those of the
// table below.
revloop.kinds.tiles = (panel, rows, body, place) => {
  const { make } = revloop;
  const rank = (group) => { const at = (panel.first || []).indexOf(group[0][panel.each]); return at < 0 ? Infinity : at; };
  const groups = panel.each ? revloop.groups(rows, [panel.each]).sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b))) : [];
  const tiles = panel.each ? groups.map((group) => [group, panel.value]) : panel.columns.map((column) => [rows, column]);
  if (panel.attainment) body.append(revloop.missed(panel, groups));
  body.append(make("ul", { class: "tiles" }, tiles.map(([group, column]) => {
    const latest = panel.along ? group.filter((row) => row[panel.along] === revloop.latest(panel, group)) : group;
    const cell = revloop.tileCell(panel, latest, column);
    const isLow = panel.over && revloop.words.limits.includes(latest[0][panel.each]);
    const beside = ["target", isLow ? "over" : "attainment", "previous"].filter((name) => panel[name]).map((name) => {
      const other = revloop.tileCell(panel, latest, panel[name], name !== "attainment");
      return other.value === null ? null : make("span", { class: `beside ${name}` }, revloop.ui(isLow && name === "target" ? "at_most" : name), " ", revloop.shown(other));
    });
    const limit = panel.limit ? revloop.tileCell(panel, latest, panel.limit, false) : null;
    if (limit && limit.value !== null) beside.push(make("span", { class: "beside" }, revloop.say(limit.word), " ", revloop.shown(limit)));
    const reached = panel.attainment ? revloop.tileCell(panel, latest, panel.attainment, false).value : null;
    const most = isLow && reached !== null ? revloop.tileCell(panel, latest, panel.target).value : null;
    return make("li", { class: latest.some((row) => row.is_complete === false) ? "running" : null },
      make("button", { type: "button", class: "name", onclick: () => revloop.explain(panel, column) }, revloop.breakable(panel.each ? revloop.named(group[0][panel.each]) : revloop.say(cell.word))),
      make("strong", { style: `--length: ${cell.value === null ? 1 : revloop.text(cell.value, cell.unit).length}` }, revloop.withBasis(panel, latest, cell), cell.value !== null && ["hours", "days"].includes(cell.unit) ? make("span", { class: "unit" }, " ", revloop.ui(`unit_${cell.unit}`)) : null, revloop.tileBasis(panel, latest, cell)),
      most ? revloop.bullet(cell.value / most, reached >= 1) : reached === null || isLow ? null : revloop.bullet(reached, reached >= 1),
      limit && limit.value ? revloop.bullet(cell.value / limit.value, cell.value <= limit.value) : null,
      make("span", { class: "besides" }, beside),
      latest.some((row) => row.is_complete === false) ? make("span", { class: "beside" }, revloop.ui("so_far")) : null,
      panel.along ? revloop.spark(panel, group, column) : null);
  })));
  if (panel.each && panel.columns) body.append(revloop.tableBelow(panel, groups.map((group) => group.filter((row) => row[panel.along] === revloop.latest(panel, group))), panel.columns, place));
};

// Which targets of the latest period were missed, by name.
revloop.missed = (panel, groups) => {
  const latest = groups.flatMap((group) => group.filter((row) => row[panel.along] === revloop.latest(panel, group) && row[panel.attainment] !== null));
  if (!latest.length) return "";
  const names = latest.filter((row) => row[panel.attainment] < 1).map((row) => revloop.named(row[panel.each]));
  return revloop.make("p", { class: "says missed" }, names.length ? `${revloop.ui("missed")} ${names.join(", ")}` : revloop.ui("all_reached"));
};

// Of how many a share is, for those of `each` that count things (`basis: {column: [values of each]}`).
revloop.tileBasis = (panel, rows, cell) => Object.entries(panel.basis || {}).filter(([, values]) => values.includes(rows[0][panel.each])).map(([column]) => {
  const other = revloop.cell(panel, rows, column);
  if (other.value === null || cell.value === null) return null;
  return revloop.make("span", { class: "basis", title: other.value < revloop.SMALL ? revloop.ui("small") : null }, "n\u00a0", revloop.shown(other), other.value < revloop.SMALL ? ` (${revloop.ui("small")})` : null);
});

// How much of a target was reached, or of a limit is taken up, as a bar; its tick is the whole of it.
revloop.bullet = (reached, isWell) => revloop.make("span", { class: `bullet ${isWell ? "met" : "unmet"}`, "aria-hidden": "true", style: `--reached: ${Math.max(0, Math.min(reached, 1.25)) * 80}%` });

// The unit of a tile may stand in the row: `unit_of: kpi` looks it up under the value's name.
revloop.tileCell = (panel, rows, column, follows = true) => {
  const cell = revloop.cell(panel, rows, column);
  const known = panel.unit_of && follows && rows.length ? revloop.unitOf(rows[0][panel.unit_of]) : null;
  return known ? { ...cell, unit: known } : cell;
};

revloop.latest = (panel, rows) => rows.map((row) => row[panel.along]).reduce((a, b) => (a > b ? a : b));

// A small line of the history, drawn without a library: it says how it went, the table below says how much.
revloop.spark = (panel, rows, column) => {
  const values = revloop.groups(rows, [panel.along]).map((group) => revloop.cell(panel, group, column).value);
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return null;
  const [low, high] = [Math.min(0, ...known), Math.max(...known)];
  const points = values.map((value, index) => (value === null ? null : `${((index * 100) / (values.length - 1)).toFixed(1)},${(26 - ((value - low) * 24) / (high - low || 1)).toFixed(1)}`)).filter(Boolean);
  return revloop.svg("svg", { viewBox: "0 0 100 28", preserveAspectRatio: "none", "aria-hidden": "true", class: "spark" },
    revloop.svg("polyline", { points: points.join(" ") }));
};
