"""What a reader sees is what the marts say: every number, in every language, under every choice."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from babel.numbers import format_decimal, format_percent
from playwright.sync_api import Browser

from orchestration.dashboard.pages import read_pages
from tests.dashboard.seen import Seen, opened
from tests.dashboard.test_queries import ADDED_UP, word_of

FILES = {page.name: page.file for page in read_pages()}
CHOICES = [("en", {}), ("ko", {"segment": "smb"}), ("ja", {"segment": "enterprise", "source": "website"})]
# Between two shares lie points of a hundred.
POINTS = {"en": "{} pp", "ko": "{}%p", "ja": "{}ポイント"}
NUMBERS = {"count", "amount", "rate", "ratio", "days", "hours", "points", "number"}


def value_of(seen: Seen, set_name: str, column: str, rows: list[int]) -> float | None:
    """What the cells that a number names say, together."""
    found = seen.sets[set_name]
    place = [each["name"] for each in found["columns"]].index(column)
    values = [found["rows"][row][place] for row in rows]
    if len(values) > 1:
        assert word_of(found["mart"], column)["unit"] in ADDED_UP, (set_name, column)
    return sum(values) if len(values) > 1 else values[0]


def written(value: float, unit: str, language: str) -> set[str]:
    """How a number may be written: what lies half way may be rounded up or to the even one."""
    digits = {
        "count": 0 if float(value).is_integer() else 1,
        "amount": 0 if abs(value) >= 1000 or float(value).is_integer() else 2,
        "rate": 3, "ratio": 2, "points": 1, "days": 1, "hours": 1, "number": 3,
    }[unit]  # fmt: skip
    texts = set()
    for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), rounding=rounding)
        if unit == "rate":
            texts.add(format_percent(rounded, "#,##0.#%", locale=language))
        else:
            texts.add(format_decimal(rounded, "#,##0.###", locale=language))
    return texts | {text.replace("-0", "0", 1) if text in ("-0", "-0%") else text for text in texts}


@pytest.mark.parametrize("name", FILES)
def test_every_number_is_its_cell_of_the_mart(name: str, site: Path, browser: Browser) -> None:
    for language, choice in CHOICES:
        with opened(browser, site / FILES[name], lang=language, **choice) as seen:
            numbers = seen.numbers
            for each in numbers:
                assert each["value"] == pytest.approx(
                    value_of(seen, each["set"], each["column"], each["rows"]), rel=1e-9
                )
                mart = seen.sets[each["set"]]["mart"]
                unit = word_of(mart, each["column"])["unit"]
                texts = written(each["value"], unit, language)
                if mart in ("kpi_departments", "kpi_reps"):
                    texts |= {text for unit in NUMBERS for text in written(each["value"], unit, language)}
                    texts |= {
                        POINTS[language].format(text) for text in written(each["value"] * 100, "points", language)
                    }
                assert each["text"] in texts, each
            for mark in seen.marks:
                assert mark["cell"], f"a mark without its cell: {mark}"
                set_name, column, rows = mark["cell"][:3]
                found = value_of(seen, set_name, column, [int(row) for row in rows.split()])
                assert mark["value"] == pytest.approx(found, rel=1e-9), mark
            assert seen.strays == []
            assert seen.complaints == []
            assert numbers, "a page without a number"
            seen.page.set_viewport_size({"width": 390, "height": 8000})
            assert seen.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
