// Charts: one look for all of them, drawn when they come into sight. Every mark carries the cells that it stands for.
"use strict";

// One meaning per colour, in light and dark alike; style.css says which.
revloop.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
revloop.SERIES = ["forward", "back", "expected", "lost", "before", "ink"];

revloop.waiting = [];

// Let a chart be drawn into a panel's body: `traces` is asked when it is, so that its colours are those of the theme.
revloop.chart = (panel, body, draw, { height = panel.height || 300 } = {}) => {
  const box = revloop.make("div", { class: "chart", role: "img", "aria-label": `${revloop.say(panel.title)}. ${revloop.say(panel.says)} ${revloop.ui("see_table")}`, style: `height:${height}px` });
  body.append(box);
  revloop.waiting.push({ box, draw, height });
};

// Plotly is large: a page is read before it comes, and each chart keeps its room until then.
revloop.PLOTLY = "assets/plotly.min.js";

revloop.loadPlotly = () => {
  if (revloop.plotly || !document.querySelector(".chart")) return;
  revloop.plotly = "asked";
  // Not before what is there already has been painted.
  requestAnimationFrame(() => setTimeout(() => document.head.append(revloop.make("script", {
    src: revloop.PLOTLY,
    onload: () => { revloop.plotly = "there"; revloop.drawCharts(); },
    onerror: () => { revloop.plotly = "missing"; revloop.drawCharts(); },
  }))));
};

// A chart that cannot be drawn says so, and its table stands open.
revloop.undrawn = (box) => {
  box.replaceChildren(revloop.make("p", { class: "empty" }, revloop.fill(revloop.ui("no_charts"), { file: revloop.PLOTLY })));
  for (const attribute of ["role", "aria-label", "style"]) box.removeAttribute(attribute);
  box.dataset.drawn = "false";
  for (const table of box.closest(".body").querySelectorAll("details.below")) table.open = true;
};

// What a choice replaces is forgotten whole: charts listen to the window as long as nobody tells them not to.
revloop.purgeCharts = (main) => {
  for (const plot of main.querySelectorAll(".js-plotly-plot")) Plotly.purge(plot);
  revloop.waiting = [];
};

revloop.drawCharts = () => {
  if (revloop.plotly === "missing") {
    for (const { box } of revloop.waiting.splice(0)) revloop.undrawn(box);
    return;
  }
  if (revloop.plotly !== "there") { revloop.loadPlotly(); return; }
  const drawn = ({ box, draw, height }) => {
    const { traces, layout = {} } = draw();
    Plotly.newPlot(box, traces, { ...revloop.layout(height), ...layout, xaxis: { ...revloop.axis(), ...layout.xaxis, ...revloop.wholeTicks(traces, "x", layout.xaxis) }, yaxis: { ...revloop.axis(), ...layout.yaxis, ...revloop.wholeTicks(traces, "y", layout.yaxis) } },
      { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false });
    box.dataset.drawn = "true";
  };
  if (revloop.seeing) revloop.seeing.disconnect();
  const waiting = new Map(revloop.waiting.filter(({ box }) => box.isConnected).map((each) => [each.box, each]));
  revloop.waiting = [];
  revloop.seeing = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting || !waiting.has(target)) continue;
      const each = waiting.get(target);
      waiting.delete(target);
      revloop.seeing.unobserve(target);
      drawn(each);
    }
  }, { rootMargin: "200px" });
  for (const box of waiting.keys()) revloop.seeing.observe(box);
  // On paper everything is in sight.
  removeEventListener("beforeprint", revloop.drawRest);
  revloop.drawRest = () => { for (const each of waiting.values()) drawn(each); waiting.clear(); };
  addEventListener("beforeprint", revloop.drawRest);
};

// A handful of things is counted in whole ones.
revloop.wholeTicks = (traces, along, axis = {}) => {
  const values = traces.flatMap((trace) => [...(trace[along] || [])]).filter((value) => typeof value === "number");
  const most = Math.max(...values.map(Math.abs), 0);
  return axis.tickformat === "" && most <= (axis.nticks || 5) && values.every(Number.isInteger) ? { dtick: 1 } : {};
};

revloop.layout = (height) => ({
  height,
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: revloop.colour("muted") },
  margin: { l: 8, r: 8, t: 8, b: 8 },
  // A legend keeps its room above the only bar of a low chart.
  minreducedheight: 24,
  hovermode: "closest",
  hoverlabel: { bgcolor: revloop.colour("card"), bordercolor: revloop.colour("line"), font: { color: revloop.colour("ink") }, align: "left" },
  legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: revloop.colour("ink") } },
  barcornerradius: 3,
  bargap: 0.3,
  separators: ".,",
  dragmode: false,
});

revloop.axis = () => ({
  automargin: true,
  gridcolor: revloop.colour("line"),
  linecolor: revloop.colour("line"),
  zerolinecolor: revloop.colour("line"),
  tickfont: { color: revloop.colour("muted") },
  fixedrange: true,
  title: { text: "" },
});

// The values of cells along an axis, each with its own cells beside it: what the page's test compares with the marts.
revloop.along = (cells) => ({ values: cells.map((cell) => cell.value), customdata: cells.map((cell) => [cell.set, cell.column, cell.rows.join(" ")]) });

// What a pointer reads on a mark: the name, and the value with what it rests on.
revloop.hover = (panel, groups, column, name) => groups.map((rows) => {
  const cell = revloop.cell(panel, rows, column);
  const { word } = cell;
  const lines = [`<b>${revloop.escape(name(rows))}</b>`, `${revloop.escape(revloop.say(word))}: ${revloop.text(cell.value, cell.unit)}`];
  if (rows.length === 1 && word.low && rows[0][word.low] !== null && rows[0][word.low] !== undefined) lines.push(`${revloop.ui("interval")}: ${revloop.text(rows[0][word.low], cell.unit)} – ${revloop.text(rows[0][word.high], cell.unit)}`);
  if (rows.length === 1 && word.n && rows[0][word.n] !== null && rows[0][word.n] !== undefined) lines.push(`n ${revloop.text(rows[0][word.n], "count")}${revloop.isSmall(rows, word) ? ` (${revloop.ui("small")})` : ""}`);
  if (rows.some((row) => row.is_complete === false)) lines.push(revloop.ui("running"));
  return lines.join("<br>");
});

// Plotly reads a few tags in its texts: those of the data are none.
revloop.escape = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// Long names on an axis are cut; the table has them whole.
revloop.short = (text, most = 28) => revloop.escape(text.length > most ? `${text.slice(0, most - 1)}…` : text);

// The same on several lines, where names stand side by side.
revloop.wrapped = (text, width = 13) => {
  const lines = [];
  for (const part of (text.length > 40 ? `${text.slice(0, 39)}…` : text).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${part}`.length <= width) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines.map(revloop.escape).join("<br>");
};

// Names beside lying bars: on one line, or where there is little room on two. A letter of CJK is as wide as two.
revloop.beside = (name, most = 40) => {
  if (!revloop.isNarrow()) return revloop.short(name, most);
  const width = (text) => [...text.trimEnd()].reduce((sum, letter) => sum + (letter >= "\u2e80" ? 2 : 1), 0);
  const lines = [""];
  const words = [...new Intl.Segmenter(revloop.language(), { granularity: "word" }).segment(name)].map(({ segment }) => segment);
  for (const part of words.flatMap((word) => (width(word) > 20 ? [...word] : [word]))) {
    if (lines.at(-1) && width(lines.at(-1) + part) > 20) lines.push("");
    lines[lines.length - 1] += part;
  }
  const [first, ...rest] = lines;
  const second = rest.length > 1 ? `${rest[0].trimEnd()}…` : rest[0];
  return [first, second].filter(Boolean).map((line) => revloop.escape(line.trimEnd())).join("<br>");
};

// How high a line of them is: names of one column or more, bars of one value or more.
revloop.lineHeight = (names, bars) => Math.max(bars, revloop.isNarrow() ? 18 + names * 16 : names > 1 ? names * 19 : 26);

// How high a chart of lying bars is; one whose height is given, on a narrow screen as high as its names are at least.
revloop.lyingHeight = (panel, height) => (panel.height && !revloop.isNarrow() ? {} : { height: Math.max(height, panel.height || 0) });

// The axis along which groups stand by name: by their places, so that two names that look alike when cut stay two.
// Of periods some are named, of all else each.
revloop.nameAxis = (panel, groups) => {
  const places = groups.map((_, index) => index);
  const isPeriod = ["month", "quarter", "date", "timestamp"].includes(revloop.word(panel.of, [].concat(panel.x)[0]).unit);
  const most = revloop.isNarrow() ? 4 : (panel.span || 12) <= 6 ? 6 : 12;
  const step = isPeriod && !panel.lying ? Math.ceil(groups.length / most) : 1;
  const named = places.filter((index) => index % step === 0);
  const written = (label) => {
    const text = isPeriod ? label.replace(/年(?=\d)/, "年 ") : label;
    return panel.lying ? revloop.beside(label) : revloop.wrapped(text, isPeriod ? 7 : 13);
  };
  const ticktext = named.map((index) => [].concat(panel.x).map((column) => written(revloop.along_text(panel, groups[index], column))).join("<br>"));
  return { places, axis: { tickmode: "array", tickvals: named, ticktext, ...(isPeriod ? { tickangle: 0 } : {}), showgrid: false, zeroline: false, ...(panel.lying ? { autorange: "reversed" } : {}) } };
};

// What stands along the axis of a group: its period or name.
revloop.along_text = (panel, rows, column) => [].concat(column).map((each) => revloop.text(rows[0][each], revloop.word(panel.of, each).unit)).join(" · ");

revloop.isRate = (panel, column) => revloop.word(panel.of, column).unit === "rate";

// Shares as percent; the library writes thousands and less by itself.
revloop.tickformat = (panel, column) => (revloop.isRate(panel, column) ? ",.0%" : "");

// ---- bars: `x` along (one column or several), one or more `y`, beside one another, stacked (`stacked: true`) or each
// drawn inside the one before it, since it is a part of it (`within: true`); lying with `lying: true`; one `y` with a bar for each
// value of `by` (stacks.js); parts of a whole as long as each other, with how many they are (`normed: true`); `at: 1` draws a line to reach, and colours what does not; `labels: true` writes the numbers ----
revloop.kinds.bars = (panel, rows, body, place) => {
  if (panel.by) return revloop.barsBy(panel, rows, body, place);
  const groups = revloop.ranked(panel, revloop.groups(rows, panel.group_by || [].concat(panel.x))).slice(0, panel.top || 60);
  revloop.chart(panel, body, () => {
    const { places, axis } = revloop.nameAxis(panel, groups);
    const traces = panel.y.map((column, index) => {
      const cells = groups.map((group) => revloop.cell(panel, group, column));
      const { values, customdata } = revloop.along(cells);
      const running = groups.map((group) => group.some((row) => row.is_complete === false));
      return {
        type: "bar", name: revloop.say(revloop.word(panel.of, column)),
        orientation: panel.lying ? "h" : "v",
        [panel.lying ? "y" : "x"]: places, [panel.lying ? "x" : "y"]: values, customdata,
        marker: { color: values.map((value) => revloop.colour(panel.at !== undefined && value < panel.at ? "lost" : (panel.colours || revloop.SERIES)[index])), opacity: running.map((is) => (is ? 0.45 : 1)) },
        ...(panel.labels ? { text: groups.map((group, place) => revloop.barLabel(panel, group, cells[place])), textposition: values.map((value) => (panel.at !== undefined && value < panel.at && value > panel.at * 0.4 ? "inside" : "outside")), insidetextanchor: "end", insidetextfont: { color: revloop.colour("card") }, cliponaxis: false, textfont: { color: revloop.colour("ink") } } : {}),
        ...(panel.normed ? { text: cells.map((cell) => (cell.value ? revloop.text(cell.value, cell.unit) : "")), textposition: "inside", textangle: 0, insidetextanchor: "middle", insidetextfont: { color: revloop.colour("card") } } : {}),
        ...(panel.within ? { width: Math.min(0.75, groups.length / 4) * 0.62 ** index } : {}),
        hovertext: revloop.hover(panel, groups, column, (group) => revloop.along_text(panel, group, panel.x)), hoverinfo: "text",
      };
    });
    const shapes = panel.at === undefined ? [] : [{ type: "line", line: { color: revloop.colour("ink"), width: 1, dash: "dot" }, [panel.lying ? "x0" : "y0"]: panel.at, [panel.lying ? "x1" : "y1"]: panel.at, [panel.lying ? "yref" : "xref"]: "paper", [panel.lying ? "y0" : "x0"]: 0, [panel.lying ? "y1" : "x1"]: 1 }];
    const most = Math.max(...traces.flatMap((trace) => [...trace[panel.lying ? "x" : "y"]].map(Number)), panel.at || 0);
    const value = { tickformat: revloop.tickformat(panel, panel.y[0]), ...(panel.lying ? { nticks: (panel.span || 12) <= 5 || revloop.isNarrow() ? 4 : 8, tickangle: 0 } : {}), ...(panel.labels && most > 0 ? { range: [0, most * 1.35] } : { rangemode: "tozero" }) };
    if (panel.normed) Object.assign(value, { tickformat: ",.0%", range: [0, 1] });
    return { traces, layout: { shapes, ...(panel.normed ? { barnorm: "fraction", uniformtext: { minsize: 10, mode: "hide" } } : {}), barmode: panel.within ? "overlay" : panel.stacked || panel.normed ? "relative" : "group", showlegend: panel.y.length > 1, xaxis: panel.lying ? value : axis, yaxis: panel.lying ? axis : value } };
  }, panel.lying ? revloop.lyingHeight(panel, Math.max(panel.y.length > 1 ? 180 : 0, 60 + groups.length * revloop.lineHeight([].concat(panel.x).length, panel.within || panel.stacked || panel.normed ? 28 : 20 * panel.y.length))) : {});
  body.append(revloop.tableBelow(panel, groups, panel.columns || [].concat(panel.x, panel.y), place));
};

// What stands at a bar: its number; where a limit was passed, by how much, which a share of it would hide.
revloop.barLabel = (panel, rows, cell) => {
  const over = panel.over ? revloop.cell(panel, rows, panel.over) : null;
  return over && over.value !== null ? `${revloop.ui("over")} ${revloop.text(over.value, over.unit)}` : revloop.text(cell.value, cell.unit);
};

revloop.kinds.bars.drawn = (panel) => panel.y;

// ---- lines: `x` along, one or more `y`; or one `y` with a line for each value of `by`; `band: [low, high]`; `dashed`.
// Lines and band break off where the column `breaks` changes. `colours` go by place, or by the value of `by`.
revloop.kinds.lines = (asked, rows, body, place) => {
  const panel = { ...asked, by: asked.by || revloop.apart(asked) };
  const lines = panel.by ? revloop.inOrder(revloop.groups(rows, [panel.by]), panel.by) : [rows];
  // Lines may lack a period that others have: all go by the same ones, in their order.
  const along = revloop.groups(rows, [panel.x]).sort((a, b) => (a[0][panel.x] < b[0][panel.x] ? -1 : 1)).map((group) => revloop.along_text(panel, group, panel.x));
  const runs = (groups) => (panel.breaks ? revloop.groups(groups.map((group) => ({ group, run: group[0][panel.breaks] })), ["run"]).map((run) => run.map((each) => each.group)) : [groups]);
  revloop.chart(panel, body, () => {
    const traces = [];
    let series = 0;
    for (const line of lines) {
      const whole = revloop.groups(line, panel.group_by ? [...panel.group_by, ...(panel.by ? [panel.by] : [])] : [panel.x]);
      const x = (groups) => groups.map((group) => revloop.text(group[0][panel.x], revloop.word(panel.of, panel.x).unit));
      for (const groups of panel.band && !panel.by ? runs(whole) : []) {
        const [low, high] = panel.band.map((column) => revloop.along(groups.map((group) => revloop.cell(panel, group, column))));
        const edge = { type: "scatter", mode: "lines", x: x(groups), line: { width: 0 }, hoverinfo: "skip", showlegend: false };
        traces.push({ ...edge, y: low.values, customdata: low.customdata });
        traces.push({ ...edge, y: high.values, customdata: high.customdata, fill: "tonexty", fillcolor: revloop.faint((panel.colours || revloop.SERIES)[0]) });
      }
      for (const column of panel.y) {
        const colours = Array.isArray(panel.colours) ? panel.colours : revloop.SERIES;
        const colour = (panel.by && panel.colours && panel.colours[line[0][panel.by]]) || colours[series % colours.length];
        series += 1;
        const name = panel.by ? revloop.short(revloop.along_text(panel, line, panel.by)) : revloop.say(revloop.word(panel.of, column));
        for (const [run, groups] of runs(whole).entries()) {
          const { values, customdata } = revloop.along(groups.map((group) => revloop.cell(panel, group, column)));
          traces.push({
            type: "scatter", mode: whole.length < 40 ? "lines+markers" : "lines", name, x: x(groups), y: values, customdata, legendgroup: String(series), showlegend: run === 0,
            line: { color: revloop.colour(colour), width: 2, dash: (panel.dashed || []).includes(column) ? "dot" : "solid" },
            marker: { size: 6, color: groups.map((group) => (group.some((row) => row.is_complete === false) ? revloop.colour("card") : revloop.colour(colour))), line: { width: 1.5, color: revloop.colour(colour) } },
            hovertext: revloop.hover(panel, groups, column, (group) => [panel.by ? revloop.along_text(panel, group, panel.by) : null, revloop.along_text(panel, group, panel.x)].filter(Boolean).join(", ")), hoverinfo: "text",
          });
        }
      }
    }
    return { traces, layout: { showlegend: panel.y.length > 1 || Boolean(panel.by), xaxis: { type: "category", categoryorder: "array", categoryarray: along, nticks: revloop.isNarrow() ? 4 : (panel.span || 12) <= 6 ? 5 : 8, showgrid: false, zeroline: false }, yaxis: { tickformat: revloop.tickformat(panel, panel.y[0]), rangemode: panel.zero === false ? "normal" : "tozero" } } };
  });
  const groups = revloop.groups(rows, [...(panel.by ? [panel.by] : []), ...(panel.group_by || [panel.x])]);
  body.append(revloop.tableBelow(panel, groups, panel.columns || [panel.x, ...(panel.by ? [panel.by] : []), ...panel.y, ...(panel.band || [])], place));
};

revloop.kinds.lines.drawn = (panel) => panel.y;

// A colour through which what lies behind it is seen, as Plotly reads it.
revloop.faint = (name) => `${revloop.colour(name)}2e`;
