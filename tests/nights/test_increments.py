"""After any sequence of nights what was published is what a rebuild from raw gives, and what a replay gives later."""

import os
import random
import re
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.errors import RevloopError
from orchestration import steps
from orchestration.parts import SEEDS
from orchestration.refresh import begin
from orchestration.request import Request
from tests.laws import stories
from tests.nights.conftest import FIRST_NIGHT
from tests.nights.nights import Nights

# By hand: REVLOOP_NIGHTS=30 pytest tests/nights/test_increments.py
NIGHTS = int(os.environ.get("REVLOOP_NIGHTS", "5"))
REPLAYS = 1 if NIGHTS < 10 else 5
SEED = int(os.environ.get("REVLOOP_SEED", "20260301"))
LEADS = 400
SEED_CHANGES = [
    ("fit_rules", "industry,fishing,9"),
    ("lead_sources", "circus,inbound,Circus"),
    ("stage_criteria", "engaged,page_view,,Buyer looked at a page"),
    ("recycle_rules", "engaged,,5,9,,false,99"),
    ("activity_types", "unheard_of,web,true,30"),
    ("exchange_rates", "XAU,2000"),
    ("segments", "tiny,7"),
    ("stages", "trial,45,success,gate,inside_sales,,,Trial,Trial,Trial,Buyer tried it"),
]


def test_nights_equal_a_rebuild_and_can_be_replayed(nights: Nights) -> None:
    dice = random.Random(SEED)
    seed_changes = dice.sample(SEED_CHANGES, len(SEED_CHANGES))
    as_of = FIRST_NIGHT
    published: list[tuple[datetime, datetime, dict[Path, str], dict[str, tuple[int, int]]]] = []
    for number, batch in enumerate(stories.rearranged(stories.tell(SEED, LEADS), dice, NIGHTS)):
        stories.land(batch, nights.workplace.landing, f"night-{number}.csv")
        if dice.random() < 0.08:
            nights.change_var("churn_grace_days", str(dice.randrange(60)))
        elif seed_changes and dice.random() < 0.2:
            nights.change_seed(*seed_changes.pop())
        if dice.random() < 0.2:
            nights.run(as_of, dies_after=dice.choice(["ingest", "transform"]))
        elif dice.random() < 0.1:
            nights.killed(as_of, dice.uniform(1, 9))
        for _ in range(dice.choice([1, 1, 2])):
            nights.run(as_of)
        seen = nights.workplace.fingerprint()
        assert seen == nights.rebuilt(as_of), f"night {number} as of {as_of}"
        published.append((as_of, nights.known_at(), nights.process(), seen))
        as_of += timedelta(days=dice.choice([0, 1, 1, 3, 20]), hours=dice.choice([0, 0, 7]))
    assert any(line.endswith("continued") for line in nights.told)
    for past_as_of, known_at, process, seen in dice.sample(published[:-1], REPLAYS):
        nights.go_by(process)
        assert nights.rebuilt(past_as_of, known_at) == seen


def test_a_night_before_the_last_one_is_rebuilt(begun: Nights) -> None:
    begun.run(FIRST_NIGHT + timedelta(days=90))
    begun.run(FIRST_NIGHT)
    assert "process: rebuilding everything, as_of is before that of the last build" in begun.told
    assert begun.workplace.fingerprint() == begun.rebuilt(FIRST_NIGHT)


def test_a_damaged_build_is_made_anew(begun: Nights, tmp_path: Path) -> None:
    as_of = FIRST_NIGHT + timedelta(days=1)
    truncated, removed = begun, Nights(begun.workplace.copied_to(tmp_path / "removed"))
    for nights in (truncated, removed):
        build: Path = nights.workplace.data / "night" / "build.duckdb"
        if nights is removed:
            build.unlink()
        else:
            os.truncate(build, build.stat().st_size // 2)
        nights.run(as_of)
        assert "process: rebuilding everything, there is no whole build to continue" in nights.told
    rebuilt = begun.rebuilt(as_of)
    assert [nights.workplace.fingerprint() == rebuilt for nights in (truncated, removed)] == [True, True]


def lead_numbers(nights: Nights) -> dict[str, int]:
    """The number of each lead in the build."""
    with duckdb.connect(str(nights.workplace.data / "night" / "build.duckdb"), read_only=True) as connection:
        return dict(connection.execute("select lead_id, lead_number from intermediate.int_leads_merged").fetchall())


def test_a_lead_keeps_its_number_from_night_to_night(nights: Nights) -> None:
    before: dict[str, int] = {}
    for number, batch in enumerate(stories.rearranged(stories.tell(4, 120), random.Random(4), 3)):
        stories.land(batch, nights.workplace.landing, f"night-{number}.csv")
        nights.run(FIRST_NIGHT + timedelta(days=number))
        numbers = lead_numbers(nights)
        assert len({*numbers.values()}) == len(numbers) > len(before)
        assert {lead: numbers[lead] for lead in before if lead in numbers} == {
            lead: had for lead, had in before.items() if lead in numbers
        }
        before = numbers
    assert sum(line.endswith("continued") for line in nights.told) == 2


KEPT_BY_LEAD = ("int_leads_merged", "int_lead_profiles", "int_lead_customer_status", "int_behaviour_blocks")


def plant(nights: Nights) -> None:
    """A row of nobody in tables that are kept by lead: it stands until the table is made anew."""
    with duckdb.connect(str(nights.workplace.data / "night" / "build.duckdb")) as connection:
        for table in KEPT_BY_LEAD:
            connection.execute(f"delete from intermediate.{table} where lead_id = 'of {table}'")
            connection.execute(f"insert into intermediate.{table} (lead_id) values ('of {table}')")


def standing(nights: Nights) -> set[str]:
    """The tables that still have the planted row."""
    with duckdb.connect(str(nights.workplace.data / "night" / "build.duckdb"), read_only=True) as connection:
        return {
            table
            for table in KEPT_BY_LEAD
            if connection.execute(f"select 1 from intermediate.{table} where lead_id = 'of {table}'").fetchone()
        }


def test_a_changed_seed_rebuilds_exactly_what_depends_on_it(begun: Nights) -> None:
    for seed, row, rebuilt in (
        ("recycle_rules", "engaged,,5,9,,false,99", set()),
        ("fit_rules", "industry,fishing,7", {"int_lead_profiles"}),
        ("exchange_rates", "XAU,2000", {"int_lead_customer_status"}),
        ("activity_types", "sauna_visited,web,true,40", {"int_lead_customer_status", "int_behaviour_blocks"}),
    ):
        plant(begun)
        begun.change_seed(seed, row)
        begun.told.clear()
        begun.run(FIRST_NIGHT)
        assert any(line.startswith(f"process: {seed}.csv changed") for line in begun.told), begun.told
        assert standing(begun) == set(KEPT_BY_LEAD) - rebuilt, seed
        assert begun.workplace.fingerprint() == begun.rebuilt(FIRST_NIGHT), seed


def checks_of_touched_leads(nights: Nights) -> set[str]:
    """The checks that looked at no more than what the last night replaced."""
    compiled = (nights.workplace.data / "dbt" / "compiled").rglob("*.sql")
    checks = {path for path in compiled if path.stem.startswith(("assert_", "grain_"))}
    return {path.stem for path in checks if re.search(r"int_\w+_touched", path.read_text(encoding="utf-8"))}


def test_what_a_changed_seed_rebuilds_is_checked_whole(begun: Nights) -> None:
    assert checks_of_touched_leads(begun) == set()
    # Without anything new, what no lead changed would not be checked again.
    stories.land(stories.tell(5, 20), begun.workplace.landing, "more.csv")
    begun.run(FIRST_NIGHT)
    usual = checks_of_touched_leads(begun)
    assert "assert_stays_touch" in usual
    begun.change_seed("recycle_rules", "engaged,,5,9,,false,99")
    begun.run(FIRST_NIGHT)
    of_recycling = {check for check in usual if check.startswith(("grain_int_quiet_stretches", "grain_int_recycling"))}
    assert of_recycling
    assert checks_of_touched_leads(begun) == usual - of_recycling
    begun.change_seed("stage_criteria", "engaged,page_view,,Buyer looked at a page")
    begun.run(FIRST_NIGHT)
    # Who was a customer when is said by contracts alone.
    assert checks_of_touched_leads(begun) == {"grain_int_lead_customer_spans_lead_id__begins_at__lead_id"}


def test_a_night_with_the_same_seeds_builds_none_of_them(begun: Nights) -> None:
    with begin(begun.settings, Request(as_of=FIRST_NIGHT), begun.project, begun.told.append) as refresh:
        nodes = steps.build(refresh, SEEDS).nodes
    assert {node.status for node in nodes} == {"no-op"}
    assert len(nodes) == len(list(begun.workplace.project.glob("seeds/**/*.csv")))


def test_a_wrong_row_in_one_seed_stops_the_night_and_costs_the_next_no_increment(begun: Nights) -> None:
    before = begun.process()
    for seed, row in (("stage_criteria", "nowhere,call,,"), ("segments", "tiny,many")):
        begun.change_seed(seed, row)
        with pytest.raises(RevloopError, match=rf"{seed}\.csv"):
            begun.run(FIRST_NIGHT)
        begun.go_by(before)
    # What was wrong is right again: it is built anew, with what depends on it, and the rest is continued.
    begun.told.clear()
    begun.run(FIRST_NIGHT)
    assert any(line.endswith("is continued") for line in begun.told), begun.told
    assert any(line.startswith("process: segments.csv, stage_criteria.csv changed") for line in begun.told), begun.told
    assert begun.workplace.fingerprint() == begun.rebuilt(FIRST_NIGHT)


def test_a_build_that_older_code_left_is_made_anew(begun: Nights) -> None:
    with duckdb.connect(str(begun.workplace.data / "night" / "build.duckdb")) as connection:
        connection.execute("alter table state.nights drop column seed_hashes")
    with begin(begun.settings, Request(as_of=FIRST_NIGHT), begun.project, begun.told.append) as refresh:
        steps.build(refresh, SEEDS).require_passed()
    assert "process: rebuilding everything, there is no whole build to continue" in begun.told
    with duckdb.connect(str(begun.workplace.data / "night" / "build.duckdb"), read_only=True) as connection:
        tables = "select count(*) from information_schema.tables where table_schema = 'intermediate'"
        assert connection.execute(tables).fetchone() == (0,)
