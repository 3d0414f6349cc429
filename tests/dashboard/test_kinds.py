"""Pictures say more than their numbers: ways that are lit, steps that add up, volumes beside what became of them."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser

from orchestration.database import open_database
from tests.dashboard.conftest import Change
from tests.dashboard.seen import Seen, opened

LIT = """() => [...document.querySelectorAll(".flow button")].map((button) => ({
  name: button.querySelector("bdi").textContent, place: button.className.split(" ")[1],
  isChosen: button.getAttribute("aria-pressed") === "true",
  lit: Number((button.querySelector(".many > data") || { value: 0 }).value),
}))"""


VALUES = "all => all.map((each) => each.value)"
STEPS = """() => {
  const [trace] = document.querySelector(".waterfall .js-plotly-plot").data;
  return { x: [...trace.x], base: [...trace.base] };
}"""

# Where the pictures of each table of dots begin and how wide they are: of its axis and of its rows.
PLACES = """() => [...document.querySelectorAll(".body.dots table")].map((table) => ({
  places: [...new Set([...table.querySelectorAll(".picture svg")].map((svg) => {
    const { left, width } = svg.getBoundingClientRect();
    return `${left.toFixed(1)} ${width.toFixed(1)}`;
  }))],
  rows: table.querySelectorAll("tbody .picture svg").length, axes: table.querySelectorAll("thead .picture svg").length,
}))"""


def nothing_is_known_of_the_quarter(connection: duckdb.DuckDBPyConnection) -> None:
    """Of smb nothing is won or due, and what usually comes is not known; of all only that something is due."""
    connection.execute(
        "update marts.kpi_forecast set closed = 0, expected = 0, p10 = null, p90 = null, create_and_close = null, "
        "due_amount = case when segment = 'all' then 5 else 0 end where segment in ('all', 'smb')"
    )


def nothing_won_and_nothing_moved(connection: duckdb.DuckDBPyConnection) -> None:
    """Nothing to judge forecasts by, no pipeline, and nobody who has left."""
    connection.execute(
        "update marts.kpi_forecast_backtest set overall_wape = null, wape = null, overall_beats_baselines = false"
    )
    connection.execute("update marts.kpi_forecast_backtest set expected = null, actual = null")
    connection.execute("update marts.kpi_health_quality set churned = 0, roc_auc = null")
    amounts = ("start_amount", "created", "pulled_in", "amount_up", "amount_down", "pushed_out", "won", "lost")
    zeros = ", ".join(f"{amount} = 0" for amount in (*amounts, "end_amount"))
    connection.execute(f"update marts.kpi_pipeline_movements set {zeros}")


def no_opportunity_was_created(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "update marts.kpi_departments set actual = 0, target = null, next_stage_rate = null "
        "where kpi = 'opportunities_created' and actual is not null"
    )


def counted(publication: Path, sql: str) -> int:
    with open_database(publication, read_only=True) as connection:
        found = connection.execute(sql).fetchone()
        assert found
        return int(found[0] or 0)


def press(seen: Seen, name: str) -> None:
    """Choose a node as somebody without a mouse does."""
    seen.page.locator(".flow button", has_text=name).first.focus()
    seen.page.keyboard.press("Enter")


def test_an_outcome_lights_its_way_back_and_a_source_its_way_forward(
    publication: Path, site: Path, browser: Browser
) -> None:
    recent = (
        "marts.fct_opportunities where created_at >= "
        "(select arg_max(as_of, refresh_number) - interval 24 month from marts.fct_refreshes)"
    )
    with opened(browser, site / "paths.html", lang="en") as seen:
        press(seen, "Won")
        nodes = seen.page.evaluate(LIT)
        won = counted(publication, f"select count(*) from {recent} and status = 'won'")
        assert won > 0
        assert [node["name"] for node in nodes if node["isChosen"]] == ["Won"]
        assert sum(node["lit"] for node in nodes if node["place"] == "first") == won
        assert {node["name"]: node["lit"] for node in nodes if node["place"] == "last"}["Lost"] == 0
        at_p3 = counted(publication, f"select count(*) from {recent} and status = 'won' and max_phase >= 'p3'")
        assert {node["name"]: node["lit"] for node in nodes}["Preferred vendor"] == at_p3

        press(seen, "Website")
        nodes = seen.page.evaluate(LIT)
        of_website = counted(publication, f"select count(*) from {recent} and lead_source = 'website'")
        assert sum(node["lit"] for node in nodes if node["place"] == "last") == of_website
        assert seen.page.evaluate("document.activeElement.textContent").startswith("Website"), "the focus is lost"

        press(seen, "Website")
        assert not any(node["isChosen"] for node in seen.page.evaluate(LIT))
        assert "way=" not in seen.page.url


@pytest.mark.parametrize("segment", ["all", "smb"])
def test_the_steps_of_a_waterfall_lead_to_its_total(segment: str, site: Path, browser: Browser) -> None:
    with opened(browser, site / "bottlenecks.html", segment=segment) as seen:
        trace = seen.page.evaluate(STEPS)
        *steps, total = trace["x"]
        assert sum(steps) == pytest.approx(total, abs=1e-6)
        assert any(steps)
        for before, height, after in zip(trace["base"], steps, trace["base"][1:-1], strict=False):
            assert before + height == pytest.approx(after)
        assert trace["base"][-1] == 0


def test_months_that_had_more_but_worse_are_named(publication: Path, site: Path, browser: Browser) -> None:
    flagged = counted(
        publication,
        "select count(distinct kpi) from marts.kpi_departments where quality_flag "
        "and kpi in ('inbound_leads', 'mqls', 'opportunities_created', 'won_deals')",
    )
    with opened(browser, site / "departments.html", lang="en") as seen:
        assert seen.page.locator(".pair-grid > div").count() == 4
        assert seen.page.locator(".pair-grid > div:has(time)").count() == flagged


def test_credit_is_told_in_opportunities_or_in_amounts(publication: Path, site: Path, browser: Browser) -> None:
    with opened(browser, site / "paths.html", by="amount") as seen:
        shown = [each for each in seen.numbers if each["set"] == "channels" and each["column"] == "amount_first"]
        paid = counted(publication, "select round(sum(amount)) from marts.fct_attribution where touch_number <= 1")
        assert round(sum(each["value"] for each in shown)) == paid
        assert not [each for each in seen.numbers if each["column"] == "credit_first"]


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
@pytest.mark.parametrize("page", ["pipeline", "scores", "revenue", "paths"])
def test_all_dots_of_a_table_stand_on_the_axis_above_them(
    page: str, language: str, site: Path, browser: Browser
) -> None:
    for width in (1280, 390):
        with opened(browser, site / f"{page}.html", width=width, lang=language) as seen:
            tables = seen.page.evaluate(PLACES)
            assert any(table["rows"] for table in tables)
            for table in tables:
                assert table["axes"] == 1
                assert len(table["places"]) == 1, table


def test_what_is_not_known_claims_nothing(changed: Callable[[Change], Path], browser: Browser) -> None:
    site = changed(nothing_won_and_nothing_moved)
    with opened(browser, site / "pipeline.html", lang="en") as seen:
        text = seen.page.locator("main").inner_text()
        assert "too few yet to judge it" in text
        assert "a simpler method erred less" not in text
        # Neither the waterfall of zeros nor the lines of unknowns are drawn.
        assert text.count("Nothing to draw: all of it is zero or not known.") == 2
        assert seen.page.locator(".waterfall .chart").count() == 0
        assert seen.complaints == []
    with opened(browser, site / "revenue.html", lang="en") as seen:
        assert "Not to be said yet: nobody has left" in seen.page.locator("main").inner_text()


def test_a_handful_of_those_who_left_is_no_verdict(publication: Path, site: Path, browser: Browser) -> None:
    newest = "marts.kpi_health_quality where scored_month = (select max(scored_month) from marts.kpi_health_quality)"
    assert 0 < counted(publication, f"select sum(churned) from {newest}") < 10
    with opened(browser, site / "revenue.html", lang="en") as seen:
        assert "fewer than ten customers have left" in seen.page.locator("main").inner_text()


def test_a_list_is_cut_only_where_much_remains(site: Path, browser: Browser) -> None:
    with opened(browser, site / "index.html") as seen:
        shown = seen.page.evaluate("[25, 27, 31, 32, 100].map((count) => revloop.enough(count, 25))")
        assert shown == [25, 27, 31, 25, 25]


def test_a_handful_is_counted_in_whole_ones(site: Path, browser: Browser) -> None:
    with opened(browser, site / "index.html") as seen:
        ticks = seen.page.evaluate(
            "[[0, 1], [3, -2], [0.4, 1], [800]].map((y) => revloop.wholeTicks([{ y }], 'y', { tickformat: '' }).dtick)"
        )
        assert ticks == [1, 1, None, None]


def test_what_came_before_counts_each_opportunity_once_for_each_kind_of_act(
    publication: Path, site: Path, browser: Browser
) -> None:
    before = "from marts.fct_attribution where activity_type = 'page_view'"
    with opened(browser, site / "paths.html", lang="en") as seen:
        plot = "() => document.querySelector('[data-draws=bars] .js-plotly-plot').data.map((each) => [...each.x])"
        parts = seen.page.evaluate(plot)
        assert len(parts) == 3
        won, still_open, lost = (part[0] for part in parts)
        assert won == counted(publication, f"select count(distinct opportunity_id) {before} and is_won")
        assert won + still_open + lost == counted(publication, f"select count(distinct opportunity_id) {before}")
        # Bars are as long as each other whatever stands behind them; the numbers in them are how many.
        drawn = seen.page.locator("[data-draws=bars] .bartext").all_text_contents()
        assert f"{won:,}" in drawn
        assert f"{lost:,}" in drawn


def test_a_pair_of_nothing_is_said_not_drawn(changed: Callable[[Change], Path], browser: Browser) -> None:
    with opened(browser, changed(no_opportunity_was_created) / "departments.html", lang="en") as seen:
        pair = seen.page.locator(".pair-grid > div", has_text="Opportunities created")
        assert "Nothing to draw" in pair.inner_text()
        assert pair.locator(".chart").count() == 0
        assert seen.page.locator(".pair-grid .chart").count() == 3


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_periods_and_amounts_along_an_axis_stand_upright(language: str, site: Path, browser: Browser) -> None:
    for name in ("revenue", "bottlenecks", "loop", "pipeline"):
        with opened(browser, site / f"{name}.html", lang=language) as seen:
            turned = seen.page.evaluate(
                """() => [...document.querySelectorAll(".xtick text")].filter((text) =>
                  /rotate\\((?!0)/.test(text.getAttribute("transform") || "")).map((text) => text.textContent)"""
            )
            assert turned == [], name


def test_where_nothing_is_known_nothing_is_foreseen_rather_than_zero(
    changed: Callable[[Change], Path], browser: Browser
) -> None:
    site = changed(nothing_is_known_of_the_quarter)
    with opened(browser, site / "pipeline.html", lang="en", segment="smb") as seen:
        quarter = seen.page.locator(".panel").first
        assert quarter.locator(".answer").inner_text().startswith("Nothing is known yet")
        assert quarter.locator(".tiles li", has_text="Expected").locator("strong .none").count() == 1
        for dots in seen.page.locator("[data-draws=dots]").all()[:2]:
            smb = dots.locator("tbody tr", has=seen.page.locator("th", has_text="SMB")).first
            assert smb.locator(".number").first.locator(".none").count() == 1
            assert smb.locator("circle").count() == 0
        assert seen.complaints == []
    with opened(browser, site / "pipeline.html", lang="en") as seen:
        assert "0 is expected" in seen.page.locator(".answer").first.inner_text()


def test_a_cohort_says_what_its_shares_are_of(publication: Path, site: Path, browser: Browser) -> None:
    with opened(browser, site / "revenue.html", lang="en") as seen:
        cohorts = seen.page.locator(".panel", has=seen.page.locator("h2", has_text="each month's new customers"))
        assert "paid on their very first day" in cohorts.inner_text()
        line = cohorts.locator("tbody tr").first
        customers, first, share = (float(value) for value in line.locator("data").evaluate_all(VALUES)[:3])
        assert counted(
            publication,
            "select count(*) from marts.kpi_retention_cohorts where age_months = 0 "
            f"and customers = {customers} and first_mrr = {first} and abs(nrr - {share}) < 1e-9",
        )
