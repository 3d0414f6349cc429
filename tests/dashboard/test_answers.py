"""What a manager asks first, and where the pages answer it."""

from pathlib import Path

from playwright.sync_api import Browser

from orchestration.database import open_database
from tests.dashboard.seen import opened


def test_since_when_a_leak_is_more_than_chance_is_outlined(site: Path, browser: Browser) -> None:
    with opened(browser, site / "bottlenecks.html", lang="en") as seen:
        leaks = "() => revloop.sets.bottlenecks.rows.filter((row) => row.bottleneck_rank !== null)"
        cells = {(row["stage"], row["window_end"]) for row in seen.page.evaluate(leaks)}
        marked = seen.page.locator(".shades .marked")
        assert marked.count() == len(cells) > 0
        assert all("chance" in title for title in marked.evaluate_all("all => all.map((each) => each.title)"))


def test_who_missed_deadlines_is_told_of_whoever_had_one(publication: Path, site: Path, browser: Browser) -> None:
    with open_database(publication, read_only=True) as connection:
        [(late_once,)] = connection.execute(
            "select count(*) from marts.kpi_sla where stay = 'sla' and past_due = 0 and missed > 0"
        ).fetchall()
    assert late_once
    with opened(browser, site / "bottlenecks.html", lang="en") as seen:
        rows = "() => revloop.sets.owners.rows.filter((row) => row.past_due === 0 && row.missed > 0).length"
        assert seen.page.evaluate(rows) == late_once


def test_a_renewal_says_how_its_customer_is(site: Path, browser: Browser) -> None:
    with opened(browser, site / "revenue.html", lang="en") as seen:
        rows = seen.page.evaluate("() => revloop.sets.due.rows")
        upcoming = [row["health_band"] for row in rows if row["status"] == "upcoming"]
        assert {"healthy"} < set(upcoming) <= {"healthy", "watch", "critical", "unknown", None}
        order = ["critical", "watch"]
        places = [order.index(band) if band in order else 2 for band in upcoming]
        assert places == sorted(places)


def test_a_department_names_the_targets_that_it_missed(site: Path, browser: Browser) -> None:
    with opened(browser, site / "departments.html", lang="en") as seen:
        for panel in seen.page.locator(".panel:has(.tiles)").all():
            unmet = panel.locator("li:has(.bullet.unmet) .name").all_inner_texts()
            assert unmet
            assert panel.locator(".missed").inner_text() == f"Missed: {', '.join(unmet)}"
    with opened(browser, site / "index.html", lang="en") as seen:
        missed = seen.page.locator(".parts > div", has_text="Targets missed").locator("dd").first.inner_text()
        assert missed.split(",")[0] in {"Marketing", "Inside sales", "Field sales", "Customer success"}


def test_a_source_says_what_its_opportunities_and_wins_cost(publication: Path, site: Path, browser: Browser) -> None:
    with open_database(publication, read_only=True) as connection:
        mature = "select * from marts.kpi_lead_supply where is_mature_180d"
        told = connection.execute(
            f"select lead_source, sum(spend_amount)::double / sum(wins_180d) from ({mature}) "
            f"where cohort_month > (select max(cohort_month) - interval 12 month from ({mature})) "
            "group by lead_source having sum(wins_180d) > 0 and sum(spend_amount) > 0"
        ).fetchall()
    assert len(told) > 5
    with opened(browser, site / "paths.html", lang="en") as seen:
        shown = seen.page.evaluate("() => revloop.sets.sources.rows.map((row) => [row.lead_source, row.cost_per_win])")
        assert {(source, round(cost, 6)) for source, cost in shown if cost} == {
            (source, round(cost, 6)) for source, cost in told
        }
        assert seen.complaints == []


def test_what_was_refused_is_told_of_all_refreshes_in_sight(publication: Path, site: Path, browser: Browser) -> None:
    with open_database(publication, read_only=True) as connection:
        [(invalid,)] = connection.execute(
            "select sum(invalid_value_rows) from marts.kpi_data_quality where feed = 'leads'"
        ).fetchall()
    with opened(browser, site / "data.html", lang="en") as seen:
        panel = seen.page.locator(".panel", has_text="Why rows were quarantined")
        line = panel.locator("tbody tr", has_text="Leads")
        values = line.locator("data").evaluate_all("all => all.map((each) => Number(each.value))")
        assert invalid in values
        assert "revloop quarantine --out" in panel.inner_text()
