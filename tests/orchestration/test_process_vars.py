"""The vars of dbt_project.yml: what is refused of them, and that all faults are told at once."""

from pathlib import Path

import pytest
import yaml

from ingest.errors import RevloopError
from orchestration.process_vars import RULES, nearest_time_zone, var_faults
from tests.conftest import ROOT

SHIPPED = ROOT / "dbt_project" / "dbt_project.yml"
# As the contract lists them; None is empty.
DEFAULTS = {
    "reporting_timezone": "UTC",
    "reporting_currency": "USD",
    "fiscal_year_start_month": 1,
    "score_half_life_days": 30,
    "mql_behaviour_points": 50,
    "mql_fit_grades": ["A", "B", "C"],
    "churn_grace_days": 30,
    "maturity_period_days": 30,
    "score_horizon_days": 90,
    "min_positive_count": 120,
    "recycling_holdout_rate": 0.1,
    "recycling_daily_limit": 0,
    "score_training_leads": 200000,
    "unattended_days": 90,
    "renewal_window_days": 90,
    "attribution_window_days": 90,
    "recycling_started_on": None,
    "max_feed_age_hours": None,
    "health_healthy_from": 70,
    "health_watch_from": 40,
}


def faults(folder: Path, changes: dict[str, str | None]) -> list[str]:
    """What is told of the shipped vars with some values changed as text, or (None) their lines removed."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    for name, value in changes.items():
        place = next(i for i, line in enumerate(lines) if line.startswith(f"  {name}:"))
        lines[place : place + 1] = [] if value is None else [f"  {name}: {value}"]
    (folder / "dbt_project.yml").write_text("\n".join(lines), encoding="utf-8")
    return list(var_faults(folder))


def test_the_shipped_vars_are_the_contracts_each_on_one_plain_line_with_a_check() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["vars"] == DEFAULTS
    assert set(RULES) == set(DEFAULTS)
    lines = text.splitlines()
    assert all(sum(line.startswith(f"  {name}:") for line in lines) == 1 for name in DEFAULTS)
    assert list(var_faults(SHIPPED.parent)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reporting_timezone", "KST"),
        ("reporting_timezone", "localtime"),
        ("reporting_timezone", "+09:00"),
        ("reporting_timezone", "asia/seoul"),
        ("reporting_timezone", ""),
        ("reporting_timezone", "[UTC]"),
        ("reporting_currency", "usd"),
        ("reporting_currency", "Dollar"),
        ("reporting_currency", '"US$"'),
        ("reporting_currency", ""),
        ("fiscal_year_start_month", "13"),
        ("fiscal_year_start_month", "1.5"),
        ("fiscal_year_start_month", "true"),
        ("score_half_life_days", "0.5"),
        ("score_half_life_days", ".inf"),
        ("score_half_life_days", ".nan"),
        ("mql_behaviour_points", '"50"'),
        ("mql_behaviour_points", "-1"),
        ("mql_fit_grades", "[]"),
        ("mql_fit_grades", "A"),
        ("mql_fit_grades", "[A, E]"),
        ("mql_fit_grades", "[A, A]"),
        ("churn_grace_days", "30 days"),
        ("churn_grace_days", "1.5"),
        ("maturity_period_days", "0"),
        ("score_horizon_days", "0"),
        ("min_positive_count", "1e3"),
        ("recycling_holdout_rate", "1.1"),
        ("recycling_daily_limit", "-1"),
        ("score_training_leads", "0"),
        ("unattended_days", ""),
        ("renewal_window_days", "-1"),
        ("attribution_window_days", "ninety"),
        ("recycling_started_on", "2025-02-30"),
        ("recycling_started_on", "01/31/2025"),
        ("recycling_started_on", "2025-01-31 08:00:00"),
        ("recycling_started_on", "20250131"),
        ("max_feed_age_hours", "-1"),
        ("max_feed_age_hours", "a day"),
        ("health_healthy_from", "101"),
        ("health_watch_from", "-1"),
    ],
)
def test_a_var_that_means_nothing_is_told_by_name_with_what_to_write(tmp_path: Path, name: str, value: str) -> None:
    [told] = faults(tmp_path, {name: value})
    assert told.startswith(f"dbt_project.yml: var {name} is ")
    assert f"Write {RULES[name][1]}." in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recycling_started_on", "2025-01-31"),
        ("max_feed_age_hours", "26.5"),
        ("reporting_timezone", "Asia/Seoul"),
        ("reporting_currency", "KRW"),
        ("mql_fit_grades", "[D]"),
        ("mql_behaviour_points", "0"),
        ("recycling_holdout_rate", "0"),
    ],
)
def test_a_var_within_its_rule_passes(tmp_path: Path, name: str, value: str) -> None:
    assert faults(tmp_path, {name: value}) == []


def test_all_faults_are_told_at_once_one_line_each(tmp_path: Path) -> None:
    told = faults(tmp_path, {"reporting_timezone": "Asia/Soul", "churn_grace_days": "-1", "unattended_days": None})
    assert told == [
        "dbt_project.yml: var reporting_timezone is 'Asia/Soul'. Write an IANA time zone such as Asia/Seoul. "
        "Did you mean Asia/Seoul?",
        "dbt_project.yml: var churn_grace_days is -1. Write a whole number of at least 0.",
        "dbt_project.yml: var unattended_days is missing. Put its line back, a whole number of at least 0.",
    ]


def test_a_customer_cannot_be_watched_from_above_where_he_is_healthy(tmp_path: Path) -> None:
    [told] = faults(tmp_path, {"health_watch_from": "71"})
    assert told == "dbt_project.yml: var health_watch_from is 71, above health_healthy_from 70. Lower it."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"vars:\n  a: [1\n", "is no YAML"),
        (b"name: revloop\n", "has no vars"),
        (b"vars:\n", "has no vars"),
        ("vars:\n  a: 시간대\n".encode("cp949"), "is not UTF-8"),
    ],
)
def test_a_file_without_readable_vars_is_told_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "dbt_project.yml").write_bytes(content)
    with pytest.raises(RevloopError, match=told) as error:
        list(var_faults(tmp_path))
    assert len(error.value.causes) == 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Asia/Soul", "Asia/Seoul"),
        ("asia/seoul", "Asia/Seoul"),
        ("Seoul", "Asia/Seoul"),
        ("New York", "America/New_York"),
        ("KST", None),
        ("localtime", None),
    ],
)
def test_the_time_zone_a_person_most_likely_meant(written: str, meant: str | None) -> None:
    assert nearest_time_zone(written) == meant
