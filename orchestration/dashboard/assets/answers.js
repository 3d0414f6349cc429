// What a panel's numbers mean, in a sentence: the first of its `answers` that holds.
"use strict";

// An answer: `if`, a list of [column, comparison, column or number] (or [column, is, a code]), and its words, in which {column} stands for the cell.
// `{sum: column}` is that of all the panel's rows. What is not known makes no comparison true.
revloop.comparisons = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b, "=": (a, b) => a === b,
};

revloop.holds = (panel, rows, row, [column, comparison, other]) => {
  const known = (value) => value !== null && value !== undefined;
  const value = column.sum ? revloop.cell(panel, rows, column.sum).value : row[column];
  if (comparison === "known") return known(value);
  if (comparison === "unknown") return !known(value);
  if (comparison === "is") return value === other;
  const wanted = typeof other === "string" && other in row ? row[other] : other;
  return known(value) && known(wanted) && revloop.comparisons[comparison](value, wanted);
};

// Of several rows the one speaks that `speaks` describes ({method: model}) and that is the latest along the panel's
// period; where none does, the answer without a condition holds.
revloop.answer = (panel, rows) => {
  const able = rows.filter((row) => Object.entries(panel.speaks || {}).every(([column, value]) => row[column] === value));
  const row = panel.along && able.length ? able.find((each) => each[panel.along] === revloop.latest(panel, able)) : able[0];
  const found = panel.answers.find((each) => !each.if || (row && each.if.every((condition) => revloop.holds(panel, rows, row, condition))));
  if (!found) return null;
  const parts = revloop.say(found).split(/\{(\w+)\}/);
  return revloop.make("p", { class: "says answer" }, parts.map((part, place) => (place % 2 ? revloop.shown(revloop.cell(panel, row ? [row] : [], part)) : part)));
};
