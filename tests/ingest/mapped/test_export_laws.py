"""However an export is cut into files, ordered and repeated, the same rows count."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from ingest.feeds import FEEDS
from ingest.mapped import sources

MAPPING = """
format: {delimiter: [",", ";"]}
dates: ["%d/%m/%Y %H:%M"]
tables: {stages: {values: {One: p1, Two: p2}, otherwise: refuse}}
objects:
  contacts:
    files: contacts*
    key: Id
    version: Changed
    rows:
      - {feed: leads, columns: {lead_id: Id, created_at: Created, updated_at: Changed, email: Mail, full_name: Name}}
  roles: {files: roles*, key: Role}
  deals:
    files: deals*
    key: Deal
    version: Changed
    rows:
      - feed: activities
        columns: &deal
          activity_id: {join: [Deal, {constant: 1-created}], with: /}
          lead_id:
            lookup: {object: roles, by: Deal, on: Deal, take: Who, first: [{value: Primary, descending: true}, Since]}
            default: {lookup: {object: contacts, by: Mail, on: Mail, take: Id}}
          activity_type: {constant: opportunity_created}
          occurred_at: Created
          updated_at: Changed
          opportunity_id: Deal
          amount: Amount
      - feed: activities
        for: [{stage: One, at: Entered one}, {stage: Two, at: Entered two}]
        when: [{has: {column: {each: at}}}]
        columns:
          <<: *deal
          activity_id: {join: [Deal, {each: stage}], with: /}
          activity_type: {constant: opportunity_phase_changed}
          occurred_at: {column: {each: at}}
          stage: {each: stage, table: stages}
      - feed: activities
        split: {value: With, by: "|"}
        columns: {<<: *deal, activity_id: {join: [Deal, {item: true}], with: /}, lead_id: {item: true}}
"""


def moment(luck: random.Random) -> str:
    return f"{luck.randint(1, 28):02}/{luck.randint(1, 12):02}/2025 {luck.randint(0, 23):02}:{luck.randint(0, 59):02}"


def tell(luck: random.Random) -> dict[str, tuple[str, list[str]]]:
    """The rows of an export, some of them bad, and of some keys several versions, no two of one moment."""
    people = [f"c{number}" for number in range(12)]
    contacts = [f"{one},{moment(luck)},{moment(luck)},{one}@x.example,Name {one}" for one in people]
    contacts += [f"{one},{moment(luck)},{moment(luck)},{one}@y.example,New {one}" for one in people[:4]]
    deals, roles = [], []
    for number in range(20):
        entered = [luck.choice(["", "never", moment(luck), moment(luck)]) for _ in range(2)]
        items = "|".join(luck.sample(people, luck.randint(0, 3)))
        amount = luck.choice(["100", "much", ""])
        mail = f"{luck.choice(people)}@{luck.choice('xy')}.example"
        deals.append(f"d{number},{moment(luck)},{moment(luck)},{mail},{amount},{','.join(entered)},{items}")
        roles += [
            f"r{number}{n},d{number},{luck.choice(people)},{luck.choice('01')},{n}" for n in range(luck.randint(0, 3))
        ]
    deals.append("d99,too short")
    return {
        "contacts": ("Id,Created,Changed,Mail,Name", contacts),
        "deals": ("Deal,Created,Changed,Mail,Amount,Entered one,Entered two,With", deals),
        "roles": ("Role,Deal,Who,Primary,Since", roles),
    }


def land(
    company: Any, story: dict[str, tuple[str, list[str]]], luck: random.Random, parts: int, name: str = ""
) -> None:
    """Let an export land in so many files each, its rows in any order."""
    for kind, (header, rows) in story.items():
        order = luck.sample(rows, len(rows))
        for part in range(parts):
            given = [header, *order[part::parts]]
            company.write(f"crm/{kind}{name}-{luck.randint(0, 999):03}-{part}.csv", "\n".join(given) + "\n")


def told(company: Any) -> list[Sequence[Any]]:
    """The current versions of all keys, and what was refused."""
    rows: list[Sequence[Any]] = []
    for feed in FEEDS.values():
        current = "row_number() over (partition by {key} order by updated_at desc, _loaded_at desc) = 1"
        columns = ", ".join(feed.column_names)
        rows += company.rows(
            f"select {columns}, _extra from raw.{feed.name} qualify {current.format(key=feed.key)} order by {feed.key}"
        )
    return rows + company.rows(
        "select feed, reason, detail, raw_row, lead_id from raw.quarantine where closed_at is null order by all"
    )


@pytest.mark.parametrize("seed", range(4))
def test_order_parts_and_repetition_change_nothing(company: Any, make_company: Any, seed: int) -> None:
    story = tell(random.Random(seed))
    company.map("crm", MAPPING)
    land(company, story, random.Random(seed), 1)
    company.load()
    whole = told(company)
    assert len(whole) > 40

    in_parts = make_company()
    in_parts.map("crm", MAPPING)
    land(in_parts, story, random.Random(seed + 100), 3)
    in_parts.load()
    assert told(in_parts) == whole

    # The next night brings all of it again, in other files.
    land(company, story, random.Random(seed + 200), 2, name="-again")
    company.load()
    kept = [row for row in told(company) if len(row) != 5]
    assert kept == [row for row in whole if len(row) != 5]
    again = company.rows("select distinct lead_id from raw.leads where _batch_id = 'batch-2' order by 1")
    assert again == [(f"c{number}",) for number in range(4)], "only of those there are several versions"
    assert company.rows("select count(*) from raw.activities where _batch_id = 'batch-2'") == [(0,)]


@pytest.mark.parametrize("seed", range(2))
def test_an_export_that_lands_over_two_nights_ends_as_that_of_one(company: Any, make_company: Any, seed: int) -> None:
    story = tell(random.Random(seed))
    company.map("crm", MAPPING)
    land(company, story, random.Random(seed), 1)
    company.load()

    late = make_company()
    late.map("crm", MAPPING)
    land(late, {"deals": story["deals"]}, random.Random(seed), 1)
    late.load()
    land(late, {name: story[name] for name in ("contacts", "roles")}, random.Random(seed), 2)
    late.load()
    assert told(late) == told(company)


@pytest.mark.parametrize("seed", range(2))
def test_both_readers_make_the_same_rows(
    company: Any, make_company: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    story = tell(random.Random(seed))
    story["deals"][1].pop()
    company.map("crm", MAPPING)
    land(company, story, random.Random(seed), 1)
    company.load()
    monkeypatch.setattr(sources, "_SMALL_BYTES", 0)
    monkeypatch.setattr(sources.CsvSource, "_load_by_python", None)
    other = make_company()
    other.map("crm", MAPPING)
    land(other, story, random.Random(seed), 1)
    other.load()
    assert told(other) == told(company)
