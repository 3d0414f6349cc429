// Bars in parts: along `x` one bar, in it (or beside it, `stacked: false`) a part for each value of `by`.
"use strict";

// `y`: one column. `colours` says in which order and colour the parts come: {renewed: forward, late: "forward /"}, where
// a sign behind the colour is the pattern in it.
revloop.barsBy = (panel, rows, body, place) => {
  const [column] = panel.y;
  const groups = revloop.ranked(panel, revloop.groups(rows, panel.group_by || [].concat(panel.x))).slice(0, panel.top || 60);
  const colours = panel.colours || {};
  const found = [...new Set(rows.map((row) => row[panel.by]))];
  const parts = [...Object.keys(colours).filter((each) => found.includes(each)), ...found.filter((each) => !(each in colours))];
  revloop.chart(panel, body, () => {
    const { places, axis } = revloop.nameAxis(panel, groups);
    const traces = parts.map((part, index) => {
      const inside = groups.map((group) => group.filter((row) => row[panel.by] === part));
      const { values, customdata } = revloop.along(inside.map((group) => revloop.cell(panel, group, column)));
      const [colour, shape = ""] = (colours[part] || revloop.SERIES[index % revloop.SERIES.length]).split(" ");
      return {
        type: "bar", name: revloop.short(revloop.text(part, revloop.word(panel.of, panel.by).unit)), customdata,
        orientation: panel.lying ? "h" : "v", [panel.lying ? "y" : "x"]: places, [panel.lying ? "x" : "y"]: values,
        marker: { color: revloop.colour(colour), pattern: { shape, fgcolor: revloop.colour("card"), fillmode: "overlay", size: 6, solidity: 0.4 } },
        hovertext: revloop.hover(panel, inside, column, (group) => (group.length ? `${revloop.along_text(panel, group, panel.x)}, ${revloop.along_text(panel, group, panel.by)}` : "")), hoverinfo: "text",
      };
    });
    const value = { tickformat: revloop.tickformat(panel, column), rangemode: "tozero" };
    return { traces, layout: { barmode: panel.stacked === false ? "group" : "relative", showlegend: true, xaxis: panel.lying ? value : axis, yaxis: panel.lying ? axis : value } };
  }, panel.lying ? revloop.lyingHeight(panel, Math.max(180, 60 + groups.length * revloop.lineHeight(1, 26))) : {});
  body.append(revloop.tableBelow(panel, groups.flatMap((group) => revloop.groups(group, [panel.by])), panel.columns || [...[].concat(panel.x), panel.by, column], place));
};
