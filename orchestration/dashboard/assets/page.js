// The page: its head, its menu, and its panels, drawn anew whenever something is chosen.
"use strict";

revloop.draw = () => {
  const language = revloop.language();
  revloop.wasTight = revloop.isTight();
  document.documentElement.lang = language;
  document.title = `${revloop.say(revloop.page.title)} · revloop`;
  document.querySelector(".skip").textContent = revloop.ui("skip");
  revloop.drawTop();
  revloop.drawMenu();
  const main = document.getElementById("main");
  const open = new Set([...main.querySelectorAll("details[open]")].map((details) => details.dataset.name));
  const focused = document.activeElement && document.activeElement.id;
  revloop.purgeCharts(main);
  main.replaceChildren(
    revloop.make("div", { class: "title" },
      revloop.make("h1", {}, revloop.say(revloop.page.title)),
      revloop.make("p", { class: "question" }, revloop.say(revloop.page.question)),
      revloop.hasAmounts() ? revloop.make("p", { class: "currency" }, revloop.fill(revloop.ui("currency"), { currency: revloop.head.reporting_currency })) : null),
    revloop.atRest(),
    revloop.slicers(),
    ...revloop.panels(),
  );
  for (const details of main.querySelectorAll("details")) if (open.has(details.dataset.name)) details.open = true;
  if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
  revloop.drawCharts();
  document.documentElement.dataset.ready = "true";
};

// Amounts stand without their currency, which is one for all: a page that has some says it once.
revloop.hasAmounts = () => Boolean(revloop.head.reporting_currency) && Object.values(revloop.sets).some((set) =>
  Object.keys(set.column).some((column) => revloop.word(set.name, column).unit === "amount") || set.rows.some((row) => revloop.unitOf(row.kpi) === "amount"));

// First what answers the page's question; what it could do without, below, to be opened. The address keeps whether it is.
revloop.panels = () => {
  const { make } = revloop;
  const drawn = revloop.page.panels.map((panel, place) => ({ panel, section: revloop.panel(panel, place) }));
  const isMore = ({ panel }) => panel.more;
  const panels = (some) => make("div", { class: "panels" }, some.map(({ section }) => section));
  const more = drawn.filter(isMore);
  const kept = (event) => {
    if (event.target.open === (revloop.chosen().more !== undefined)) return;
    revloop.keep({ more: event.target.open ? 1 : null });
    revloop.drawMenu();
  };
  return [
    panels(drawn.filter((each) => !isMore(each))),
    ...(more.length ? [make("details", { class: "more", "data-name": "more", open: revloop.chosen().more !== undefined, ontoggle: kept },
      make("summary", {}, make("strong", {}, revloop.ui("more")), " ", more.map(({ panel }) => revloop.say(panel.title)).join(" · ")), panels(more))] : []),
  ];
};

// On paper all is open.
addEventListener("beforeprint", () => { for (const more of document.querySelectorAll("details.more:not([open])")) { more.open = true; more.dataset.printed = "true"; } });
addEventListener("afterprint", () => { for (const more of document.querySelectorAll("details.more[data-printed]")) { more.open = false; delete more.dataset.printed; } });

// Nothing has happened for three days before the moment that is shown: whatever is said of the last days is not known.
revloop.isQuiet = (days = 3) => {
  const { as_of, last_activity_at } = revloop.head;
  return last_activity_at !== null && Date.parse(as_of) - Date.parse(last_activity_at) > days * 86400000;
};

// After months of nothing most of a page is of a company at rest: it says how to see it as it was.
revloop.atRest = () => {
  if (!revloop.isQuiet(62)) return "";
  const last = revloop.head.last_activity_at;
  const day = new Date(Date.parse(last) + 86400000).toISOString().slice(0, 10);
  const known = { moment: revloop.moment(last), command: revloop.make("code", {}, `revloop refresh --as-of ${day}`) };
  return revloop.make("p", { class: "at-rest", role: "note" }, revloop.ui("at_rest").split(/\{(\w+)\}/).map((part, place) => (place % 2 ? known[part] : part)));
};

revloop.drawTop = () => {
  const { make, ui, head } = revloop;
  const stale = (Date.now() - Date.parse(head.finished_at)) / 3600000 > 36;
  const select = make("select", { id: "language", "aria-label": ui("language"), onchange: (event) => revloop.choose({ lang: event.target.value }) },
    Object.entries(revloop.languages).map(([code, name]) => make("option", { value: code, lang: code, selected: code === revloop.language() }, name)));
  document.getElementById("top").replaceChildren(...[
    make("a", { class: "brand", href: "index.html" + location.hash }, "revloop"),
    make("p", { class: "as-of" + (Date.parse(head.finished_at) - Date.parse(head.as_of) > 36 * 3600000 ? " stale" : "") }, ui("as_of") + " ", revloop.moment(head.as_of)),
    revloop.isQuiet() ? make("p", { class: "stale" }, ui("quiet") + " ", revloop.moment(head.last_activity_at)) : "",
    make("p", { class: "fresh" + (stale ? " stale" : "") },
      revloop.fill(ui(stale ? "stale" : "fresh"), { days: revloop.count(Math.floor((Date.now() - Date.parse(head.finished_at)) / 86400000)) }),
      " ", revloop.moment(head.finished_at)),
    make("p", { class: "newer", id: "newer", hidden: !revloop.isNewer, role: "status" }, ui("newer"), " ",
      make("a", { href: location.href, onclick: () => location.reload() }, ui("reload"))),
    make("button", { id: "theme", type: "button", onclick: revloop.switchTheme, "aria-label": ui("theme") }, "◐"),
    select,
  ]);
};

revloop.drawMenu = () => {
  const menu = document.getElementById("menu");
  menu.setAttribute("aria-label", revloop.ui("pages"));
  menu.replaceChildren(revloop.make("ul", {}, revloop.pages.map((page) => revloop.make("li", {},
    revloop.make("a", { href: page.file + location.hash, "aria-current": page.name === revloop.page.name ? "page" : null }, revloop.say(page.title))))));
  // Where the menu is a line that scrolls, the page's own name is in its sight.
  const [whole, current] = [menu, menu.querySelector("[aria-current]")].map((each) => each?.getBoundingClientRect());
  if (current) menu.scrollLeft += current.left + current.width / 2 - whole.left - whole.width / 2;
};
