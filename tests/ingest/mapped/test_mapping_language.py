"""What a mapping may say, and what a mistake in one is told."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.errors import RevloopError
from ingest.mapped.library import SHIPPED, Mappings
from ingest.mapped.reading import content_hash, read_mapping

STAGES = frozenset(
    {
        *("captured", "engaged", "mql", "working", "p1", "p2", "p3", "p4", "p5", "onboarding", "adopted", "renewed"),
        *("recycled", "disqualified", "lost", "churned"),
    }
)
EXAMPLE = (SHIPPED / "example.yml").read_text(encoding="utf-8")
EDITS = yaml.safe_load((Path(__file__).parent / "wrong_mapping_edits.yml").read_text(encoding="utf-8"))
SMALLEST = """
objects:
  people:
    files: people
    key: Id
    rows: [{feed: leads, columns: {lead_id: Id, created_at: Created}}]
"""


@pytest.mark.parametrize("name", Mappings().names)
def test_a_shipped_mapping_is_right(name: str) -> None:
    assert Mappings(stages=STAGES).read(name).source.objects


def test_there_are_thirty_wrong_edits() -> None:
    assert len(EDITS) >= 30


@pytest.mark.parametrize("edit", EDITS, ids=[edit["to"].strip() for edit in EDITS])
def test_a_mistake_is_told_with_its_file_its_line_its_keys_and_what_was_meant(
    tmp_path: Path, edit: dict[str, Any]
) -> None:
    assert EXAMPLE.count(edit["of"]) >= 1
    text = EXAMPLE.replace(edit["of"], edit["to"], 1)
    path = tmp_path / "wrong.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RevloopError) as caught:
        read_mapping(path, STAGES)
    at = text.index(edit.get("at", edit["to"]), text.index(edit["to"]) if "feed: leads" in edit.get("at", "") else 0)
    line = text[:at].count("\n") + 1
    assert f"{path}:{line}: {edit['told']}" in caught.value.causes


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(company: Any) -> None:
    path = company.map("crm", SMALLEST.replace("leads,", "leds,").replace("files:", "fils:"))
    company.write("crm/people.csv", "Id,Created\n")
    with pytest.raises(RevloopError) as caught:
        company.load()
    lines = [int(cause.removeprefix(f"{path}:").split(":")[0]) for cause in caught.value.causes]
    assert lines == sorted(lines)
    assert not company.store.exists()


def test_a_scalar_is_a_text_as_it_is_written(company: Any) -> None:
    company.map(
        "crm", SMALLEST.replace("created_at: Created", "created_at: {constant: 2025-01-01}, country: {constant: NO}")
    )
    company.write("crm/people.csv", "Id,Created\n012,\n")
    company.load()
    assert company.rows("select lead_id, country, created_at::date::varchar from raw.leads") == [
        ("012", "NO", "2025-01-01")
    ]


def test_a_hash_is_that_of_what_a_mapping_says(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    hashes = []
    for text in (
        SMALLEST,
        f"# a comment\n{SMALLEST}",
        SMALLEST.replace("Created", "Made"),
        SMALLEST.replace("key: Id", "key: {column: [Id]}"),
    ):
        path.write_text(text, encoding="utf-8")
        hashes.append(content_hash(read_mapping(path)))
    assert hashes[0] == hashes[1] == hashes[3] != hashes[2]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1: the file is empty"),
        (b"a: [", "1: this is no YAML"),
        (
            b"- a\n",
            "1: a list stands where a list of keys (zone, dates, decimals, format, tables, objects) is expected",
        ),
        (b"objects: {}\n", "1: objects: at least one is expected here"),
        (b"zone: UTC\n", "1: this key is missing"),
        (b"\xff\xfe", "cannot be read: it is no UTF-8"),
        (b"a: &a [*a]\n", "1: "),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10)) for c in range(98, 106)),
            "the mapping is too long",
        ),
    ],
)
def test_what_is_no_mapping_is_told_in_a_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "wrong.yml"
    path.write_bytes(content)
    with pytest.raises(RevloopError) as caught:
        read_mapping(path)
    assert told in caught.value.causes[0]


def test_a_mapping_that_nothing_needs_is_not_read(company: Any) -> None:
    company.map("broken", "objects: [")
    company.write("leads/a.csv", "lead_id,created_at\na,2025-01-01\n")
    assert company.load().feeds["leads"].rows_accepted == 1


def test_a_mapping_of_ones_own_replaces_the_shipped_one(company: Any) -> None:
    company.map("example", SMALLEST)
    company.write("example/people.csv", "Id,Created\na,2025-01-01\n")
    assert company.load().feeds["leads"].rows_accepted == 1


def test_a_mapping_has_no_feed_s_name(company: Any) -> None:
    company.map("leads", SMALLEST)
    with pytest.raises(RevloopError, match="has the name of a feed: give it the name of its source"):
        company.load()


def test_a_folder_of_mappings_must_be_there(company: Any) -> None:
    company.mappings = company.landing / "nowhere"
    with pytest.raises(RevloopError, match=r"no folder of mappings .*: make it, or name another"):
        company.load()
