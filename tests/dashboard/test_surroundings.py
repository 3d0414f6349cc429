"""Pages stay whole and true whatever the data says, and where there is hardly any."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from orchestration.dashboard.pages import read_pages
from tests.dashboard.conftest import Change
from tests.dashboard.seen import opened

FILES = {page.name: page.file for page in read_pages()}
Changed = Callable[[Change], Path]
HOSTILE = (
    "</script><script>window.harmed=1</script>",
    "<img src=x onerror='window.harmed=1'>",
    "=HYPERLINK(\"http://x.example\")",
    "\u202eright to left\u202c שלום مرحبا",
    "x" * 300,
    "",
    "a'b\"c&d;<b>e</b>",
    "\u2028__proto__",
)  # fmt: skip


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The marts of a publication."""
    return [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    ]


def make_hostile(connection: duckdb.DuckDBPyConnection) -> None:
    """Every text that a company may choose says something hostile, each value always the same."""
    texts = ", ".join("'" + text.replace("'", "''") + "'" for text in HOSTILE)
    kept = {
        "stage",
        "kind",
        "current_stage",
        "from_stage",
        "to_stage",
        "refresh_id",
        "mart",
        "kpi",
        "department",
        "pool",
    }
    for table in tables(connection):
        columns = connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = ? "
            "and data_type = 'VARCHAR'",
            [table],
        ).fetchall()
        for (column,) in columns:
            if column not in kept:
                connection.execute(
                    f"update marts.{table} set {column} = [{texts}][1 + (hash({column}) % {len(HOSTILE)})::integer] "
                    f"where {column} is not null and {column} <> 'all'"
                )


def without_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave what a publication holds before the first row came in."""
    for table in tables(connection):
        if table not in ("fct_refreshes", "dim_stages", "dim_reps", "dim_dates", "kpi_data_quality"):
            connection.execute(f"delete from marts.{table}")


def without_contracts(connection: duckdb.DuckDBPyConnection) -> None:
    for table in tables(connection):
        if any(part in table for part in ("mrr", "renewal", "retention", "health", "voice")):
            connection.execute(f"delete from marts.{table}")


def with_one_segment(connection: duckdb.DuckDBPyConnection) -> None:
    for table in tables(connection):
        columns = [row[0] for row in connection.execute(f"describe marts.{table}").fetchall()]
        if "segment" in columns:
            connection.execute(f"delete from marts.{table} where segment not in ('smb', 'all')")


def nine_days_old(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update marts.fct_refreshes set finished_at = finished_at - interval 9 day")


@pytest.mark.parametrize("name", FILES)
def test_hostile_texts_are_text(name: str, changed: Changed, browser: Browser) -> None:
    site = changed(make_hostile)
    with opened(browser, site / FILES[name]) as seen:
        assert seen.complaints == []
        assert seen.page.evaluate("window.harmed") is None
        assert seen.page.evaluate("document.querySelectorAll('main img, main script, main b, main iframe').length") == 0


def test_nothing_in_a_page_ends_its_script_early(changed: Changed) -> None:
    site = changed(make_hostile)
    for file in FILES.values():
        text = (site / file).read_text(encoding="utf-8")
        begin = text.index('id="page">') + len('id="page">')
        inside = text[begin : text.index("</script>", begin)]
        assert "<" not in inside
        json.loads(inside)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "change", [without_rows, without_contracts, with_one_segment], ids=lambda change: change.__name__
)
def test_a_page_with_hardly_anything_says_so(name: str, change: Change, changed: Changed, browser: Browser) -> None:
    site = changed(change)
    with opened(browser, site / FILES[name]) as seen:
        assert seen.complaints == []
        panels = seen.page.locator("section.panel")
        for place in range(panels.count()):
            assert panels.nth(place).locator(".body").inner_text().strip(), f"panel {place} says nothing"


def test_old_data_says_how_old_it_is(changed: Changed, browser: Browser) -> None:
    site = changed(nine_days_old)
    with opened(browser, site / "index.html") as seen:
        assert "9 days old" in seen.page.locator("#top").inner_text()


@pytest.mark.parametrize("name", FILES)
def test_axe_finds_nothing_serious(name: str, site: Path, browser: Browser) -> None:
    for theme in ("light", "dark"):
        with opened(browser, site / FILES[name], theme=theme) as seen:
            # The policy lets no script in but the site's own: axe comes by the browser's own door.
            found = Axe().run(seen.page).response["violations"]
            serious = [
                (each["id"], [node["html"][:160] for node in each["nodes"]][:3])
                for each in found
                if each["impact"] in ("serious", "critical")
            ]
            assert serious == []


def test_the_policy_holds(site: Path, browser: Browser) -> None:
    with opened(browser, site / "index.html") as seen:
        assert seen.page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.harmed = 1';"
            " document.body.append(s); return window.harmed === undefined; }"
        )
        assert seen.page.evaluate(
            "async () => { try { await fetch('https://example.com'); return false; } catch { return true; } }"
        )


def test_no_file_names_another_place(site: Path) -> None:
    """But for the charts' library, whose own texts do."""
    for path in site.rglob("*"):
        if path.is_file() and path.name != "plotly.min.js":
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text, path
            assert "https://" not in text, path


def test_a_choice_is_kept_in_the_address(site: Path, browser: Browser) -> None:
    with opened(browser, site / "funnel.html", lang="ko", segment="smb") as seen:
        assert seen.page.locator("#slice-segment").input_value() == "smb"
        seen.page.select_option("#slice-segment", "enterprise")
        assert "segment=enterprise" in seen.page.url
        assert "segment=enterprise" in seen.page.locator("#menu a").first.get_attribute("href")


def test_a_copied_table_holds_no_formula(changed: Changed, browser: Browser) -> None:
    site = changed(make_hostile)
    with opened(browser, site / FILES["data"]) as seen:
        text = seen.page.evaluate(
            "() => revloop.csv(['a'], [{cells: [{value: '=1+1'}]}, {cells: [{value: '@x'}]}, {cells: [{value: -5}]}])"
        )
        assert text == "a\r\n'=1+1\r\n'@x\r\n-5\r\n"


def test_the_site_is_small(site: Path) -> None:
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 8_000_000


def five_days_after_the_last_act(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update marts.kpi_data_quality set latest_occurred_at = "
        "(select max(as_of) from marts.fct_refreshes) - interval 5 day where feed = 'activities'"
    )


def test_a_company_that_sends_nothing_more_is_told_so_on_every_page(
    site: Path, changed: Changed, browser: Browser
) -> None:
    quiet = changed(five_days_after_the_last_act)
    for name in ("monday", "revenue"):
        with opened(browser, quiet / FILES[name]) as seen:
            assert "last activity" in seen.page.locator("#top").inner_text()
    with opened(browser, site / "index.html") as seen:
        assert "last activity" not in seen.page.locator("#top").inner_text()


def two_months_and_a_day_without_anything(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update marts.kpi_data_quality set latest_occurred_at = "
        "(select max(as_of) from marts.fct_refreshes) - interval 63 day where feed = 'activities'"
    )


def test_a_company_at_rest_says_how_to_see_it_as_it_was(site: Path, changed: Changed, browser: Browser) -> None:
    with opened(browser, changed(two_months_and_a_day_without_anything) / "loop.html", lang="en") as seen:
        asked = seen.page.locator(".at-rest code").inner_text()
        last = seen.page.locator(".at-rest time").get_attribute("datetime")
        assert last
        assert asked == f"revloop refresh --as-of {date.fromisoformat(last[:10]) + timedelta(days=1)}"
        assert seen.strays == []
        assert seen.complaints == []
    with opened(browser, site / "loop.html", lang="en") as seen:
        assert seen.page.locator(".at-rest").count() == 0


def in_won(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update marts.fct_refreshes set reporting_currency = 'KRW'")


def test_a_page_with_amounts_says_their_currency_once(changed: Changed, browser: Browser) -> None:
    for name, is_said in (("revenue", True), ("departments", True), ("loop", False)):
        with opened(browser, changed(in_won) / f"{name}.html", lang="en") as seen:
            assert seen.page.locator("main").inner_text().count("Amounts in KRW") == is_said, name
