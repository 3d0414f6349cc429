"""What a reader sees of a page: its numbers with the cells they name, and what went wrong while it was drawn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

# Every number of the page: elements that carry their cells, and the marks of charts.
NUMBERS = """() => [...document.querySelectorAll("main [data-set]")].map((e) => ({
  value: Number(e.getAttribute("value") ?? e.getAttribute("data-value")),
  text: e.textContent, set: e.dataset.set, column: e.dataset.column,
  rows: e.dataset.rows.split(" ").filter(Boolean).map(Number),
}))"""
MARKS = """() => [...document.querySelectorAll("main .js-plotly-plot")].flatMap((plot) => plot.data.flatMap((trace) => {
  const marks = [];
  const add = (values, cells) => [...(values || [])].forEach((value, i) => {
    if (value === null || value === undefined) return;
    marks.push({ value, cell: cells ? cells[i] : null, type: trace.type, title: plot.getAttribute("aria-label") });
  });
  if (trace.type === "sankey") { add(trace.link.value, trace.link.customdata); return marks; }
  if (trace.type === "heatmap") { trace.z.forEach((row, i) => add(row, trace.customdata[i])); return marks; }
  const isNumber = (values) => values && [...values].some((value) => typeof value === "number");
  const lies = trace.orientation === "h";
  add(lies ? trace.x : isNumber(trace.y) ? trace.y : trace.values, trace.customdata);
  return marks;
}))"""
# Text with digits that no cell stands behind: all but axes, heads, names, moments and how many lines a list has.
STRAYS = """() => {
  const found = [];
  const known = "[data-set], bdi, thead, time, option, caption, header, .says, .empty, .foot, .js-plotly-plot, "
    + "code, form, text.name";
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (/[0-9]/.test(node.textContent) && !holder.closest(known)) found.push(holder.outerHTML.slice(0, 200));
  }
  return found;
}"""


@dataclass
class Seen:
    """A page that was opened, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    @property
    def numbers(self) -> Sequence[Mapping[str, Any]]:
        return self.page.evaluate(NUMBERS)

    @property
    def marks(self) -> Sequence[Mapping[str, Any]]:
        return self.page.evaluate(MARKS)

    @property
    def strays(self) -> Sequence[str]:
        return self.page.evaluate(STRAYS)

    @cached_property
    def sets(self) -> Mapping[str, Any]:
        return self.page.evaluate("() => revloop.page.sets")


@contextmanager
def opened(browser: Browser, file: Path, width: int = 1280, theme: str = "light", **chosen: str) -> Iterator[Seen]:
    """Open a page from its file, all of it open and in sight, with this choice in the address."""
    context = browser.new_context(viewport={"width": width, "height": 8000}, color_scheme=theme)
    seen = Seen(context.new_page())
    seen.page.on(
        "console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on(
        "request",
        lambda request: seen.complaints.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
    )
    seen.page.goto(f"{file.resolve().as_uri()}#{urlencode({'more': '1', **chosen})}")
    seen.page.wait_for_selector("html[data-ready]")
    seen.page.wait_for_function("() => [...document.querySelectorAll('.chart')].every((chart) => chart.dataset.drawn)")
    try:
        yield seen
    finally:
        context.close()
