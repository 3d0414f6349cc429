"""The example of `revloop feeds`: every row is right, and each lead goes the path that it is named by."""

from pathlib import Path
from typing import Any

import pytest

from ingest.example_feeds import PATHS
from orchestration.checking import funnel
from tests.conftest import Workplace

STAGES = {
    "new": "captured",
    "engaged": "engaged",
    "qualified": "mql",
    "working": "working",
    "open": "p2",
    "won": "adopted",
    "lost": "lost",
    "reopened": "p2",
    "recycled": "recycled",
    "recycled_then_won": "onboarding",
    "disqualified": "disqualified",
    "churned": "churned",
    "renewed": "renewed",
    "expanded": "onboarding",
    "opted_out": "captured",
}
OPPORTUNITIES = {
    "deal-open": ("open", "new"),
    "deal-won": ("won", "new"),
    "deal-lost": ("lost", "new"),
    "deal-reopened": ("open", "new"),
    "deal-recycled_then_won": ("won", "recycled"),
    "deal-churned": ("won", "new"),
    "deal-renewed": ("won", "new"),
    "deal-expanded": ("won", "new"),
    "deal-expanded-2": ("won", "expansion"),
}
MRR = {"won": 2500, "recycled_then_won": 1000, "churned": 0, "renewed": 2800, "expanded": 3000}


@pytest.mark.whole
def test_each_lead_goes_the_path_that_it_is_named_by(workplace: Workplace) -> None:
    found: dict[str, Any] = {}
    told = funnel.told

    def ask(marts: Any, *others: Any) -> Any:
        stages = "select lead_id, to_stage from marts.fct_stage_transitions where exited_at is null"
        deals = "select opportunity_id, (status, opportunity_type) from marts.fct_opportunities"
        money = """
            select customer_id, arg_max(closing_mrr, movement_date)::integer from marts.fct_mrr_movements group by all
        """
        cycles = "select max(cycle_number) from marts.fct_stage_transitions where lead_id = 'recycled_then_won'"
        found["stages"], found["deals"], found["money"] = (
            dict(marts.execute(query).fetchall()) for query in (stages, deals, money)
        )
        found["cycles"] = marts.execute(cycles).fetchall()
        return told(marts, *others)

    done = workplace.revloop("feeds", "--example", workplace.landing)
    assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(funnel, "told", ask)
        checked = workplace.revloop("check", "--as-of", "2026-07-01")
    assert checked.returncode == 0, checked.stdout
    assert "all is well" in checked.stdout
    assert " refused" in checked.stdout
    assert found["stages"] == STAGES
    assert found["deals"] == OPPORTUNITIES
    assert found["money"] == {f"customer-{name}": mrr for name, mrr in MRR.items()}
    assert found["cycles"] == [(2,)]
    assert set(STAGES) | {"merged", "deleted"} == {path.name for path in PATHS}


def test_the_example_is_written_once_more_and_never_over_others(workplace: Workplace, tmp_path: Path) -> None:
    out = tmp_path / "example"
    assert workplace.revloop("feeds", "--example", out).returncode == 0
    files = {path: path.read_bytes() for path in out.rglob("*.csv")}
    assert len(files) == 3
    assert workplace.revloop("feeds", "--example", out).returncode == 0
    assert {path: path.read_bytes() for path in out.rglob("*.csv")} == files
    (out / "contracts" / "example.csv").write_text("mine")
    (out / "leads" / "example.csv").unlink()
    refused = workplace.revloop("feeds", "--example", out)
    assert refused.returncode == 1
    assert "is there already and says something else" in refused.stderr
    assert not (out / "leads" / "example.csv").exists()
    assert workplace.revloop("feeds", "--example", workplace.data / "example").returncode == 1
