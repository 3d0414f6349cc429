// Every number explains itself: what it is called, counted in and defined as, and the cell where it stands.
"use strict";

revloop.explainButton = (panel) =>
  revloop.make("button", { type: "button", class: "explain", "aria-label": `${revloop.ui("explain")}: ${revloop.say(panel.title)}`, onclick: () => revloop.explain(panel) }, "?");

revloop.explain = (panel, column) => {
  const { make, ui } = revloop;
  const set = revloop.sets[panel.of];
  const rows = revloop.rows(panel);
  const shown = set.columns.filter((each) => (column ? each.name === column : true));
  const dialog = make("dialog", { "aria-labelledby": "explained" },
    make("button", { type: "button", class: "close", autofocus: true, "aria-label": ui("close"), onclick: () => dialog.close() }, "×"),
    make("h2", { id: "explained" }, column ? revloop.say(revloop.word(panel.of, column)) : revloop.say(panel.title)),
    make("p", { lang: "en", dir: "auto" }, set.about),
    make("dl", {}, shown.map((each) => {
      const word = revloop.word(panel.of, each.name);
      return [
        make("dt", {}, revloop.say(word), " ", make("code", {}, each.name)),
        make("dd", {}, make("span", { class: "unit" }, ui(`unit_${word.unit}`)), word.n ? ` · n: ${word.n}` : null,
          word.low ? ` · ${ui("interval")}: ${word.low}, ${word.high}` : null,
          make("span", { lang: "en", class: "about" }, each.about || "")),
      ];
    })),
    make("p", { class: "where" }, ui("stands_in"), " ", make("code", {}, `marts.${set.mart}`)),
    set.where || Object.keys(set.derived).length
      ? make("p", {}, ui("counted"), " ", make("code", {}, [set.where, ...Object.entries(set.derived).map(([name, sql]) => `${name} = ${sql}`)].filter(Boolean).join("; ")))
      : null,
    make("p", {}, ui("chosen"), " ", make("code", {}, revloop.filterText(panel, rows))));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
};

// The choice as somebody would write it in SQL.
revloop.filterText = (panel, rows) => {
  const parts = Object.entries(panel.slices || {}).map(([slice, column]) => {
    const value = revloop.value(slice);
    if (value === "all" && !rows.some((row) => row[column] === "all")) return null;
    return value === undefined ? null : `${column} ${(panel.history || panel.newest) && revloop.isPeriod(slice) ? "<=" : "="} '${value}'`;
  });
  for (const [column, wanted] of Object.entries(panel.only || {})) parts.push(`${column} in ('${[].concat(wanted).join("', '")}')`);
  return parts.filter(Boolean).join(" and ") || revloop.ui("everything");
};
