// A brief: what several marts have to say, part by part, each in sentences; and what it says when there is nothing.
"use strict";

// `parts`: each with `title`, `of`, `empty`, a `sentence` (a column of the mart, in English) or `told` (words with
// {columns} in them, which stand there as numbers that explain themselves), `page` to look at, and `top`.
revloop.kinds.brief = (panel, rows, body) => {
  const { make } = revloop;
  body.append(make("dl", { class: "parts" }, panel.parts.map((part) => {
    const whole = { slices: panel.slices, ...part };
    const found = revloop.rows(whole);
    const shown = found.slice(0, revloop.enough(found.length, part.top || 5));
    const link = part.page ? make("a", { href: `${part.page}.html${location.hash}`, "aria-label": `${revloop.ui("look")}: ${revloop.say(part.title)}` }, revloop.ui("look")) : null;
    return make("div", {},
      make("dt", {}, revloop.say(part.title), " ", revloop.explainButton(whole)),
      shown.length === 0 ? make("dd", { class: "empty says" }, revloop.strange(part).length ? revloop.strange(part) : revloop.say(part.empty) || revloop.ui("empty"))
        : shown.map((row, place) => make("dd", {}, revloop.told(whole, row), place === shown.length - 1 && link ? [" ", link] : null)),
      found.length > shown.length ? make("dd", { class: "foot" }, revloop.fill(revloop.ui("first_of"), { shown: revloop.count(shown.length), all: revloop.count(found.length) })) : null);
  })));
};
// It has something to say without rows too.
revloop.kinds.brief.isSpeaking = true;

// One row as a sentence: the mart's own, or our words with its cells in them; of several, the first whose `if` holds.
revloop.told = (panel, row) => {
  const told = panel.told && [].concat(panel.told).find((each) => !each.if || each.if.every((condition) => revloop.holds(panel, [row], row, condition)));
  const words = told && (told[revloop.language()] || (panel.sentence ? null : told.en));
  if (!words) return revloop.shown(revloop.cell(panel, [row], panel.sentence));
  return revloop.make("span", {}, words.split(/(\{\w+\})/).map((part) => {
    const column = (part.match(/^\{(\w+)\}$/) || [])[1];
    return column ? revloop.shown(revloop.cell(panel, [row], column)) : part;
  }));
};
