"""The README's deal of a CRM is a file that loads as it stands there."""

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.load import load_landing
from tests.dbt_runs import STAGES
from tests.readme.questions import README


def test_the_deal_of_a_crm_loads_whole(tmp_path: Path) -> None:
    [rows] = re.findall(r"```csv\n(activity_id,.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    landed = tmp_path / "landing" / "activities" / "deals.csv"
    landed.parent.mkdir(parents=True)
    landed.write_text(rows, encoding="utf-8")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    store = tmp_path / "store.duckdb"
    report = load_landing(landed.parents[1], store, batch_id="r1", now=now, stages=STAGES, hash_key=b"key")
    assert report.feeds["activities"].rows_accepted == len(rows.splitlines()) - 1
    with duckdb.connect(str(store), read_only=True) as connection:
        deals = connection.execute(
            "select opportunity_id, list(activity_type order by occurred_at), arg_max(reason, occurred_at) "
            "from raw.activities group by opportunity_id order by opportunity_id"
        ).fetchall()
    changed = "opportunity_phase_changed"
    assert deals == [
        ("O-77", ["opportunity_created", changed, changed, "opportunity_won"], None),
        ("O-78", ["opportunity_created", "opportunity_lost"], "no_decision.status_quo"),
    ]
