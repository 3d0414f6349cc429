// Pairs: a volume against its target, and beneath it what became of it, month by month; so that one is not had at the
// cost of the other.
"use strict";

// `each`: a picture for each of its values. `along` the period; `value` and `target` above, `then` and `usual` beneath;
// `flag`: where it is true, the volume reached its target while fewer than usual went on.
revloop.kinds.pairs = (panel, rows, body, place) => {
  const { make } = revloop;
  const names = panel.only?.[panel.each] || [];
  const groups = revloop.groups(rows, [panel.each]).sort((a, b) => names.indexOf(a[0][panel.each]) - names.indexOf(b[0][panel.each]));
  const grid = make("div", { class: "pair-grid" });
  body.append(grid);
  for (const group of groups) {
    const name = revloop.named(group[0][panel.each]);
    const flagged = group.filter((row) => row[panel.flag]);
    const one = make("div", {}, make("h3", {}, name),
      make("p", { class: "says" }, flagged.length
        ? [revloop.ui("flagged"), " ", make("strong", {}, flagged.slice(-3).map((row, index) => [index ? ", " : "", make("time", { datetime: row[panel.along] }, revloop.month(row[panel.along]))]))]
        : group.some((row) => row[panel.target] !== null) ? revloop.ui("unflagged") : null));
    grid.append(one);
    const isNothing = group.every((row) => !row[panel.value] && [panel.target, panel.then].every((column) => row[column] === null));
    if (isNothing) { one.append(make("p", { class: "empty" }, revloop.ui("blank"))); continue; }
    revloop.chart({ ...panel, title: { [revloop.language()]: name, en: name } }, one, () => revloop.drawPair(panel, group), { height: 190 });
  }
  body.append(revloop.tableBelow(panel, rows.map((row) => [row]), panel.columns, place));
};

revloop.drawPair = (panel, rows) => {
  const groups = rows.map((row) => [row]);
  const x = rows.map((row) => revloop.month(row[panel.along]));
  const trace = (column, more) => {
    const { values, customdata } = revloop.along(groups.map((group) => revloop.cell(panel, group, column)));
    return { x, y: values, customdata, name: revloop.say(revloop.word(panel.of, column)), hovertext: revloop.hover(panel, groups, column, (group) => revloop.month(group[0][panel.along])), hoverinfo: "text", ...more };
  };
  const colour = (row) => revloop.colour(row[panel.flag] ? "lost" : "forward");
  const line = (name, dash, width = 2) => ({ color: revloop.colour(name), width, dash });
  return {
    traces: [
      trace(panel.value, { type: "bar", marker: { color: rows.map(colour), opacity: rows.map((row) => (row.is_complete === false ? 0.45 : 1)) } }),
      trace(panel.target, { type: "scatter", mode: "lines", line: { ...line("before", "solid", 1.5), shape: "hvh" } }),
      trace(panel.then, { type: "scatter", mode: "lines+markers", yaxis: "y2", line: line("forward", "solid"), marker: { size: 6, color: rows.map(colour) } }),
      trace(panel.usual, { type: "scatter", mode: "lines", yaxis: "y2", line: line("before", "dot") }),
    ],
    layout: {
      showlegend: false, bargap: 0.2,
      xaxis: { type: "category", nticks: 3, tickangle: 0, showgrid: false, anchor: "y2" },
      yaxis: { domain: [0.56, 1], rangemode: "tozero", nticks: 3, tickformat: "" },
      yaxis2: { ...revloop.axis(), domain: [0, 0.42], range: [0, 1.05], tickvals: [0, 0.5, 1], tickformat: ",.0%" },
    },
  };
};
