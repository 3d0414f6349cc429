"""The seeds that belong to a made-up company: those that are shipped, and those of another size and day."""

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from ingest.errors import RevloopError
from ingest.simulate import seeds, simulate
from ingest.simulate.clock import END_DATE
from ingest.simulate.reps import read_reps
from ingest.simulate.vocabulary import LEAD_SOURCES, POINTS, UNITS_PER_DOLLAR
from orchestration.cli import run
from tests.dbt_runs import DBT_PROJECT
from tests.simulate.strict_reader import read_back

NAMES = {"reps.csv", "targets.csv", "campaign_spend.csv"}


def shipped(name: str) -> Path:
    return next(DBT_PROJECT.glob(f"seeds/*/{name}"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_shipped_seeds_are_those_of_the_usual_company(name: str) -> None:
    assert shipped(name).read_text(encoding="utf-8") == seeds.shipped()[name]


def test_seeds_of_another_company_fit_its_size_and_its_day(tmp_path: Path) -> None:
    until = dt.date(2031, 3, 31)
    written = seeds.write(tmp_path, seeds.fitting(20_000, until))
    assert {path.name for path in written} == NAMES
    reps = read_reps(tmp_path / "reps.csv")
    assert len({rep.rep_id for rep in reps}) == 10 * len({rep.rep_id for rep in read_reps(shipped("reps.csv"))})
    assert max(rep.started_on for rep in reps) > dt.date(2029, 6, 1)
    months = {row["period_month"] for row in rows(tmp_path / "campaign_spend.csv")}
    assert (min(months), max(months)) == ("2029-03-01", "2031-09-01")
    march = {
        (row["scope_id"], row["kpi"], row["stage"]): float(row["target"])
        for row in rows(tmp_path / "targets.csv")
        if row["period_month"] == "2031-03-01"
    }
    usual = {
        (row["scope_id"], row["kpi"], row["stage"]): float(row["target"])
        for row in rows(shipped("targets.csv"))
        if row["period_month"] == "2026-03-01"
    }
    assert march["field_sales", "won_amount", ""] == 10 * usual["field_sales", "won_amount", ""]
    assert march["field_sales", "win_rate", ""] == usual["field_sales", "win_rate", ""]
    assert march["rep27", "renewal_rate", ""] == usual["rep13", "renewal_rate", ""]
    assert {key for key in usual if key[0].startswith("rep")} <= set(march)


@pytest.mark.parametrize("leads", [50, 2_000, 6_000])
def test_who_acts_stands_in_the_written_reps(tmp_path: Path, leads: int) -> None:
    staff = seeds.reps_of(leads, END_DATE)
    landed = read_back(tmp_path, simulate(leads, tmp_path, seed=4, reps=staff))
    written = {row["rep_id"] for row in csv.DictReader(seeds.fitting(leads, END_DATE)["reps.csv"].splitlines())}
    acting = Counter(row.get("actor_id", "") for row in landed.activities)
    assert set(acting) - {""} <= written
    assert {row["owner_id"] for row in landed.leads} <= written
    if leads > 2_000:
        assert len(set(acting)) > len(read_reps(shipped("reps.csv")))


def test_seeds_are_written_in_the_place_of_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "reps.csv").write_text("rep_id\n")
    written = seeds.write(tmp_path, seeds.fitting(100, END_DATE))
    assert tmp_path / "people" / "reps.csv" in written
    assert not (tmp_path / "reps.csv").exists()
    assert read_reps(tmp_path / "people" / "reps.csv")
    assert [path.relative_to(tmp_path).as_posix() for path in seeds.write(tmp_path, seeds.fitting(100, END_DATE))] == [
        path.relative_to(tmp_path).as_posix() for path in written
    ]


def test_seeds_that_cannot_be_written_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RevloopError, match="Cannot write seeds to"):
        seeds.write(tmp_path / "file", {"reps.csv": ""})
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "reps.csv").write_text("")
    with pytest.raises(RevloopError, match="are one seed"):
        seeds.write(tmp_path, {"reps.csv": ""})


def test_prices_go_by_the_plan_rates() -> None:
    rates = {row["currency"]: float(row["rate_to_reporting"]) for row in rows(shipped("exchange_rates.csv"))}
    assert pytest.approx({code: 1 / rates[code] for code in UNITS_PER_DOLLAR}) == UNITS_PER_DOLLAR


def test_acts_score_what_the_shipped_list_says() -> None:
    listed = {row["activity_type"]: int(row["points"]) for row in rows(shipped("activity_types.csv"))}
    assert {name: listed[name] for name in POINTS} == POINTS


def test_spend_is_on_sources_that_bring_leads() -> None:
    spent = {row["lead_source"] for row in rows(shipped("campaign_spend.csv"))} - {""}
    assert spent < set(LEAD_SOURCES)


def test_the_command_writes_the_day_and_the_seeds_that_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate", "--leads", "30", "--out", str(tmp_path / "landing"), "--until", "2030-02-28"]
    assert run(words) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith(
        "the shipped reps, targets and campaign_spend are of 2,000 leads, in 2024-12 to 2028-12;"
    )
    assert run([*words, "--seeds", str(tmp_path / "seeds")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-3:] == [
        f"wrote {tmp_path / 'seeds' / name}" for name in ("reps.csv", "targets.csv", "campaign_spend.csv")
    ]
    assert {path.name for path in (tmp_path / "seeds").iterdir()} == NAMES
    assert run(["simulate", "--leads", "5", "--out", str(tmp_path / "other"), "--until", "2026-02-30"]) == 2
