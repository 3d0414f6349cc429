// The page itself: what is chosen, which rows that leaves, what a number is, and how panels come onto the page.
// Text of the data goes through textContent alone; nothing here makes HTML of it.
"use strict";

revloop.kinds = {};
revloop.page = JSON.parse(document.getElementById("page").textContent);

// ---- what is chosen, in the address -------------------------------------------------------------------------------
revloop.languages = { en: "English", ko: "한국어", ja: "日本語" };

revloop.chosen = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

// What the address says from now on.
revloop.keep = (changes) => {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) asked.delete(name);
    else asked.set(name, value);
  }
  history.replaceState(null, "", "#" + asked.toString());
};

revloop.choose = (changes) => {
  revloop.keep(changes);
  revloop.draw();
};

revloop.language = () => {
  const asked = revloop.chosen().lang || (navigator.language || "en").slice(0, 2);
  return asked in revloop.languages ? asked : "en";
};

// ---- making elements ----------------------------------------------------------------------------------------------
revloop.make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
};

revloop.svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  element.append(...children.flat().filter(Boolean));
  return element;
};

// ---- rows ---------------------------------------------------------------------------------------------------------
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
    }),
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
  return rows;
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

// What a column is called and counted in, by words/columns.yml: `mart.column` first, then the column alone.
revloop.word = (set, column) => {
  const columns = revloop.words.columns;
  const found = columns[`${revloop.sets[set].mart}.${column}`] || columns[column];
  return found || { unit: "text", en: column, ko: column, ja: column };
};

revloop.say = (words) => (words ? words[revloop.language()] || words.en : "");

revloop.ui = (name) => revloop.say(revloop.words.ui[name]) || name;

revloop.fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

// Where a panel has several measures to choose from: the chosen one, and what it is chosen by. The address keeps it.
revloop.measure = (panel, place) => {
  const columns = [].concat(panel.value);
  const asked = revloop.chosen().by;
  const column = columns.includes(asked) ? asked : columns[0];
  const buttons = columns.map((each, index) => revloop.make("button", { type: "button", id: `by-${place}-${index}`, "aria-pressed": String(each === column), onclick: () => revloop.choose({ by: each }) }, revloop.say(revloop.word(panel.of, each))));
  return { column, control: columns.length > 1 ? revloop.make("div", { class: "measures", role: "group" }, buttons) : null };
};

// ---- the page -----------------------------------------------------------------------------------------------------
revloop.draw = () => {
  const language = revloop.language();
  revloop.wasTight = revloop.isTight();
  document.documentElement.lang = language;
  document.title = `${revloop.say(revloop.page.title)} · revloop`;
  document.querySelector(".skip").textContent = revloop.ui("skip");
  revloop.drawTop();
  revloop.drawMenu();
  const main = document.getElementById("main");
  const open = new Set([...main.querySelectorAll("details[open]")].map((details) => details.dataset.name));
  const focused = document.activeElement && document.activeElement.id;
  revloop.purgeCharts(main);
  main.replaceChildren(
    revloop.make("div", { class: "title" },
      revloop.make("h1", {}, revloop.say(revloop.page.title)),
      revloop.make("p", { class: "question" }, revloop.say(revloop.page.question))),
    revloop.slicers(),
    ...revloop.panels(),
  );
  for (const details of main.querySelectorAll("details")) if (open.has(details.dataset.name)) details.open = true;
  if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
  revloop.drawCharts();
  document.documentElement.dataset.ready = "true";
};

// First what answers the page's question; what it could do without, below, to be opened. The address keeps whether it is.
revloop.panels = () => {
  const { make } = revloop;
  const drawn = revloop.page.panels.map((panel, place) => ({ panel, section: revloop.panel(panel, place) }));
  const isMore = ({ panel }) => panel.more;
  const panels = (some) => make("div", { class: "panels" }, some.map(({ section }) => section));
  const more = drawn.filter(isMore);
  const kept = (event) => {
    if (event.target.open === (revloop.chosen().more !== undefined)) return;
    revloop.keep({ more: event.target.open ? 1 : null });
    revloop.drawMenu();
  };
  return [
    panels(drawn.filter((each) => !isMore(each))),
    ...(more.length ? [make("details", { class: "more", "data-name": "more", open: revloop.chosen().more !== undefined, ontoggle: kept },
      make("summary", {}, make("strong", {}, revloop.ui("more")), " ", more.map(({ panel }) => revloop.say(panel.title)).join(" · ")), panels(more))] : []),
  ];
};

// On paper all is open.
addEventListener("beforeprint", () => { for (const more of document.querySelectorAll("details.more:not([open])")) { more.open = true; more.dataset.printed = "true"; } });
addEventListener("afterprint", () => { for (const more of document.querySelectorAll("details.more[data-printed]")) { more.open = false; delete more.dataset.printed; } });

// Nothing has happened for three days before the moment that is shown: whatever is said of the last days is not known.
revloop.isQuiet = () => {
  const { as_of, last_activity_at } = revloop.head;
  return last_activity_at !== null && Date.parse(as_of) - Date.parse(last_activity_at) > 3 * 86400000;
};

revloop.drawTop = () => {
  const { make, ui, head } = revloop;
  const stale = (Date.now() - Date.parse(head.finished_at)) / 3600000 > 36;
  const select = make("select", { id: "language", "aria-label": ui("language"), onchange: (event) => revloop.choose({ lang: event.target.value }) },
    Object.entries(revloop.languages).map(([code, name]) => make("option", { value: code, lang: code, selected: code === revloop.language() }, name)));
  document.getElementById("top").replaceChildren(...[
    make("a", { class: "brand", href: "index.html" + location.hash }, "revloop"),
    make("p", { class: "as-of" + (Date.parse(head.finished_at) - Date.parse(head.as_of) > 36 * 3600000 ? " stale" : "") }, ui("as_of") + " ", revloop.moment(head.as_of)),
    revloop.isQuiet() ? make("p", { class: "stale" }, ui("quiet") + " ", revloop.moment(head.last_activity_at)) : "",
    make("p", { class: "fresh" + (stale ? " stale" : "") },
      revloop.fill(ui(stale ? "stale" : "fresh"), { days: revloop.count(Math.floor((Date.now() - Date.parse(head.finished_at)) / 86400000)) }),
      " ", revloop.moment(head.finished_at)),
    make("p", { class: "newer", id: "newer", hidden: !revloop.isNewer, role: "status" }, ui("newer"), " ",
      make("a", { href: location.href, onclick: () => location.reload() }, ui("reload"))),
    make("button", { id: "theme", type: "button", onclick: revloop.switchTheme, "aria-label": ui("theme") }, "◐"),
    select,
  ]);
};

revloop.drawMenu = () => {
  const menu = document.getElementById("menu");
  menu.setAttribute("aria-label", revloop.ui("pages"));
  menu.replaceChildren(revloop.make("ul", {}, revloop.pages.map((page) => revloop.make("li", {},
    revloop.make("a", { href: page.file + location.hash, "aria-current": page.name === revloop.page.name ? "page" : null }, revloop.say(page.title))))));
  // Where the menu is a line that scrolls, the page's own name is in its sight.
  const [whole, current] = [menu, menu.querySelector("[aria-current]")].map((each) => each?.getBoundingClientRect());
  if (current) menu.scrollLeft += current.left + current.width / 2 - whole.left - whole.width / 2;
};

revloop.slicers = () => {
  const names = [];
  for (const panel of revloop.page.panels) for (const name of Object.keys(panel.slices || {})) if (!names.includes(name)) names.push(name);
  const controls = names.map((name) => {
    const offered = revloop.offered(name);
    if (offered.length < 2) return null;
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

revloop.panel = (panel, place) => {
  const { make } = revloop;
  const id = `panel-${place}`;
  const body = make("div", { class: `body ${panel.draws}` });
  const rows = revloop.rows(panel);
  const section = make("section", { class: "panel", "aria-labelledby": id, "data-span": panel.span, "data-tall": panel.tall, "data-panel": place, "data-draws": panel.draws },
    make("header", {}, make("h2", { id }, revloop.say(panel.title), revloop.dated(panel)), revloop.explainButton(panel)),
    rows.length && panel.answers ? revloop.answer(panel, rows) : null,
    panel.says ? make("p", { class: "says" }, revloop.say(panel.says)) : null,
    body);
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

// ---- narrow screens ------------------------------------------------------------------------------------------------
revloop.isNarrow = () => innerWidth <= 720;

// How wide a panel of the whole page is inside, before it is on the page.
revloop.room = () => Math.floor(revloop.isNarrow() ? innerWidth - 66 : Math.min(document.documentElement.clientWidth - 184, 1360) - 36 - 42);

// Some pictures are others where there is little room.
revloop.isTight = () => revloop.room() < 760;

addEventListener("resize", () => {
  if (revloop.wasTight !== undefined && revloop.wasTight !== revloop.isTight()) revloop.draw();
});

// ---- light and dark -----------------------------------------------------------------------------------------------
revloop.isDark = () => {
  const asked = document.documentElement.dataset.theme;
  return asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

revloop.switchTheme = () => revloop.choose({ theme: revloop.isDark() ? "light" : "dark" });

revloop.followTheme = () => {
  const asked = revloop.chosen().theme;
  if (asked === "light" || asked === "dark") document.documentElement.dataset.theme = asked;
  else delete document.documentElement.dataset.theme;
};

// ---- begin --------------------------------------------------------------------------------------------------------
// The only request that a page ever makes, to the server that it came from: is there a newer one?
revloop.watch = () => {
  if (!location.protocol.startsWith("http")) return;
  setInterval(async () => {
    try {
      const answer = await (await fetch("latest.json", { cache: "no-store" })).json();
      revloop.isNewer = answer.refresh_id !== revloop.head.refresh_id;
      document.getElementById("newer").hidden = !revloop.isNewer;
    } catch {
      // The server has gone; what is shown stays true.
    }
  }, 60000);
};

// A page that is opened while the site is changed may meet the data of another refresh: it shows nothing of it, and is
// loaded once more. The address keeps that it was, so that it never goes round in a circle.
revloop.isTorn = () => revloop.page.refresh_id !== revloop.head.refresh_id;

revloop.mend = () => {
  document.documentElement.lang = revloop.language();
  document.getElementById("main").replaceChildren(revloop.make("p", { class: "torn", role: "alert" }, revloop.ui("torn"), " ",
    revloop.make("a", { href: location.href, onclick: () => location.reload() }, revloop.ui("load_again"))));
  document.documentElement.dataset.ready = "torn";
  if (revloop.chosen().again !== undefined) return;
  revloop.keep({ again: 1 });
  location.reload();
};

document.addEventListener("DOMContentLoaded", () => {
  if (revloop.isTorn()) { revloop.mend(); return; }
  if (revloop.chosen().again !== undefined) revloop.keep({ again: null });
  const draw = revloop.draw;
  revloop.draw = () => { revloop.followTheme(); draw(); };
  revloop.draw();
  addEventListener("hashchange", revloop.draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", revloop.draw);
  revloop.watch();
});
