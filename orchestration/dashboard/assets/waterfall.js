// Waterfall: how one number becomes another, step by step; the steps add up to the total because the mart says so.
"use strict";

// Either the columns of one row are its steps (`steps: [{of: opening_mrr, is: total}, {of: new_mrr}, {of: lost, is: down}]`:
// a total stands on the ground, a `down` falls although its number is positive), or the rows are: one along `x`, as high
// as its `y`, and after them `totals: [{of: win_change, per: segment}]`, each the sum of one row for each of `per`.
revloop.kinds.waterfall = (asked, rows, body, place) => {
  // On a narrow screen steps lie, so that their names have room.
  const panel = { ...asked, lying: asked.lying || revloop.isNarrow() };
  const steps = panel.steps ? revloop.columnSteps(panel, rows) : revloop.rowSteps(panel, rows);
  let level = 0;
  for (const step of steps) {
    const height = (step.is === "down" ? -1 : 1) * (step.cell.value ?? 0);
    step.from = step.is === "total" ? 0 : level;
    step.to = step.from + height;
    level = step.to;
    step.colour = step.colour || (step.is === "total" ? "before" : height < 0 ? "lost" : "forward");
  }
  revloop.chart(panel, body, () => revloop.drawWaterfall(panel, steps), panel.lying ? revloop.lyingHeight(panel, 40 + revloop.lineHeight(1, 30) * steps.length) : {});
  const groups = panel.steps ? [rows] : steps.filter((step) => step.is !== "total").map((step) => step.rows);
  body.append(revloop.tableBelow(panel, groups, panel.columns || (panel.steps ? panel.steps.map((step) => step.of) : [panel.x, panel.y]), place));
};

revloop.kinds.waterfall.drawn = (panel) => (panel.steps ? panel.steps.map((step) => step.of) : [panel.y]);

revloop.columnSteps = (panel, rows) => panel.steps.map((step) => {
  const cell = revloop.cell(panel, rows, step.of);
  return { ...step, rows, cell, name: revloop.say(cell.word) };
});

revloop.rowSteps = (panel, rows) => [
  ...revloop.groups(rows, [panel.x]).map((group) => ({ of: panel.y, rows: group, cell: revloop.cell(panel, group, panel.y), name: revloop.along_text(panel, group, panel.x) })),
  ...(panel.totals || []).map((total) => {
    const each = total.per ? revloop.groups(rows, [total.per]).map((group) => group[0]) : [rows[0]];
    const cell = revloop.cell(panel, each, total.of);
    return { ...total, is: "total", rows: each, cell, name: revloop.say(cell.word) };
  }),
];

revloop.drawWaterfall = (panel, steps) => {
  const [along, up] = panel.lying ? ["y", "x"] : ["x", "y"];
  const { values, customdata } = revloop.along(steps.map((step) => step.cell));
  const places = steps.map((_, index) => index);
  const ends = steps.flatMap((step) => [step.from, step.to]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = (high - low || 1) * (panel.lying && revloop.isNarrow() ? 0.32 : 0.14);
  const line = { color: revloop.colour("before"), width: 1 };
  // A step that falls although its number is positive hangs from where it began.
  const base = steps.map((step) => (step.is === "down" ? step.to : step.from));
  return {
    traces: [{
      type: "bar", orientation: panel.lying ? "h" : "v", [along]: places, [up]: values, base, customdata,
      marker: { color: steps.map((step) => revloop.colour(step.colour)), opacity: steps.map((step) => (step.rows.some((row) => row.is_complete === false) ? 0.45 : 1)) },
      text: steps.map((step) => revloop.text(step.cell.value, step.cell.unit)), textposition: "outside", constraintext: "none", cliponaxis: false, textfont: { color: revloop.colour("ink"), size: steps.length > 6 ? 10 : 12 },
      hovertext: steps.map((step) => revloop.hover(panel, [step.rows], step.of, () => step.name)[0]), hoverinfo: "text",
    }],
    layout: {
      showlegend: false, bargap: 0.35,
      shapes: steps.slice(1).map((step, index) => ({ type: "line", layer: "below", line, [`${along}0`]: index + 0.33, [`${along}1`]: index + 1.33, [`${up}0`]: steps[index].to, [`${up}1`]: steps[index].to })),
      [`${up}axis`]: { tickformat: revloop.tickformat(panel, steps[0].of), range: [low < 0 ? low - room : 0, high > 0 ? high + room : 0], nticks: 6 },
      [`${along}axis`]: { tickmode: "array", tickvals: places, ticktext: steps.map((step) => (panel.lying ? revloop.beside(step.name, 28) : revloop.wrapped(step.name, steps.length > 7 ? 9 : 13))), showgrid: false, zeroline: false, range: panel.lying ? [steps.length - 0.5, -0.5] : [-0.6, steps.length - 0.4] },
    },
  };
};
