// A panel: its title, what a reader may choose, and what it says where there is nothing to draw.
"use strict";

revloop.slicers = () => {
  const names = [];
  for (const panel of revloop.page.panels) for (const name of Object.keys(panel.slices || {})) if (!names.includes(name)) names.push(name);
  const controls = names.map((name) => {
    const offered = revloop.offered(name);
    if (offered.length < (revloop.firstly(name) ? 1 : 2)) return null;
    const value = revloop.value(name);
    return revloop.make("label", {}, revloop.ui(name),
      revloop.make("select", { id: `slice-${name}`, onchange: (event) => revloop.choose({ [name]: event.target.value }) },
        offered.map((each) => revloop.make("option", { value: each, selected: each === value }, revloop.sliceText(name, each)))));
  }).filter(Boolean);
  return controls.length ? revloop.make("form", { class: "slices", "aria-label": revloop.ui("slices") }, controls) : "";
};

revloop.sliceText = (name, value) => {
  if (value === "all") return revloop.ui("all");
  if (name === "quarter") return revloop.quarter(value);
  if (name === "month" || name === "window") return revloop.month(value);
  if (name === "night") return revloop.night(value);
  return name === "day" ? revloop.day(value) : revloop.named(value);
};

// What of a panel is a seed's that is of another company than the data (`seeds: [people, targets, spend]`): a sentence each.
revloop.strange = (panel) => (panel.seeds || []).filter((seed) => seed in revloop.strangers).map((seed) => {
  const months = Object.entries(revloop.strangers[seed]).map(([name, month]) => [name, revloop.month(month)]);
  return revloop.make("p", { class: "says strange" }, revloop.fill(revloop.ui(`strange_${seed}`), Object.fromEntries(months)));
});

// The same panel without people that are strangers; null where nothing else would be left of it.
revloop.withoutStrangers = (panel) => {
  if (!(panel.seeds || []).includes("people") || !revloop.strangers.people) return panel;
  const { limit, ...rest } = panel;
  if (panel.draws === "tiles") return rest;
  return panel.draws === "table" ? { ...rest, columns: panel.columns.filter((column) => column !== "owner_id") } : null;
};

revloop.panel = (asked, place) => {
  const { make } = revloop;
  const panel = revloop.withoutStrangers(asked) || asked;
  const id = `panel-${place}`;
  const body = make("div", { class: `body ${panel.draws}` });
  const rows = revloop.rows(panel);
  const section = make("section", { class: "panel", "aria-labelledby": id, "data-span": panel.span, "data-tall": panel.tall, "data-panel": place, "data-draws": panel.draws },
    make("header", {}, make("h2", { id }, revloop.say(panel.title), revloop.dated(panel)), revloop.explainButton(panel)),
    rows.length && panel.answers ? revloop.answer(panel, rows) : null,
    panel.says ? make("p", { class: "says" }, revloop.say(panel.says)) : null,
    revloop.strange(panel),
    body);
  if (!revloop.withoutStrangers(asked)) return section;
  // Some kinds have something to say without rows too.
  if (rows.length === 0 && !revloop.kinds[panel.draws].isSpeaking) body.append(make("p", { class: "empty" }, revloop.say(panel.empty) || revloop.ui("empty")));
  else if (revloop.isBlank(panel, rows)) body.append(make("p", { class: "empty" }, revloop.ui("blank")));
  else revloop.kinds[panel.draws](panel, rows, body, place);
  if (rows.length > 0) revloop.ignored(panel, section);
  return section;
};

// A chart of what is not known, or of counts and amounts that are all zero, would be an empty axis. A rate of zero is news.
revloop.isBlank = (panel, rows) => {
  const columns = revloop.kinds[panel.draws].drawn?.(panel) || [];
  const isNothing = (row, column) => row[column] === null || (row[column] === 0 && ["count", "amount"].includes(revloop.word(panel.of, column).unit));
  return columns.length > 0 && rows.length > 0 && rows.every((row) => columns.every((column) => isNothing(row, column)));
};

// The period that a panel is of, beside its title: `dated: {columns: [from_date, to_date]}` of its own rows or those of
// another query (`of`), from the earliest to the latest; `months: [-12, -1]` counts from the latest of all.
revloop.dated = (panel) => {
  if (!panel.dated) return null;
  const { columns, months, of = panel.of } = panel.dated;
  const rows = months ? revloop.sets[of].rows : revloop.rows({ ...panel, of });
  const days = rows.flatMap((row) => columns.map((column) => row[column])).filter((day) => day !== null).sort();
  if (!days.length) return null;
  const shifted = (count) => { const [year, month] = days.at(-1).split("-").map(Number); return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10); };
  const { unit } = revloop.word(of, columns[0]);
  const [from, to] = (months ? months.map(shifted) : [days[0], days.at(-1)]).map((day) => revloop.text(day, unit));
  return revloop.make("span", { class: "dated" }, from === to ? from : revloop.fill(revloop.ui("loop_until"), { from, to }));
};

// A panel that cannot follow a choice says so, rather than show something else in silence.
revloop.ignored = (panel, section) => {
  const slices = new Set(revloop.page.panels.flatMap((each) => Object.keys(each.slices || {})));
  const names = [...slices].filter((name) => !revloop.isPeriod(name)).filter((name) => {
    const asked = revloop.chosen()[name];
    const isShown = ["x", "y", "by", "down", "across", "each"].some((place) => panel[place] === name);
    return asked && asked !== "all" && !isShown && !(panel.slices || {})[name];
  });
  if (names.length) {
    section.append(revloop.make("p", { class: "ignored" },
      revloop.fill(revloop.ui("ignores"), { slices: names.map((name) => revloop.ui(name)).join(", ") })));
  }
};

// Where a panel has several measures to choose from: the chosen one, and what it is chosen by. The address keeps it.
revloop.measure = (panel, place) => {
  const columns = [].concat(panel.value);
  const asked = revloop.chosen().by;
  const column = columns.includes(asked) ? asked : columns[0];
  const buttons = columns.map((each, index) => revloop.make("button", { type: "button", id: `by-${place}-${index}`, "aria-pressed": String(each === column), onclick: () => revloop.choose({ by: each }) }, revloop.say(revloop.word(panel.of, each))));
  return { column, control: columns.length > 1 ? revloop.make("div", { class: "measures", role: "group" }, buttons) : null };
};
