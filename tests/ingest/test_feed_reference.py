"""The reference of the feeds says what the loading does, and the README says the same."""

import csv
import io
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from ingest.feed_reference import SPELLINGS, feed_reference
from ingest.feeds import FEEDS, SQL_TYPES
from orchestration.cli import cli

ROOT = Path(__file__).resolve().parents[2]


def test_every_column_and_type_is_told() -> None:
    columns = [column for feed in FEEDS.values() for column in feed.columns]
    assert [column.name for column in columns if not (column.about and column.example)] == []
    assert SPELLINGS.keys() == SQL_TYPES.keys()


def test_the_examples_are_rows_that_load(company: Any) -> None:
    for feed in FEEDS.values():
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(feed.column_names)
        rows.writerow([column.example for column in feed.columns])
        company.write(f"{feed.name}/example.csv", text.getvalue())
    report = company.load()
    assert company.quarantined() == []
    assert {name: feed.rows_accepted for name, feed in report.feeds.items()} == dict.fromkeys(FEEDS, 1)
    assert company.rows("select count(*) from raw.activities where details is not null and opportunity_id = 'O-77'")
    assert company.rows("select employee_count, country, _extra from raw.leads") == [(450, "KR", None)]


def test_the_readme_holds_what_the_command_prints() -> None:
    printed = CliRunner().invoke(cli, ["feeds"]).output
    assert printed == f"{feed_reference()}\n"
    assert printed in (ROOT / "README.md").read_text(encoding="utf-8")
