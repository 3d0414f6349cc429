// Curves of cohorts by their age: each thin, the newest that is old enough strong with its interval, what is expected
// of all dotted. It is seen at a glance whether newer months go another way.
"use strict";

// `x` the age, `y` the rate with its `band`, `by` the cohort; `expected` and `expected_y` the curve of all, from another query.
revloop.kinds.curves = (panel, rows, body, place) => {
  const cohorts = revloop.groups(rows, [panel.by]).sort((a, b) => (a[0][panel.by] < b[0][panel.by] ? -1 : 1));
  const strong = cohorts.filter((cohort) => cohort.length >= 4).at(-1) || cohorts[0];
  const whole = { ...panel, of: panel.expected };
  const expected = revloop.rows(whole);
  const along = (line) => revloop.groups(line, [panel.x]).sort((a, b) => a[0][panel.x] - b[0][panel.x]);
  revloop.chart(panel, body, () => {
    const trace = (of, line, column, more) => {
      const groups = along(line);
      const { values, customdata } = revloop.along(groups.map((group) => revloop.cell(of, group, column)));
      return { type: "scatter", mode: "lines", x: groups.map((group) => group[0][panel.x]), y: values, customdata, hoverinfo: "skip", showlegend: false, ...more };
    };
    const name = (cohort) => revloop.short(revloop.along_text(panel, cohort, panel.by));
    const hover = (of, line, column, text) => ({ hovertext: revloop.hover(of, along(line), column, (group) => `${text}, ${revloop.text(group[0][panel.x], "count")}`), hoverinfo: "text" });
    const traces = cohorts.filter((cohort) => cohort !== strong).map((cohort) => trace(panel, cohort, panel.y, { line: { color: revloop.colour("before"), width: 1 }, opacity: 0.5, ...hover(panel, cohort, panel.y, name(cohort)) }));
    traces.push(trace(panel, strong, panel.band[0], { line: { width: 0 } }));
    traces.push(trace(panel, strong, panel.band[1], { line: { width: 0 }, fill: "tonexty", fillcolor: revloop.faint("forward") }));
    traces.push(trace(whole, expected, panel.expected_y, { name: revloop.say(revloop.word(whole.of, panel.expected_y)), showlegend: true, line: { color: revloop.colour("expected"), width: 2, dash: "dot" }, ...hover(whole, expected, panel.expected_y, revloop.say(revloop.word(whole.of, panel.expected_y))) }));
    traces.push(trace(panel, strong, panel.y, { name: name(strong), showlegend: true, mode: "lines+markers", marker: { size: 6 }, line: { color: revloop.colour("forward"), width: 2.5 }, ...hover(panel, strong, panel.y, name(strong)) }));
    return { traces, layout: { showlegend: true, xaxis: { title: { text: revloop.say(revloop.word(panel.of, panel.x)), font: { size: 12 } }, rangemode: "tozero", showgrid: false }, yaxis: { tickformat: revloop.tickformat(panel, panel.y), rangemode: "tozero" } } };
  });
  if (expected.some((row) => row.is_drifting)) body.append(revloop.make("p", { class: "drifting" }, revloop.ui("drifting")));
  body.append(revloop.tableBelow(panel, revloop.groups(rows, [panel.by, panel.x]), panel.columns || [panel.by, panel.x, panel.y], place));
};
revloop.kinds.curves.drawn = (panel) => [panel.y];
