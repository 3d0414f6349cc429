// The loop where it has no room to lie, turned: stages from top to bottom, what falls off goes down on the right of the river, what
// comes back rises on its left. The same numbers stand beside it.
"use strict";

revloop.DOWN = { river: 56, right: 112, row: 92, bigRow: 124, detour: 78, band: 26, largest: 18, widest: 26, bulge: 62 };

revloop.loopDown = (found) => {
  const { make, DOWN } = revloop;
  revloop.loopDrawn = revloop.room();
  const at = {};
  const rows = [];
  const isBig = revloop.loopIsBig(found, Math.max(...found.balances.map((row) => row.balance || 0), 0));
  const height = isBig ? DOWN.bigRow : DOWN.row;
  let y = 0;
  const stand = (each, height, more) => {
    at[each.stage] = { x: DOWN.river, y: y + height / 2, ...more };
    rows.push({ each, height, isDetour: more.place === undefined });
    y += height;
  };
  found.path.forEach((each, place) => {
    if (!place || found.path[place - 1].department !== each.department) {
      rows.push({ band: each.department });
      y += DOWN.band;
    }
    stand(each, height, { place });
  });
  for (const each of found.detours) stand(each, DOWN.detour, {});
  const { balance, crossing, wide } = revloop.loopSizes(found, at, DOWN.largest, DOWN.widest);
  const ys = found.path.map((each) => at[each.stage].y);
  const borders = [ys[0] - height / 2, ...ys.slice(1).map((y, place) => (ys[place] + y) / 2), ys.at(-1)];
  const svg = revloop.svg("svg", { class: "loop-shapes", viewBox: `0 0 ${DOWN.right} ${y}`, width: DOWN.right, height: y, "aria-hidden": "true", focusable: "false" });
  svg.append(...revloop.loopRiver(crossing, borders, wide, (along, aside) => `${DOWN.river - aside},${along}`), ...revloop.loopBows(found, at, wide, y), ...revloop.loopCircles(at, balance));
  const light = revloop.loopLight(svg);
  return make("div", { class: `loop-picture loop-down${isBig ? " long" : ""}` }, svg, make("ol", {}, rows.map((row) => (row.band !== undefined
    ? make("li", { class: "loop-band", "aria-hidden": "true", style: `height:${DOWN.band}px` }, revloop.named(row.band))
    : revloop.loopRow(found, row, light)))));
};

revloop.loopRow = (found, { each, height, isDetour }, light) => revloop.make("li", { style: `height:${height}px` },
  revloop.loopButton(found, each, light,
    revloop.loopThere(found, each, isDetour ? revloop.loopRose(found, each) : revloop.make("span", { class: "loop-days" }, revloop.loopDays(found, each.stage)))),
  isDetour ? null : revloop.make("span", { class: "loop-beside" }, revloop.loopWent(found, each), revloop.loopTurns(found, each)));

// Bows to and from the detours: the farther they lead, the farther out they swing.
revloop.loopBows = (found, at, wide, height) => {
  const isPath = (stage) => at[stage].place !== undefined;
  const x = revloop.DOWN.river;
  return revloop.groups(found.moves.filter((row) => row.from_stage !== null && !(isPath(row.from_stage) && isPath(row.to_stage))), ["from_stage", "to_stage"])
    .map((rows) => ({ from: rows[0].from_stage, to: rows[0].to_stage, width: wide(rows.reduce((total, row) => total + row.transitions, 0)) }))
    .filter((each) => each.width >= 0.1)
    .sort((a, b) => b.width - a.width)
    .map((each) => {
      const [from, to] = [at[each.from].y, at[each.to].y];
      const kind = isPath(each.to) ? "back" : isPath(each.from) ? "off" : "aside";
      const out = (kind === "back" ? -1 : 1) * (14 + (revloop.DOWN.bulge - 14) * Math.abs(to - from) / height);
      return revloop.loopArc(each, `M${x},${from}C${x + out},${from} ${x + out},${to} ${x},${to}`, kind);
    });
};
