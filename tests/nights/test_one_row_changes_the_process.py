"""RevOps changes the process by one row of a CSV each: nothing else is edited here."""

from collections.abc import Callable

import pytest

from tests.conftest import Workplace

LEADS = """lead_id,created_at,lead_source,industry,employee_count,country
plain,2026-01-01T00:00:00Z,website,shipbuilding,50,KR
asked,2026-01-01T00:00:00Z,website,shipbuilding,50,KR
dropped,2026-01-01T00:00:00Z,website,shipbuilding,50,KR
"""
ACTIVITIES = """activity_id,lead_id,activity_type,occurred_at,outcome,reason
a1,asked,security_review_passed,2026-01-05T00:00:00Z,,
a2,dropped,recycled,2026-01-05T00:00:00Z,,moved_house
"""
AS_OF = ("--as-of", "2026-02-01T00:00:00Z")


@pytest.fixture(scope="module")
def changed(make_workplace: Callable[[str], Workplace]) -> Workplace:
    """The same three leads before and after one more row in each of four seeds."""
    workplace = make_workplace("changed")
    workplace.land("leads/leads.csv", LEADS)
    workplace.land("activities/activities.csv", ACTIVITIES)
    workplace.refresh(*AS_OF)
    before = workplace.data / "before.duckdb"
    before.write_bytes(workplace.published.read_bytes())
    workplace.add_row("stages", "vetted,45,success,inventory,inside_sales,,,Vetted,심사 통과,審査済み,Review passed")
    workplace.add_row("stage_criteria", "vetted,security_review_passed,,The buyer passed us")
    workplace.add_row("fit_rules", "industry,shipbuilding,500")
    workplace.add_row("recycle_rules", "recycled,moved_house,3,9,,false,1")
    workplace.refresh(*AS_OF)
    return workplace


@pytest.fixture(scope="module")
def not_begun(make_workplace: Callable[[str], Workplace]) -> Workplace:
    """The same leads before any refresh that could load them: each one is stopped by a row that is wrong."""
    workplace = make_workplace("not_begun")
    workplace.land("leads/leads.csv", LEADS)
    return workplace


def stage_of(workplace: Workplace, lead: str, file: str | None = None) -> str:
    path = workplace.data / file if file else None
    return workplace.rows(f"select current_stage from marts.dim_leads where lead_id = '{lead}'", path)[0][0]


def test_a_stage_and_its_criterion_are_a_row_each(changed: Workplace) -> None:
    assert stage_of(changed, "asked", "before.duckdb") == "captured"
    assert stage_of(changed, "asked") == "vetted"
    assert changed.rows("select rank, label_ko from marts.dim_stages where stage = 'vetted'") == [(45, "심사 통과")]
    skipped = "select stage from marts.fct_stage_milestones where lead_id = 'asked' and was_skipped order by 1"
    assert changed.rows(skipped) == [("engaged",), ("mql",), ("working",)]


def test_a_fit_rule_is_a_row(changed: Workplace) -> None:
    grade = "select fit_points, fit_grade from marts.dim_leads where lead_id = 'plain'"
    ((points_before, _),) = changed.rows(grade, changed.data / "before.duckdb")
    ((points, fit_grade),) = changed.rows(grade)
    assert points - points_before == 500
    assert fit_grade == "A"


def test_a_recycle_rule_is_a_row(changed: Workplace) -> None:
    rule = (
        "select rule_priority, cast(eligible_on as varchar), is_eligible "
        "from marts.fct_recycling_candidates where lead_id = 'dropped'"
    )
    assert changed.rows(rule, changed.data / "before.duckdb") != changed.rows(rule)
    assert changed.rows(rule) == [(1, "2026-01-08", True)]


@pytest.mark.parametrize(
    ("seed", "row", "told"),
    [
        ("stage_criteria", b"vip,call,connected,x", "stage_criteria.csv, row 22 (stage 'vip', "),
        ("stages", b"vetted,30,success,gate,inside_sales,,,V,V,V,x", "stages.csv, row 18 (stage 'vetted')"),
        ("stages", b"vetted,45,success,gate,legal,,,V,V,V,x", "department 'legal'"),
        ("stages", b"vetted,abc,success,gate,inside_sales,,,V,V,V,x", "rank 'abc' is no whole number"),
        (
            "job_levels",
            b"chief, of staff,executive",
            "job_levels.csv, row 36 (chief, of staff): has 3 values",
        ),
        ("job_levels", "社長".encode("cp932") + b",executive", "job_levels.csv, row 36: is not UTF-8"),
    ],
)
def test_a_wrong_row_is_refused_in_one_line_before_anything_is_loaded(
    not_begun: Workplace, seed: str, row: bytes, told: str
) -> None:
    path = not_begun.seed(seed)
    right = path.read_bytes()
    path.write_bytes(right.rstrip(b"\n") + b"\n" + row + b"\n")
    done = not_begun.revloop("refresh", *AS_OF)
    path.write_bytes(right)
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if line.startswith("revloop: ")]
    assert told in line
    store = not_begun.data / "store.duckdb"
    assert not store.exists() or not_begun.rows("select count(*) from raw.leads", store) == [(0,)]


def test_a_currency_without_a_rate_is_named(workplace: Workplace) -> None:
    workplace.land(
        "contracts/contracts.csv",
        "contract_id,customer_id,signed_at,starts_on,mrr,currency\nc1,k,2026-01-01,2026-01-01,10,xau\n",
    )
    workplace.land("leads/leads.csv", LEADS)
    workplace.land(
        "activities/activities.csv",
        "activity_id,lead_id,activity_type,occurred_at,opportunity_id,amount,currency\n"
        "a1,plain,opportunity_created,2026-01-05T00:00:00Z,o1,100,xag\n"
        "a2,plain,opportunity_created,2026-01-05T00:00:00Z,o2,,xpt\n",
    )
    done = workplace.revloop("refresh", *AS_OF)
    assert done.returncode == 1
    remedy = "Add a row with its rate to the reporting currency."
    told = {line for line in done.stderr.splitlines() if line.startswith("revloop: ")}
    assert {line for line in told if "exchange_rates.csv" in line} == {
        f"revloop: exchange_rates.csv: currency XAU has no rate, yet contract c1 is in it. {remedy}",
        f"revloop: exchange_rates.csv: currency XAG has no rate, yet activity a1 is in it. {remedy}",
    }


@pytest.mark.parametrize(
    ("var", "value", "told"),
    [
        ("reporting_timezone", "Mars/Olympus", "Write an IANA time zone such as Asia/Seoul."),
        ("score_half_life_days", "0", "Write a number of at least 1."),
        ("recycling_holdout_rate", "2", "Write a number from 0 to 1."),
    ],
)
def test_a_var_that_means_nothing_is_named(workplace: Workplace, var: str, value: str, told: str) -> None:
    workplace.set_var(var, value)
    done = workplace.revloop("refresh", *AS_OF)
    assert done.returncode == 1
    assert f"revloop: dbt_project.yml: var {var} is " in done.stderr
    assert told in done.stderr
