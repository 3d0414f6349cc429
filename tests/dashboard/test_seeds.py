"""The people, targets and costs that the product ships are not taken for those of a company that has brought none."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser

from orchestration.dashboard.seeds import strangers
from orchestration.database import open_database
from tests.dashboard.conftest import Change
from tests.dashboard.seen import opened

PEOPLE, TARGETS, SPEND = (
    "Nobody of reps.csv appears",
    "No whole month of this data has a target",
    "What was spent seems",
)


def of_another_company(connection: duckdb.DuckDBPyConnection) -> None:
    """Nobody, no month and no source of the seeds is in the data; actions still go to the people of the seeds."""
    for mart in ("dim_leads", "fct_opportunities", "fct_renewals", "kpi_sla"):
        connection.execute(
            f"update marts.{mart} set owner_id = 'o-' || owner_id where owner_id in (select rep_id from marts.dim_reps)"
        )
    connection.execute("update marts.kpi_departments set target = null, attainment = null where is_complete")
    connection.execute("update marts.kpi_lead_supply set leads = 0 where spend_amount > 0")


def without_a_lead(connection: duckdb.DuckDBPyConnection) -> None:
    for mart in ("dim_leads", "fct_opportunities", "fct_renewals", "kpi_departments", "kpi_lead_supply"):
        connection.execute(f"delete from marts.{mart}")


def test_nobody_is_a_stranger_in_the_company_that_the_seeds_are_of(publication: Path) -> None:
    with open_database(publication, read_only=True) as connection:
        assert strangers(connection) == {}


def test_without_a_lead_nothing_is_said_of_the_seeds(publication: Path, tmp_path: Path) -> None:
    shutil.copyfile(publication, tmp_path / "copy.duckdb")
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as connection:
        without_a_lead(connection)
        assert strangers(connection) == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("index", {PEOPLE: 2, TARGETS: 1}),
        ("departments", {PEOPLE: 1, TARGETS: 2, SPEND: 1}),
        ("bottlenecks", {PEOPLE: 1}),
        ("pipeline", {TARGETS: 2}),
        ("revenue", {SPEND: 1}),
        ("scores", {SPEND: 2}),
    ],
)
def test_what_is_of_another_company_says_so_where_it_stands(
    name: str, said: dict[str, int], site: Path, changed: Callable[[Change], Path], browser: Browser
) -> None:
    with opened(browser, changed(of_another_company) / f"{name}.html", lang="en") as seen:
        notes = seen.page.locator(".strange").all_inner_texts()
        assert {words: sum(words in note for note in notes) for words in said} == said
        assert len(notes) == sum(said.values())
        assert seen.complaints == []
    with opened(browser, site / f"{name}.html", lang="en") as seen:
        assert seen.page.locator(".strange").count() == 0


def test_where_no_month_has_a_target_none_is_said_to_have_missed_it(
    changed: Callable[[Change], Path], browser: Browser
) -> None:
    with opened(browser, changed(of_another_company) / "departments.html", lang="en") as seen:
        assert "No month reached its target" not in seen.page.locator(".pair-grid").inner_text()
        assert seen.page.locator(".missed").count() == 0


def at_rest_for_years(connection: duckdb.DuckDBPyConnection) -> None:
    """What was whole is three years back; nothing is known to have happened since."""
    for mart in ("kpi_departments", "kpi_reps", "kpi_handovers"):
        connection.execute(f"update marts.{mart} set period_month = period_month - interval 36 month where is_complete")


def test_departments_show_the_months_that_have_been_seen_whole(
    changed: Callable[[Change], Path], browser: Browser
) -> None:
    with opened(browser, changed(at_rest_for_years) / "departments.html", lang="en") as seen:
        assert seen.page.locator("#slice-month").input_value().startswith("2023-")
        assert seen.page.locator(".panel").first.locator(".tiles li").count() > 3
        assert seen.complaints == []


def test_no_stranger_is_named(changed: Callable[[Change], Path], browser: Browser) -> None:
    site = changed(of_another_company)
    for name in ("index", "bottlenecks", "departments"):
        with opened(browser, site / f"{name}.html", lang="en") as seen:
            people = seen.page.evaluate("() => Object.values(revloop.people)")
            shown = seen.page.locator("main").inner_text()
            assert len(people) > 10
            assert [person for person in people if person in shown] == []
    with opened(browser, site / "index.html", lang="en") as seen:
        # What is to be done is told without them.
        first = seen.page.locator(".panel", has=seen.page.locator("h2", has_text="The first three"))
        assert first.locator("tbody tr").count() > 10
        assert "Owner" not in first.locator("thead").inner_text()
