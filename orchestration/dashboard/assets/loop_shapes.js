// The shapes of the loop, lying or turned: how large they are, where they stand, and the ways between them.
"use strict";

// Sizes of shapes only: what is written beside them are cells. How many are there makes a circle, and how many passed the
// border before a stage the river there, in their first pass and in a later one.
revloop.loopSizes = ({ path, moves, balances }, at, largest, broadest) => {
  const sum = (rows, column) => rows.reduce((total, row) => total + (row[column] || 0), 0);
  const balance = (stage) => sum(balances.filter((row) => row.stage === stage), "balance");
  const most = Math.max(...revloop.stages.map((each) => balance(each.stage)), 1);
  for (const each of revloop.stages) at[each.stage].r = Math.max(4, largest * Math.sqrt(balance(each.stage) / most));
  const onward = moves.filter((row) => at[row.to_stage].place !== undefined && (row.from_stage === null || (at[row.from_stage].place !== undefined && at[row.from_stage].place < at[row.to_stage].place)));
  const crossing = path.map((each, place) => {
    const crossed = onward.filter((row) => (row.from_stage === null ? -1 : at[row.from_stage].place) < place && at[row.to_stage].place >= place);
    return { first: sum(crossed.filter((row) => !row.comes_back), "transitions"), later: sum(crossed.filter((row) => row.comes_back), "transitions") };
  });
  const widest = Math.max(...crossing.map((each) => each.first + each.later), 1);
  return { most, balance, crossing, wide: (count) => (count * broadest) / widest };
};

// A circle for each stage, as large as many are there.
revloop.loopCircles = (at, balance) => revloop.stages.map(({ stage, kind, is_used }) => revloop.svg("circle", {
  cx: at[stage].x, cy: at[stage].y, r: at[stage].r, class: `loop-there ${kind}${is_used ? "" : " unused"}${balance(stage) ? "" : " nobody"}`, "data-stage": stage,
}));

// A stage that is pointed at lights the ways that begin or end there.
revloop.loopLight = (svg) => (stage) => {
  svg.classList.toggle("some", Boolean(stage));
  for (const shape of svg.querySelectorAll("[data-from]")) shape.classList.toggle("lit", shape.dataset.from === stage || shape.dataset.to === stage);
};

// Numbers of many digits stand smaller, and below one another.
revloop.loopIsBig = ({ flows, went_on }, most) => most >= 10000 || flows.some((row) => row.entered >= 10000) || went_on.some((row) => row.n >= 1000);

// Detours stand below and to the right of where most of them fall from: by all that ever fell, so that they keep still.
revloop.loopDetours = (found, step, width, at) => {
  const all = revloop.sets[found.panels.moves.of].rows;
  const wished = found.detours.map((each) => {
    const falls = all.filter((row) => row.to_stage === each.stage && row.from_stage !== null && at[row.from_stage]?.place !== undefined);
    const weight = falls.reduce((total, row) => total + row.transitions, 0);
    const middle = weight ? falls.reduce((total, row) => total + row.transitions * at[row.from_stage].x, 0) / weight : width * (revloop.LOOP.usually[each.stage] ?? 0.5);
    return { stage: each.stage, x: middle + step * 0.7 };
  }).sort((a, b) => a.x - b.x || (a.stage < b.stage ? -1 : 1));
  const room = Math.min(190, (width - 60) / wished.length);
  wished.forEach((each, place) => { each.x = Math.max(each.x, place ? wished[place - 1].x + room : 56); });
  for (let place = wished.length - 1; place >= 0; place -= 1) {
    wished[place].x = Math.min(wished[place].x, place === wished.length - 1 ? width - 150 : wished[place + 1].x - room);
    at[wished[place].stage] = { x: wished[place].x, y: revloop.LOOP.below };
  }
};

// What moves on: as wide at each border between two stages as were the passings of it, first passes on the one side, later
// ones on the other. `borders` are where they lie along the river, and where it ends; `at` is the point of the picture that
// lies so far along it and so far aside.
revloop.loopRiver = (crossing, borders, wide, at) => {
  const points = borders.map((along, place) => {
    const { first, later } = crossing[Math.min(place, crossing.length - 1)];
    const edge = -(wide(first) + wide(later)) / 2;
    return { along, first: edge, between: edge + wide(first), later: -edge };
  });
  const shore = (some, side) => some.slice(1).map((point, index) => {
    const half = (some[index].along + point.along) / 2;
    return `C${at(half, some[index][side])} ${at(half, point[side])} ${at(point.along, point[side])}`;
  }).join("");
  const area = (one, other) => `M${at(points[0].along, points[0][one])}${shore(points, one)}L${at(points.at(-1).along, points.at(-1)[other])}${shore([...points].reverse(), other)}Z`;
  return [
    revloop.svg("path", { d: area("first", "between"), class: "loop-river on" }),
    crossing.some((each) => each.later) ? revloop.svg("path", { d: area("between", "later"), class: "loop-river back" }) : null,
  ].filter(Boolean);
};

// A way to or from a detour, as wide as how many went it, though never too thin to be seen.
revloop.loopArc = (each, d, colour) => revloop.svg("path", {
  d, class: `loop-arc ${colour}`, "stroke-width": Math.max(each.width, 0.9).toFixed(2), "stroke-opacity": Math.min(1, 0.4 + each.width / 6).toFixed(2), "data-from": each.from, "data-to": each.to,
});

// What falls off goes down on the right of a stage, what comes back rises on its left.
revloop.loopArcs = (found, at, wide) => {
  const groups = revloop.groups(found.moves.filter((row) => row.from_stage !== null && (at[row.from_stage].place === undefined || at[row.to_stage].place === undefined)), ["from_stage", "to_stage"])
    .map((rows) => ({ rows, from: rows[0].from_stage, to: rows[0].to_stage, width: wide(rows.reduce((total, row) => total + row.transitions, 0)) }))
    // What would be thinner than a hair stands in the table alone; what comes back is seen a little longer.
    .filter((each) => each.width >= (at[each.to].place === undefined ? 0.15 : 0.1));
  const isPath = (stage) => at[stage].place !== undefined;
  const falls = groups.filter((each) => isPath(each.from)).sort((a, b) => at[a.to].x - at[b.to].x);
  const rises = groups.filter((each) => isPath(each.to)).sort((a, b) => at[b.from].x - at[a.from].x);
  const aside = groups.filter((each) => !isPath(each.from) && !isPath(each.to));
  const used = {};
  const port = (key, width) => { const from = used[key] || 0; used[key] = from + width; return from + width / 2; };
  const drawn = (each, d, colour) => {
    const shape = revloop.loopArc(each, d, colour);
    revloop.loopTip(shape, () => [revloop.make("bdi", {}, revloop.named(each.from)), " → ", revloop.make("bdi", {}, revloop.named(each.to)), " ", revloop.shown(revloop.cell(found.panels.moves, each.rows, "transitions"))]);
    return shape;
  };
  const total = (stage, list) => list.filter((each) => each.to === stage).reduce((sum, each) => sum + each.width, 0);
  const shapes = [];
  for (const each of falls) each.begins = at[each.from].x + 1.5 + port(`down ${each.from}`, each.width);
  for (const each of [...falls].sort((a, b) => at[a.from].x - at[b.from].x)) {
    const end = at[each.to].x - total(each.to, falls) / 2 + port(`into ${each.to}`, each.width);
    const [top, bottom] = [at[each.from].y, at[each.to].y];
    const deep = (bottom - top) * 0.58;
    shapes.push(drawn(each, `M${each.begins},${top}C${each.begins},${top + deep} ${end},${bottom - deep} ${end},${bottom}`, "off"));
  }
  for (const each of aside) {
    const [from, to] = [at[each.from], at[each.to]];
    const side = Math.sign(to.x - from.x) * Math.min(70, Math.abs(to.x - from.x) / 2);
    shapes.push(drawn(each, `M${from.x},${from.y}C${from.x + side},${from.y + 66} ${to.x - side},${to.y + 66} ${to.x},${to.y}`, "aside"));
  }
  for (const each of rises) {
    const [from, to] = [at[each.from], at[each.to]];
    const end = to.x - 1.5 - port(`up ${each.to}`, each.width);
    const side = to.x <= from.x ? -1 : 1;
    const far = Math.min(150, 46 + Math.abs(to.x - from.x) * 0.4);
    shapes.push(drawn(each, `M${from.x},${from.y}C${from.x + side * far},${from.y + 34} ${end},${from.y - 30} ${end},${to.y}`, "back"));
    const [tip, half] = [to.y + to.r + 2, 3 + each.width * 0.7];
    shapes.push(revloop.svg("path", { d: `M${end - half},${tip + half * 1.3}L${end},${tip}L${end + half},${tip + half * 1.3}Z`, class: "loop-arc head", "data-from": each.from, "data-to": each.to }));
  }
  return shapes;
};

// What a pointer reads on an arc. The tables say the same to everybody.
revloop.loopTip = (shape, say) => {
  shape.addEventListener("pointerenter", (event) => {
    const picture = shape.closest(".loop-picture");
    const { left, top } = picture.getBoundingClientRect();
    picture.append(revloop.make("div", { class: "loop-tip", "aria-hidden": "true", style: `left:${event.clientX - left}px;top:${event.clientY - top - 34}px` }, say()));
  });
  shape.addEventListener("pointerleave", () => { for (const tip of document.querySelectorAll(".loop-tip")) tip.remove(); });
};
