// Sankey: which way things went, from the left to the right. Each row of the query is a way that so many of them took;
// a node that is chosen, by click or by key, lights the ways that lead through it, forward and back.
"use strict";

// `path`: the columns that a way leads through. `{column: lead_source}` is a node of its own for each value;
// `{through: max_phase, from: p1, to: p5}` are all stages from the first to the one that the row names; the last is where
// it ends, `{column: status, order: [won, open, lost], colours: [forward, expected, lost]}`. `value`: how many, or a list
// of columns to choose from. A way that ends early goes on to its end in a lane beside the stages.
revloop.kinds.sankey = (panel, rows, body, place) => {
  const { make } = revloop;
  const measure = revloop.measure(panel, place);
  const picture = revloop.waysOf(panel, rows, measure.column);
  const chosen = picture.nodes.find((node) => node.id === revloop.chosen().way) || null;
  const lit = chosen ? new Set(chosen.rows) : null;
  const height = picture.height;
  const svg = revloop.svg("svg", { viewBox: `0 0 1000 ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const link of picture.links) revloop.drawLink(svg, link, lit ? 0.1 : 0.32);
  // What is lit of all ways lies together along the upper sides, so that it can be followed.
  if (lit) for (const link of revloop.laidOut(picture, (link) => link.rows.filter((row) => lit.has(row)))) revloop.drawLink(svg, link, 0.6);
  for (const node of picture.nodes) if (!node.isLane) svg.append(revloop.svg("rect", { x: node.x, y: node.y, width: 8, height: Math.max(node.height, 1), style: `fill:var(--${node.colour});opacity:${lit && !node.rows.some((row) => lit.has(row)) ? 0.25 : 1}` }));
  body.append(
    ...[measure.control].filter(Boolean),
    revloop.isTight() ? revloop.waysDown(panel, picture, measure.column, chosen, lit, place) : make("div", { class: "scroll flows", tabindex: 0, role: "group", "aria-label": revloop.say(panel.title) },
      make("div", { class: "flow", style: `height:${height}px` }, svg,
        picture.nodes.filter((node) => !node.isLane).map((node, index) => revloop.nodeButton(panel, node, measure.column, chosen, lit, `way-${place}-${index}`, picture.apart)))),
    revloop.tableBelow(panel, revloop.groups(chosen ? chosen.rows : rows, picture.steps.map((step) => step.column)), panel.columns, place));
};

// Where there is little room its nodes are lists, one for each step, with bars as long as what leads through them.
revloop.waysDown = (panel, picture, value, chosen, lit, place) => {
  const { make } = revloop;
  const nodes = picture.nodes.filter((node) => !node.isLane);
  const longest = Math.max(...nodes.map((node) => node.height), 1);
  return make("div", { class: "ways" }, picture.steps.map((step) => [
    make("h3", {}, revloop.say(revloop.word(panel.of, step.column))),
    make("ul", {}, nodes.map((node, index) => (node.layer.column !== step.column ? null
      : make("li", { style: `--bar:var(--${node.colour});--share:${((node.height / longest) * 100).toFixed(1)}%;--lit:${(((lit ? picture.thick(node.rows.filter((row) => lit.has(row))) : node.height) / longest) * 100).toFixed(1)}%` },
        revloop.nodeButton(panel, node, value, chosen, lit, `way-${place}-${index}`))))),
  ]));
};

// The nodes and links of all ways, with their places. Every way has a node or a lane in every layer, so that all layers
// are as high as all ways together.
revloop.waysOf = (panel, rows, value) => {
  const steps = panel.path.map((step) => ({ ...step, column: step.column || step.through }));
  const end = steps[steps.length - 1];
  const success = revloop.stages.filter((stage) => stage.kind === "success").map((stage) => stage.stage);
  const layers = steps.flatMap((step) => (step.through ? success.slice(success.indexOf(step.from), success.indexOf(step.to) + 1).map((stage) => ({ ...step, stage })) : [step]));
  const amount = (some) => Math.max(revloop.cell(panel, some, value).value ?? 0, 0);
  const at = layers.map(() => new Map());
  const passes = (row, layer) => !layer.stage || success.indexOf(row[layer.column]) >= success.indexOf(layer.stage);
  const keyOf = (row, index) => {
    const layer = layers[index];
    if (!layer.stage) return `${index}:${row[layer.column]}`;
    return passes(row, layer) ? `${index}:${layer.stage}` : `${index}~${row[end.column]}`;
  };
  for (const row of rows) layers.forEach((layer, index) => {
    const id = keyOf(row, index);
    if (!at[index].has(id)) at[index].set(id, { id, layer, index, isLane: id.includes("~"), value: layer.stage ?? row[layer.column], ends: row[end.column], rows: [] });
    at[index].get(id).rows.push(row);
  });
  const order = (name) => ((end.order || []).includes(name) ? end.order.indexOf(name) : (end.order || []).length);
  const colour = (name) => (end.colours || [])[order(name)] || "forward";
  const scale = (panel.height || 300) / (amount(rows) || 1);
  const [left, right] = [250, 150];
  const wide = 1000 - left - right;
  const nodes = at.flatMap((found, index) => {
    const isFirst = index === 0;
    const isLast = index === layers.length - 1;
    const inside = [...found.values()].map((node) => ({ ...node, height: amount(node.rows) * scale, x: left + (wide * index) / (layers.length - 1), isFirst, isLast, colour: node.isLane || isLast ? colour(node.isLane ? node.ends : node.value) : "forward" }));
    // The first end has its lane above the stage, the others below; sources stand by size, the rest of them last.
    const place = (node) => (node.isLane ? (order(node.ends) === 0 ? -1 : 1 + order(node.ends)) : 0);
    inside.sort((a, b) => (isLast ? order(a.value) - order(b.value) : isFirst ? (a.value === "(rest)") - (b.value === "(rest)") || b.height - a.height : place(a) - place(b)));
    let y = isFirst ? 0 : 62;
    for (const node of inside) {
      const slot = Math.max(node.height, isFirst ? 20 : isLast ? 44 : 0);
      node.y = y + (slot - node.height) / 2;
      y += slot + (isFirst ? 3 : 14);
    }
    return inside;
  });
  const links = [];
  const known = new Map(nodes.map((node) => [node.id, node]));
  for (let index = 1; index < layers.length; index += 1) {
    for (const group of revloop.groupsBy(rows, (row) => `${keyOf(row, index - 1)}|${keyOf(row, index)}`)) {
      links.push({ from: known.get(keyOf(group[0], index - 1)), to: known.get(keyOf(group[0], index)), rows: group });
    }
  }
  const picture = { steps, nodes, links, thick: (some) => amount(some) * scale, apart: wide / (layers.length - 1), height: Math.ceil(Math.max(...nodes.map((node) => node.y + Math.max(node.height, 20)))) + 8 };
  return { ...picture, links: revloop.laidOut(picture, (link) => link.rows) };
};

// Links with those of their rows that count, as thick as these, side by side along their nodes.
revloop.laidOut = (picture, rowsOf) => {
  const links = picture.links.map((link) => ({ ...link, rows: rowsOf(link) })).filter((link) => link.rows.length).map((link) => ({ ...link, height: picture.thick(link.rows) }));
  const rank = new Map(picture.nodes.map((node, index) => [node.id, index]));
  for (const [side, other] of [["from", "to"], ["to", "from"]]) {
    const used = new Map();
    for (const link of [...links].sort((a, b) => rank.get(a[other].id) - rank.get(b[other].id))) {
      const node = link[side];
      link[`${side}Y`] = node.y + (used.get(node.id) || 0);
      used.set(node.id, (used.get(node.id) || 0) + link.height);
    }
  }
  return links;
};

// A link is as thick as what went its way.
revloop.drawLink = (svg, { from, to, height, fromY, toY }, opacity) => {
  const [x0, x1] = [from.x + 8, to.x + (to.isLane ? 8 : 0)];
  const middle = (x0 + x1) / 2;
  const path = revloop.svg("path", {
    d: `M${x0},${fromY}C${middle},${fromY} ${middle},${toY} ${x1},${toY}V${toY + height}C${middle},${toY + height} ${middle},${fromY + height} ${x0},${fromY + height}Z`,
    style: `fill:var(--${to.colour});opacity:${opacity}`,
  });
  svg.append(path);
};

// What a node is called, and how many lead through it; of them how many that are lit.
revloop.nodeButton = (panel, node, value, chosen, lit, id, apart) => {
  const { make } = revloop;
  const all = revloop.cell(panel, node.rows, value);
  const some = lit ? node.rows.filter((row) => lit.has(row)) : node.rows;
  const where = apart === undefined ? null : node.isFirst ? `right:${100 - node.x / 10}%;top:${node.y + node.height / 2}px` : node.isLast ? `left:${(node.x + 8) / 10}%;top:${node.y + node.height / 2}px` : `left:${node.x / 10}%;top:0;max-width:${apart / 10 - 0.8}%`;
  return make("button", {
    type: "button", id, class: `node ${node.isFirst ? "first" : node.isLast ? "last" : "between"}${lit && !some.length ? " unlit" : ""}`, style: where,
    "aria-pressed": String(node === chosen), title: revloop.named(node.value),
    onclick: () => revloop.choose({ way: node === chosen ? null : node.id }),
  },
    make("bdi", { dir: "auto" }, revloop.named(node.value)), " ",
    make("span", { class: "many" },
      lit ? [some.length ? revloop.shown(revloop.cell(panel, some, value)) : "–", " ", make("span", { class: "of" }, "/ ", revloop.shown(all))] : revloop.shown(all)));
};
