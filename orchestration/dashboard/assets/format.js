// Numbers, dates and names as the reader's language writes them; and the element that a number on a page is.
"use strict";

revloop.SMALL = 30;

// A writer of numbers or dates costs more to make than to use: one for each language and way of writing.
revloop.writers = {};
revloop.writer = (kind, options) => {
  const language = revloop.language();
  const key = `${kind} ${language} ${JSON.stringify(options)}`;
  return (revloop.writers[key] ||= new Intl[kind](language, options));
};

revloop.number = (value, options = {}) => revloop.writer("NumberFormat", { signDisplay: "negative", ...options }).format(value);
revloop.count = (value) => revloop.number(value, { maximumFractionDigits: 0 });

// Dates come as days and moments in UTC; both are written without any shift.
revloop.date = (text, options) => revloop.writer("DateTimeFormat", { timeZone: "UTC", ...options }).format(new Date(text));
revloop.month = (text) => revloop.date(text, { year: "numeric", month: "short" });
revloop.day = (text) => revloop.date(text, { year: "numeric", month: "short", day: "numeric" });
revloop.moment = (text) => revloop.make("time", { datetime: text }, revloop.date(text, { dateStyle: "medium", timeStyle: "short" }) + " UTC");
// A refresh is named by when it began: r20260702T013000123456Z.
revloop.night = (id) => {
  const found = /^r(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(id);
  return found ? revloop.date(`${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:00Z`, { dateStyle: "medium", timeStyle: "short" }) : String(id);
};
// Fiscal quarters are named by their first month.
revloop.quarter = (text) => revloop.fill(revloop.ui("quarter_from"), { month: revloop.month(text) });

// A code of the data as people say it: a stage by its label, a known value by its words, one of us by name, else its own text.
revloop.named = (value) => {
  if (value === null || value === undefined) return revloop.ui("none");
  if (value === "") return revloop.ui("empty_text");
  if (typeof value !== "string") return String(value);
  const stage = revloop.stages.find((each) => each.stage === value);
  if (stage) return stage[revloop.language()];
  if (Object.hasOwn(revloop.words.values, value)) return revloop.say(revloop.words.values[value]);
  return Object.hasOwn(revloop.people, value) ? revloop.people[value] : value;
};

// A measure is a column of its mart, or one of a stage: balance:captured.
revloop.measured_as = (value) => {
  const [column, ...of] = String(value).split(":");
  const { columns } = revloop.words;
  const name = Object.hasOwn(columns, column) ? revloop.say(columns[column]) : column;
  return of.length ? `${name}: ${revloop.named(of.join(":"))}` : name;
};

// A Japanese name may break where kana and kanji meet: マーケティング|適格.
revloop.breakable = (text) => text.replace(/([\u30a1-\u30fc])(?=[\u4e00-\u9fff])|([\u4e00-\u9fff])(?=[\u30a1-\u30fc])/g, "$&\u200b");

// How a value of a unit is written.
revloop.text = (value, unit) => {
  if (value === null || value === undefined) return "–";
  const fraction = (most, least = 0) => ({ maximumFractionDigits: most, minimumFractionDigits: least });
  switch (unit) {
    case "count": return revloop.number(value, fraction(Number.isInteger(value) ? 0 : 1));
    case "amount": return revloop.number(value, fraction(Math.abs(value) >= 1000 || Number.isInteger(value) ? 0 : 2));
    case "rate": return revloop.number(value, { style: "percent", ...fraction(1) });
    case "gap": return revloop.fill(revloop.ui("unit_gap"), { points: revloop.number(value * 100, Math.abs(value) < 0.0005 ? { maximumSignificantDigits: 1 } : fraction(1)) });
    case "points": case "days": case "hours": return revloop.number(value, fraction(1));
    case "number": return revloop.number(value, fraction(3));
    case "ratio": return revloop.number(value, fraction(2));
    case "month": return revloop.month(value);
    case "quarter": return revloop.quarter(value);
    case "date": return revloop.day(value);
    case "timestamp": return revloop.date(value, { dateStyle: "medium", timeStyle: "short" });
    case "boolean": return revloop.ui(value ? "yes" : "no");
    case "code": return revloop.named(value);
    case "measure": return revloop.measured_as(value);
    case "id": case "text": return value === "" ? revloop.ui("empty_text") : String(value);
    default: return String(value);
  }
};

revloop.isNumber = (unit) => ["count", "amount", "rate", "gap", "ratio", "days", "hours", "points", "number"].includes(unit);

// The element of a cell: a number carries its value and the cells of the mart that it is, or is the sum of.
revloop.shown = (cell) => {
  if (cell.pooled) return revloop.make("span", { class: "none", title: revloop.ui("pooled") }, "–");
  if (cell.value === null || cell.value === undefined) return revloop.make("span", { class: "none", title: revloop.ui("unknown") }, cell.unit === "code" && !cell.word.dash ? revloop.named(null) : "–");
  const text = revloop.text(cell.value, cell.unit);
  if (!revloop.isNumber(cell.unit)) return revloop.make("bdi", { dir: "auto", lang: revloop.language() === cell.word.lang ? null : cell.word.lang }, text);
  return revloop.make("data", { value: String(cell.value), "data-set": cell.set, "data-column": cell.column, "data-rows": cell.rows.join(" ") }, text);
};

// A rate with what it rests on: n, and the interval where the mart has one.
revloop.withBasis = (panel, rows, cell) => {
  const { word } = cell;
  const parts = [revloop.shown(cell)];
  if (cell.value !== null && !cell.pooled && rows.length === 1) {
    const basis = [];
    const has = (column) => column && column in rows[0] && rows[0][column] !== null;
    if (has(word.low) && has(word.high)) {
      basis.push(revloop.shown(revloop.cell(panel, rows, word.low)), "–\u2060", revloop.shown(revloop.cell(panel, rows, word.high)));
    }
    if (has(word.n)) basis.push(basis.length ? " ·\u00a0n\u00a0" : "n\u00a0", revloop.shown(revloop.cell(panel, rows, word.n)));
    if (basis.length) parts.push(revloop.make("span", { class: "basis" }, basis));
  }
  return parts;
};

revloop.isSmall = (rows, word) => Boolean(word.n) && rows.length === 1 && rows[0][word.n] !== null && rows[0][word.n] < revloop.SMALL;
