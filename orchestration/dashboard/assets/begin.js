// How a page begins: whether its data is its own, and whether there is a newer one.
"use strict";

// The only request that a page ever makes, to the server that it came from: is there a newer one?
revloop.watch = () => {
  if (!location.protocol.startsWith("http")) return;
  setInterval(async () => {
    try {
      const answer = await (await fetch("latest.json", { cache: "no-store" })).json();
      revloop.isNewer = answer.refresh_id !== revloop.head.refresh_id;
      document.getElementById("newer").hidden = !revloop.isNewer;
    } catch {
      // The server has gone; what is shown stays true.
    }
  }, 60000);
};

// A page that is opened while the site is changed may meet the data of another refresh: it shows nothing of it, and is
// loaded once more. The address keeps that it was, so that it never goes round in a circle.
revloop.isTorn = () => revloop.page.refresh_id !== revloop.head.refresh_id;

revloop.mend = () => {
  document.documentElement.lang = revloop.language();
  document.getElementById("main").replaceChildren(revloop.make("p", { class: "torn", role: "alert" }, revloop.ui("torn"), " ",
    revloop.make("a", { href: location.href, onclick: () => location.reload() }, revloop.ui("load_again"))));
  document.documentElement.dataset.ready = "torn";
  if (revloop.chosen().again !== undefined) return;
  revloop.keep({ again: 1 });
  location.reload();
};

document.addEventListener("DOMContentLoaded", () => {
  if (revloop.isTorn()) { revloop.mend(); return; }
  if (revloop.chosen().again !== undefined) revloop.keep({ again: null });
  const draw = revloop.draw;
  revloop.draw = () => { revloop.followTheme(); draw(); };
  revloop.draw();
  addEventListener("hashchange", revloop.draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", revloop.draw);
  revloop.watch();
});
