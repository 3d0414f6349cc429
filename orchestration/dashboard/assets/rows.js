// Which rows of a page a choice leaves, what of them belongs together, and what a number of them is.
"use strict";

// ---- rows ---------------------------------------------------------------------------------------------------------
// Whoever comes further counts as having been at each stage before: at one that nobody ever was in all would have gone on.
revloop.unused = revloop.stages.filter((each) => !each.is_used);
revloop.isOfUnused = (row) => revloop.unused.some(({ stage }) => row.stage === stage || row.milestone === stage) || revloop.isOfLast(row);

// And from the last that is used, where others would follow, nobody could go on.
revloop.path = revloop.stages.filter((each) => each.kind === "success");
revloop.last = revloop.path.at(-1)?.is_used ? undefined : revloop.path.findLast((each) => each.is_used)?.stage;
revloop.isOfLast = (row) => revloop.last !== undefined && row.stage === revloop.last && ["reached_next", "reached_next_90d"].some((column) => column in row);

revloop.sets = {};
for (const [name, set] of Object.entries(revloop.page.sets)) {
  const names = set.columns.map((column) => column.name);
  revloop.sets[name] = {
    ...set,
    name,
    column: Object.fromEntries(set.columns.map((column) => [column.name, column])),
    rows: set.rows.map((values, index) => {
      const row = Object.fromEntries(values.map((value, place) => [names[place], value]));
      Object.defineProperty(row, "index", { value: index });
      return row;
    }).filter((row) => !revloop.isOfUnused(row)),
  };
}

// The values that a slice offers: of every panel of the page that has it. They are looked up once: rows never change.
revloop.once = (find) => {
  const found = new Map();
  return (asked) => {
    if (!found.has(asked)) found.set(asked, find(asked));
    return found.get(asked);
  };
};

revloop.offered = revloop.once((slice) => {
  const values = new Set();
  for (const panel of revloop.page.panels) {
    const column = (panel.slices || {})[slice];
    if (column) for (const row of revloop.sets[panel.of].rows) if (row[column] !== null) values.add(row[column]);
  }
  values.delete("all");
  if (slice === "owner" && revloop.strangers.people) for (const person of Object.keys(revloop.people)) values.delete(person);
  const sorted = [...values].sort();
  if (revloop.firstly(slice)) return revloop.ordered(slice, sorted);
  if (!revloop.isPeriod(slice)) return ["all", ...revloop.ordered(slice, sorted)];
  return sorted.reverse();
});

// What is shown of a slice that makes no sense as a whole (`firstly: {milestone: p1}`) before somebody chooses.
revloop.firstly = (slice) => revloop.page.panels.map((panel) => (panel.firstly || {})[slice]).find(Boolean);

revloop.isPeriod = (slice) => ["month", "quarter", "window", "day", "night"].includes(slice);

// Segments in the order of their size, stages in theirs, everything else by name.
revloop.ordered = (slice, values) => {
  const order = { segment: ["smb", "mid_market", "enterprise"], stage: revloop.stages.map((each) => each.stage), milestone: revloop.stages.map((each) => each.stage) }[slice] || [];
  const place = (value) => (order.includes(value) ? order.indexOf(value) : order.length);
  return values.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
};

revloop.value = (slice) => {
  const asked = revloop.chosen()[slice];
  return asked !== undefined && revloop.offered(slice).includes(asked) ? asked : revloop.usual(slice);
};

// A period that nobody chose is the latest that is complete, or the latest.
revloop.usual = revloop.once((slice) => {
  const offered = revloop.offered(slice);
  if (revloop.firstly(slice)) return offered.includes(revloop.firstly(slice)) ? revloop.firstly(slice) : offered[0];
  if (!revloop.isPeriod(slice)) return "all";
  const running = new Set();
  for (const panel of revloop.page.panels) {
    const column = (panel.slices || {})[slice];
    if (column) for (const row of revloop.sets[panel.of].rows) if (row.is_complete === false) running.add(row[column]);
  }
  return offered.find((value) => !running.has(value)) ?? offered[0];
});

// The rows of a panel that what is chosen leaves. A panel that shows a history keeps all periods
// up to the chosen one (`history: true`), one that is behind shows its newest up to it (`newest: true`).
revloop.rows = (panel) => {
  let rows = revloop.sets[panel.of].rows;
  for (const [slice, column] of Object.entries(panel.slices || {})) {
    if (panel.history && revloop.isPeriod(slice)) {
      const until = revloop.value(slice);
      rows = until === undefined ? rows : rows.filter((row) => row[column] <= until);
      continue;
    }
    if (panel.newest && revloop.isPeriod(slice)) {
      const until = revloop.value(slice);
      const last = rows.map((row) => row[column]).filter((each) => until === undefined || each <= until).sort().pop();
      rows = rows.filter((row) => row[column] === last);
      continue;
    }
    const value = revloop.value(slice);
    if (value === "all") {
      if (rows.some((row) => row[column] === "all")) rows = rows.filter((row) => row[column] === "all");
    } else if (value !== undefined) rows = rows.filter((row) => row[column] === value);
  }
  for (const [column, wanted] of Object.entries(panel.only || {})) {
    const values = Array.isArray(wanted) ? wanted : [wanted];
    rows = rows.filter((row) => values.includes(row[column]));
  }
  return panel.blank ? rows.map((row) => revloop.blanked(panel, row)) : rows;
};

// What a mart says of nothing is no news (`blank: {expected: [conditions]}`): where they hold, the column is not known.
revloop.blanked = (panel, row) => {
  const columns = Object.keys(panel.blank).filter((column) => panel.blank[column].every((condition) => revloop.holds(panel, [row], row, condition)));
  const known = { ...row, ...Object.fromEntries(columns.map((column) => [column, null])) };
  return Object.defineProperty(known, "index", { value: row.index });
};

// The column that a panel tells apart when nothing was chosen (`apart: segment`), since its rates cannot be added up.
revloop.apart = (panel) => {
  const column = panel.apart;
  const slice = Object.keys(panel.slices || {}).find((each) => panel.slices[each] === column);
  if (!column || (slice && revloop.value(slice) !== "all")) return null;
  return revloop.sets[panel.of].rows.some((row) => row[column] === "all") ? null : column;
};

// Rows that are one line or one bar: those alike in these columns, in the order in which they come.
revloop.groups = (rows, columns) =>
  columns ? revloop.groupsBy(rows, (row) => JSON.stringify(columns.map((column) => row[column]))) : rows.map((row) => [row]);

revloop.groupsBy = (rows, key) => {
  const found = new Map();
  for (const row of rows) {
    if (!found.has(key(row))) found.set(key(row), []);
    found.get(key(row)).push(row);
  }
  return [...found.values()];
};

// How many of a list are shown: the first, or all where hardly more remain.
revloop.enough = (count, top) => (count < top * 1.25 ? count : top);

// A panel may have its lines and bars in the order of a number, the greatest first (`order: lost`); the rest stays last.
revloop.ranked = (panel, groups) => {
  if (!panel.order) return groups;
  const isRest = (group) => Object.values(group[0]).includes("(rest)");
  const value = (group) => revloop.cell(panel, group, panel.order).value ?? -Infinity;
  return [...groups].sort((a, b) => isRest(a) - isRest(b) || value(b) - value(a));
};

// ---- numbers ------------------------------------------------------------------------------------------------------
// A cell is what a mart says of one row, or the sum of counts or amounts of several. Nothing else is ever added up:
// several rates have no value, and the reader is told to choose.
revloop.cell = (panel, rows, column) => {
  const word = revloop.word(panel.of, column);
  const known = rows.filter((row) => row[column] !== null && row[column] !== undefined);
  const cell = { set: panel.of, column, rows: known.map((row) => row.index), word, unit: revloop.unit(word, rows), value: null };
  if (known.length === 0) return cell;
  const first = known[0][column];
  if (known.length === 1 && rows.length === 1) cell.value = first;
  else if (["count", "amount"].includes(cell.unit)) cell.value = revloop.sum(known.map((row) => row[column]));
  else if (!revloop.isNumber(cell.unit) && known.every((row) => row[column] === first)) {
    cell.value = first;
    cell.rows = cell.rows.slice(0, 1);
  } else cell.pooled = true;
  if (cell.value === null) cell.rows = [];
  return cell;
};

// Decimals are added as whole numbers of their last digit, so that a sum is exact: amounts have two, shares up to eight.
revloop.sum = (values) => {
  const isWhole = (value) => Math.abs(value * 10000 - Math.round(value * 10000)) < 1e-6;
  const scale = values.every(isWhole) ? 10000 : 100000000;
  return values.reduce((total, value) => total + Math.round(value * scale), 0) / scale;
};

// What a number is counted in: a plain number in the row of a kpi is counted as that is, by units.yml; what lies between
// two shares, in points of a hundred.
revloop.unit = (word, rows) => {
  const kpis = new Set(rows.map((row) => row.kpi));
  const unit = (word.unit === "number" && kpis.size === 1 && revloop.unitOf(rows[0].kpi)) || word.unit;
  return word.gap && unit === "rate" ? "gap" : unit;
};

revloop.unitOf = (kpi) => {
  const { units } = revloop.words;
  return Object.hasOwn(units, kpi) ? units[kpi] : units[Object.keys(units).find((name) => name.startsWith("*") && String(kpi).endsWith(name.slice(1)))];
};
