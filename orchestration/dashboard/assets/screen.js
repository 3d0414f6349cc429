// The screen: how wide it is, light and dark.
"use strict";

revloop.isNarrow = () => innerWidth <= 720;

// How wide a panel of the whole page is inside, before it is on the page.
revloop.room = () => Math.floor(revloop.isNarrow() ? innerWidth - 66 : Math.min(document.documentElement.clientWidth - 184, 1360) - 36 - 42);

// Some pictures are others where there is little room.
revloop.isTight = () => revloop.room() < 760;

addEventListener("resize", () => {
  if (revloop.wasTight !== undefined && revloop.wasTight !== revloop.isTight()) revloop.draw();
});

// ---- light and dark -----------------------------------------------------------------------------------------------
revloop.isDark = () => {
  const asked = document.documentElement.dataset.theme;
  return asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

revloop.switchTheme = () => revloop.choose({ theme: revloop.isDark() ? "light" : "dark" });

revloop.followTheme = () => {
  const asked = revloop.chosen().theme;
  if (asked === "light" || asked === "dark") document.documentElement.dataset.theme = asked;
  else delete document.documentElement.dataset.theme;
};
