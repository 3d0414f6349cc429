"""What the contract says of JSONL files."""

import gzip
from typing import Any

import pytest

from ingest.json_lines import TOO_DEEP


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("7", "7"),
        ("1.0", "1"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("-2.5E-3", "-0.0025"),
        ("-0.0", "0"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
        ("null", None),
        ('" "', None),
        ('"\\u00e9\\ud83d\\ude00"', "é😀"),
        ('{"b": 1.50, "a": [true, null, "é"]}', '{"b":1.50,"a":[true,null,"é"]}'),
    ],
)
def test_a_typed_value_counts_as_its_text(company: Any, value: str, text: str | None) -> None:
    company.write("leads/a.jsonl", f'{{"lead_id": "a", "created_at": "2025-01-01", "email": {value}}}\n')
    company.load()
    assert company.rows("select email from raw.leads") == [(text,)]


def test_numbers_and_booleans_fill_typed_columns(company: Any) -> None:
    company.write(
        "leads/a.jsonl",
        '{"lead_id": 17, "created_at": "2025-01-01", "employee_count": 450.0, '
        '"acquisition_cost": 1.2e1, "opted_out": true, "is_deleted": 0}\n',
    )
    company.load()
    assert company.rows(
        "select lead_id, employee_count, acquisition_cost::varchar, opted_out, is_deleted from raw.leads"
    ) == [("17", 450, "12.000000000000000000", True, False)]


@pytest.mark.parametrize("details", ['{"n": 10}', '"{\\"n\\":10}"'])
def test_details_are_an_object_or_its_text(company: Any, details: str) -> None:
    company.write(
        "activities/a.jsonl",
        '{"activity_id": "a", "lead_id": "b", "activity_type": "call", '
        f'"occurred_at": "2025-01-01", "details": {details}}}\n',
    )
    company.load()
    assert company.rows("select details from raw.activities") == [('{"n":10}',)]


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        (b"[1]", "is no JSON object"),
        (b'"text"', "is no JSON object"),
        (b"{", "is no JSON: "),
        (b'{"lead_id": NaN}', "is no JSON: "),
        (b'{"lead_id": "a",}', "is no JSON: "),
        (b'{"lead_id": "a"} {}', "is no JSON: "),
        (b'{"lead_id": "a", "lead_id": "b"}', "key lead_id is in the line more than once"),
        (b'{"lead_id": "\xff"}', "is no valid UTF-8"),
        (b'{"lead_id": "\\ud800"}', "holds half a surrogate pair"),
        (b'{"lead_id": "a", "email": ["\\udfff"]}', "holds half a surrogate pair"),
        (b'{"lead_id": "a", "email": {"\\ud83d": 1}}', "holds half a surrogate pair"),
        (b"[" * 100_000, TOO_DEEP),
        *((b'{"note": ' + b"[" * n + b"]" * n + b"}", TOO_DEEP) for n in (100, 330, 990)),
        *((b'{"details": ' + b'{"a":' * n + b"1" + b"}" * n + b"}", TOO_DEEP) for n in (100, 330, 990)),
    ],
)
def test_a_line_that_is_no_object_costs_no_neighbour(company: Any, line: bytes, detail: str) -> None:
    good = b'{"lead_id": "%s", "created_at": "2025-01-01"}'
    content = b"\xef\xbb\xbf" + good % b"a" + b"\r\n\n \n" + line + b"\n" + good % b"c"
    company.write("leads/a.jsonl.gz", gzip.compress(content))
    company.load()
    assert company.rows("select lead_id, _source_row from raw.leads order by 1") == [
        ("a", 1),
        ("c", 3),
    ]
    ((row, reason, found, raw_row),) = company.quarantined()
    assert (row, reason) == (2, "unparseable_row")
    assert found.startswith(detail)
    assert raw_row == line.decode("utf-8", "backslashreplace")


def test_a_bad_value_keeps_the_line(company: Any) -> None:
    line = '{"lead_id": "a", "created_at": 20250101}'
    company.write("leads/a.jsonl", line + "\r\n")
    company.load()
    assert company.quarantined() == [(1, "invalid_type", "created_at: '20250101' is no timestamp", line)]


def test_further_keys_are_kept_as_they_are(company: Any) -> None:
    company.write(
        "leads/a.jsonl",
        '{"lead_id": "a", "created_at": "2025-01-01", "z": {"n": 1.0}, "b": " x ", "c": null}\n'
        '{"lead_id": "b", "created_at": "2025-01-01", "c": ""}\n',
    )
    report = company.load().feeds["leads"]
    assert company.rows("select _extra from raw.leads order by lead_id") == [
        ('{"b":"x","z":{"n":1.0}}',),
        (None,),
    ]
    assert report.drifted_columns == ["b", "c", "z"]


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_a_line_may_nest_a_hundred_levels_its_own_object_the_first(company: Any) -> None:
    details = '{"a":' + nested(98) + "}"
    activity = '{"activity_id": "a", "lead_id": "b", "activity_type": "call", "occurred_at": "2025-01-01", %s}\n'
    company.write("activities/a.jsonl", activity % f'"details": {details}, "note": {nested(99)}, "text": "{"[" * 300}"')
    company.load()
    assert company.quarantined() == []
    assert company.rows("select details, length(_extra) from raw.activities") == [(details, 198 + 300 + 19)]


def test_a_further_key_never_costs_its_line(company: Any) -> None:
    lead = '{"lead_id": "%s", "created_at": "2025-01-01", %s}\n'
    further = {
        "doubled": '"note": 1, "note": {"n": 2}',
        "half": '"note": ["\\ud800 \\ud83d\\ude00", {"\\udfff": 1}]',
        "half_key": '"\\ud800": 1, "b": 2',
        "half_key_of_null": '"\\ud800": null',
        "two_halves": '"\\ud800": 1, "\\udc00": 2',
    }
    company.write("leads/a.jsonl", "".join(lead % member for member in further.items()))
    report = company.load().feeds["leads"]
    assert dict(company.rows("select lead_id, _extra from raw.leads")) == {
        "doubled": '{"note":{"n":2}}',
        "half": '{"note":["\ufffd 😀",{"\ufffd":1}]}',
        "half_key": '{"b":2,"\ufffd":1}',
        "half_key_of_null": None,
        "two_halves": '{"\ufffd":2}',
    }
    assert report.drifted_columns == ["b", "note", "\ufffd"]
    assert company.rows("select drifted_columns from ops.batch_feeds where feed = 'leads'") == [("b,note,\ufffd",)]
