"""Each rule of the contract's "Values", as one row in a file of each format."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.macros import create_macros
from ingest.texts import TRIMMED, WHITE_SPACE, WITHOUT_WIDTH, trimmed

GOOD_ROWS: dict[str, dict[str, str | None]] = {
    "leads": {"lead_id": "lead", "created_at": "2025-01-01"},
    "activities": {
        "activity_id": "activity",
        "lead_id": "lead",
        "activity_type": "call",
        "occurred_at": "2025-01-01",
    },
    "contracts": {
        "contract_id": "contract",
        "customer_id": "customer",
        "signed_at": "2025-01-01",
        "starts_on": "2025-01-01",
        "mrr": "1",
    },
}


@dataclass(frozen=True)
class Fault:
    reason: str
    detail: str


@dataclass(frozen=True)
class Blanked:
    """The value is NULL, its text kept beside the feed's columns, and the row accepted."""

    text: str


@dataclass(frozen=True)
class Case:
    feed: str
    column: str
    given: str | None
    expected: Any
    others: dict[str, str | None] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, str | None]:
        return {**GOOD_ROWS[self.feed], **self.others, self.column: self.given}


OUTSIDE = "is outside the years 1900 to 2200"
CUT_ID = "was cut by a spreadsheet and stands for many ids; have the column formatted as text before it is saved"


def nested(levels: int) -> str:
    """A JSON object that is so many levels deep."""
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def wrong_type(column: str, given: str, phrase: str) -> Fault:
    return Fault("invalid_type", f"{column}: '{given}' {phrase}")


def wrong_value(column: str, given: str, phrase: str) -> Fault:
    return Fault("invalid_value", f"{column}: '{given}' {phrase}")


TEXTS = [
    Case("leads", "email", given, expected)
    for given, expected in {
        " kim@example.com\t": "kim@example.com",
        "\u00a0\u3000Kim\u2028": "Kim",
        "\u001cKim\u0085": "\u001cKim",
        "\ufeffKim\u200b": "Kim",
        "\u202a\u200e \u2060Kim\u200d\t\u202e": "Kim",
        "a\u200bb": "a\u200bb",
        "\u200b\u2060": None,
        "\u180ex\u2061": "\u180ex\u2061",
        "\u205fx\u2029": "x",
        "é": "é",
        "민수": "민수",
        "a  b": "a  b",
        "": None,
        " \t\u2003": None,
        "NULL": "NULL",
        "NA": "NA",
        "None": "None",
        "null": "null",
        "01.50": "01.50",
    }.items()
]
DOMAINS = [
    Case("leads", "company_domain", " ACME.Example\u200b", "acme.example"),
    Case("leads", "email", "Kim@ACME.example", "Kim@ACME.example"),
]
KEYS = [
    Case("leads", "lead_id", " lead-7 ", "lead-7"),
    Case("leads", "lead_id", "Lead-7", "Lead-7"),
    Case("leads", "lead_id", "\u200blead-8\ufeff", "lead-8"),
    Case("leads", "lead_id", "\u200b\u2060", Fault("missing_required", "lead_id is empty")),
    Case("leads", "lead_id", "  ", Fault("missing_required", "lead_id is empty")),
    Case("leads", "created_at", "", Fault("missing_required", "created_at is empty")),
    Case("contracts", "mrr", None, Fault("missing_required", "mrr is empty")),
]
LETTERS = [
    Case("leads", "country", "kr", "KR"),
    Case("leads", "country", " Us ", "US"),
    Case("leads", "country", "XX", "XX"),
    *(
        Case("leads", "country", given, Blanked(given.strip()))
        for given in ("KOR", "K", "K1", "ßs", "\u0131t", " Korea ", 'K"', "1.5")
    ),
    Case("contracts", "currency", "eur", "EUR"),
    Case("contracts", "currency", "", None),
    *(
        Case("contracts", "currency", given, wrong_value("currency", given, "is no three-letter currency"))
        for given in ("€", "EURO", "US")
    ),
]
BOOLEANS = [
    *(Case("leads", "opted_out", given, True) for given in ("true", "T", "Yes", "y", "1", "TRUE", " tRuE ")),
    *(Case("leads", "opted_out", given, False) for given in ("false", "F", "NO", "n", "0", "", None)),
    *(
        Case("leads", "opted_out", given, wrong_type("opted_out", given, "is no yes or no"))
        for given in ("2", "on", "NULL", "1.0")
    ),
]
INTEGERS = [
    Case("leads", "employee_count", "450", 450),
    Case("leads", "employee_count", "450.0", 450),
    Case("leads", "employee_count", "450.000", 450),
    Case("leads", "employee_count", "007", 7),
    Case("leads", "employee_count", "-0", 0),
    Case("leads", "employee_count", "9223372036854775807", 9223372036854775807),
    *(
        Case("leads", "employee_count", given, Blanked(given))
        for given in ("12.7", "1e3", "1,000", "1_000", "+5", "450.", ".5", "nan", "NULL", "٣", "0x1", "-5", "50-99")
    ),
    Case("leads", "employee_count", "9223372036854775808", Blanked("9223372036854775808")),
]
COSTS = [
    Case("leads", "acquisition_cost", "12.50", Decimal("12.5")),
    *(Case("leads", "acquisition_cost", given, Blanked(given)) for given in ("x", "-1", "1,5", "1e3", "1" * 13)),
]
IDS = [
    *(
        Case(feed, column, given, wrong_value(column, given.strip(), CUT_ID))
        for given in ("1.10E+11", " 1.1E-5 ", "9.0123456789E+123")
        for feed, column in [
            ("leads", "lead_id"),
            ("leads", "campaign_id"),
            ("leads", "owner_id"),
            ("leads", "merged_into_lead_id"),
            ("activities", "activity_id"),
            ("activities", "lead_id"),
            ("activities", "opportunity_id"),
            ("activities", "actor_id"),
            ("activities", "campaign_id"),
            ("activities", "content_id"),
            ("contracts", "contract_id"),
            ("contracts", "customer_id"),
            ("contracts", "lead_id"),
            ("contracts", "opportunity_id"),
            ("contracts", "renews_contract_id"),
            ("contracts", "owner_id"),
        ]
    ),
    *(
        Case("leads", "lead_id", given, given)
        for given in ("1E+11", "1.1e+11", "11.0E+11", "1.1E11", "x1.1E+11", "1.E+1")
    ),
    Case("leads", "full_name", "1.10E+11", "1.10E+11"),
]
DECIMALS = [
    Case("contracts", "mrr", "0", Decimal(0)),
    Case("contracts", "mrr", "-0.00", Decimal(0)),
    Case("contracts", "mrr", "12.345", Decimal("12.345")),
    Case("contracts", "mrr", "0.1", Decimal("0.1")),
    Case("contracts", "mrr", "0" * 40 + "7.5" + "0" * 40, Decimal("7.5")),
    Case(
        "contracts",
        "mrr",
        "999999999999.999999999999999999",
        Decimal("999999999999.999999999999999999"),
    ),
    *(
        Case("contracts", "mrr", given, wrong_type("mrr", given, "is no number"))
        for given in ("1e3", "1,5", "5.", ".5", "+1", "inf", "NaN", "$5", "1 000", "--1")
    ),
    Case("contracts", "mrr", "-0.01", wrong_value("mrr", "-0.01", "is below 0")),
    Case(
        "contracts",
        "mrr",
        "1000000000000",
        wrong_value("mrr", "1000000000000", "has too many digits"),
    ),
    Case(
        "contracts",
        "mrr",
        "0.1234567890123456789",
        wrong_value("mrr", "0.1234567890123456789", "has too many digits"),
    ),
]
TIMESTAMPS = [
    *(
        Case("leads", "created_at", given, expected)
        for given, expected in {
            "2025-01-31": utc(2025, 1, 31),
            "2025-01-31T23:59": utc(2025, 1, 31, 23, 59),
            "2025-01-31 23:59:58": utc(2025, 1, 31, 23, 59, 58),
            "2025-01-31T23:59:58.5Z": utc(2025, 1, 31, 23, 59, 58, 500000),
            "2025-01-31T23:59:58.1234569Z": utc(2025, 1, 31, 23, 59, 58, 123456),
            "2025-01-31T23:59:59.999999999999": utc(2025, 1, 31, 23, 59, 59, 999999),
            "1969-12-31T23:59:59.9999999Z": utc(1969, 12, 31, 23, 59, 59, 999999),
            "2025-01-31T09:00+09:00": utc(2025, 1, 31),
            "2025-01-31T09:00:00+0930": utc(2025, 1, 30, 23, 30),
            "2025-01-31T09:00-05": utc(2025, 1, 31, 14),
            "2025-01-31T09:00+18:00": utc(2025, 1, 30, 15),
            "2024-02-29T00:00Z": utc(2024, 2, 29),
            "2025-01-31T10:00 Z": utc(2025, 1, 31, 10),
            "2025-01-31T10:00z": utc(2025, 1, 31, 10),
            "2025-01-31t10:00 z": utc(2025, 1, 31, 10),
            "2025-01-31 10:00 UTC": utc(2025, 1, 31, 10),
            "2025-01-31 10:00:05.25UTC": utc(2025, 1, 31, 10, 0, 5, 250000),
            "2025-01-31t10:00:05.1234567 +0900": utc(2025, 1, 31, 1, 0, 5, 123456),
            "2025-01-31 10:00 -05:30": utc(2025, 1, 31, 15, 30),
            "2025-01-31 10:00 +09": utc(2025, 1, 31, 1),
            "2200-12-31T23:59-05:00": utc(2201, 1, 1, 4, 59),
            "1900-01-01T00:00+05:00": utc(1899, 12, 31, 19),
        }.items()
    ),
    *(
        Case("leads", "created_at", given, wrong_type("created_at", given, "is no timestamp"))
        for given in (
            "2025-01-31T24:00",
            "2025-01-31T23:60",
            "2025-01-31T23:59:60",
            "2025-02-30",
            "2025-02-29T10:00",
            "2025-13-01",
            "2025-1-31",
            "25-01-31",
            "20250131",
            "2025-01-31T10",
            "2025-01-31T10Z",
            "2025-01-31Z",
            "2025-01-31T10:00  Z",
            "2025-01-31UTC",
            "2025-01-31 +09",
            "2025-01-31  10:00",
            "2025-01-31T10:00 utc",
            "2025-01-31T10:00 GMT",
            "2025-01-31T10:00 + 09",
            "2025-01-31T10:00+9",
            "2025-01-31T10:00+18:01",
            "2025-01-31T10:00+01:60",
            "2025-01-31T10:00:00.",
            "2025-01-31T10:00:00,5",
            "31.01.2025",
            "1738281600",
            "infinity",
            "now",
            "2025-01-31 10:00 KST",
            "2025-01-31 10:00 PM",
            "2025-01-31 (BC)",
        )
    ),
    *(
        Case(
            "leads",
            "created_at",
            given,
            wrong_value("created_at", given, "is outside the years 1900 to 2200"),
        )
        for given in ("1899-12-31T23:59:59Z", "2201-01-01", "0001-01-01T00:00Z", "9999-12-31")
    ),
    Case("leads", "updated_at", None, utc(2025, 1, 1)),
    Case("leads", "updated_at", "2025-01-02", utc(2025, 1, 2)),
    Case("activities", "updated_at", "", utc(2025, 1, 1)),
    Case("contracts", "updated_at", "", utc(2025, 1, 1)),
]
DATES = [
    Case("contracts", "ends_on", "2025-12-31", date(2025, 12, 31)),
    Case("contracts", "ends_on", "", None),
    *(
        Case("contracts", "starts_on", given, date(2025, 1, 31))
        for given in (
            "2025-01-31T00:00",
            "2025-01-31 00:00:00",
            "2025-01-31 00:00:00.000000000",
            "2025-01-31T00:00:00Z",
            "2025-01-31t00:00:00 z",
            "2025-01-31T00:00:00+09:00",
            "2025-01-31 00:00 -0800",
            "2025-01-31 00:00:00 UTC",
        )
    ),
    *(
        Case("contracts", column, given, None)
        for column in ("ends_on", "cancelled_on")
        for given in ("9999-12-31", "9999-01-01", "infinity", "9999-12-31T23:59:59Z", "9999-12-31 00:00:00")
    ),
    *(
        Case("contracts", "cancelled_on", given, wrong_type("cancelled_on", given, "is no date"))
        for given in ("9999-13-31", "9999", "-infinity", "99990101", "9999-12-31T25:00")
    ),
    Case("contracts", "starts_on", "infinity", wrong_type("starts_on", "infinity", "is no date")),
    Case("contracts", "starts_on", "9999-12-31", wrong_value("starts_on", "9999-12-31", OUTSIDE)),
    Case("activities", "expected_close_on", "9999-12-31", wrong_value("expected_close_on", "9999-12-31", OUTSIDE)),
    Case("contracts", "signed_at", "9999-12-31", wrong_value("signed_at", "9999-12-31", OUTSIDE)),
    *(
        Case("contracts", "ends_on", given, wrong_type("ends_on", given, "is no date"))
        for given in (
            "2025-01-01 23:59",
            "2025-01-01T00:00:00.000001Z",
            "2025-01-01T00:00:00.0000000001Z",
            "2025-01-01T15:00:00Z",
            "2025-02-29",
            "2025-02-29T00:00",
            "2025-1-1",
            "01/02/2025",
        )
    ),
    *(
        Case(
            "contracts",
            "ends_on",
            given,
            wrong_value("ends_on", given, "is outside the years 1900 to 2200"),
        )
        for given in ("1899-12-31", "2201-01-01", "0000-01-01", "2201-01-01T00:00Z")
    ),
]
DETAILS = [
    *(
        Case("activities", "details", given, given.strip())
        for given in (
            "{}",
            ' {"score": 9} ',
            '{"a": "NaN, inf,]"}',
            '{"a": {"b": [1, null]}}',
            '{"a": 1e400}',
            '{"a": "x\\"y"}',
            nested(100),
            '{"a": "' + "[" * 500 + '"}',
            '{"a": [' + "[]," * 500 + "[]]}",
        )
    ),
    *(
        Case("activities", "details", given, Blanked(given))
        for given in (
            "[]",
            "[1]",
            '"a"',
            "1",
            "null",
            "{",
            "{'a': 1}",
            "{a: 1}",
            '{"a": NaN}',
            '{"a": -Infinity}',
            '{"a": 1,}',
            '{"a": [1, ]}',
            '{"a": 1} x',
            '{"a": "\\ud800"}',
            nested(101),
            nested(5000),
            '{"a":' * 20_000,
        )
    ),
]
STAGE = [
    Case("activities", "stage", given, expected, {"activity_type": kind, "opportunity_id": "o"})
    for kind, given, expected in [
        ("stage_changed", "mql", "mql"),
        ("stage_changed", " p1 ", "p1"),
        ("stage_changed", "lost", "lost"),
        ("stage_changed", "MQL", wrong_value("stage", "MQL", "is no stage of stages.csv")),
        ("stage_changed", "p9", wrong_value("stage", "p9", "is no stage of stages.csv")),
        (
            "stage_changed",
            "",
            Fault("missing_required", "stage is empty, required for stage_changed"),
        ),
        ("opportunity_phase_changed", "p2", "p2"),
        (
            "opportunity_phase_changed",
            "mql",
            wrong_value("stage", "mql", "is no opportunity phase"),
        ),
        (
            "opportunity_phase_changed",
            None,
            Fault("missing_required", "stage is empty, required for opportunity_phase_changed"),
        ),
        ("call", "nonsense", "nonsense"),
        ("call", "", None),
        ("opportunity_created", "nonsense", "nonsense"),
    ]
]
OPPORTUNITY = [
    Case("activities", "opportunity_id", given, expected, {"activity_type": kind})
    for kind, given, expected in [
        (
            "opportunity_created",
            "",
            Fault("missing_required", "opportunity_id is empty, required for opportunity_created"),
        ),
        (
            "opportunity_anything",
            None,
            Fault("missing_required", "opportunity_id is empty, required for opportunity_anything"),
        ),
        ("opportunity_created", "opp", "opp"),
        ("call", "", None),
        ("Opportunity_created", "", None),
    ]
]
ONE_REASON = [
    Case(
        "leads",
        "created_at",
        "",
        Fault("missing_required", "created_at is empty"),
        {"opted_out": "x", "country": "Korea"},
    ),
    Case(
        "leads",
        "created_at",
        "soon",
        wrong_type("created_at", "soon", "is no timestamp"),
        {"employee_count": "x", "opted_out": "x"},
    ),
    Case(
        "leads",
        "created_at",
        "1800-01-01",
        wrong_type("opted_out", "x", "is no yes or no"),
        {"opted_out": "x"},
    ),
    Case(
        "leads",
        "lead_id",
        "1.1E+5",
        wrong_value("lead_id", "1.1E+5", CUT_ID),
        {"created_at": "1800-01-01", "country": "Korea", "acquisition_cost": "-1"},
    ),
    Case(
        "activities",
        "amount",
        "-1",
        wrong_value("amount", "-1", "is below 0"),
        {"currency": "dollars"},
    ),
    Case(
        "activities",
        "lead_id",
        "",
        Fault("missing_required", "lead_id is empty"),
        {"activity_type": "opportunity_created"},
    ),
]
CASES = [
    *TEXTS,
    *DOMAINS,
    *COSTS,
    *IDS,
    *KEYS,
    *LETTERS,
    *BOOLEANS,
    *INTEGERS,
    *DECIMALS,
    *TIMESTAMPS,
    *DATES,
    *DETAILS,
    *STAGE,
    *OPPORTUNITY,
    *ONE_REASON,
]


def as_csv(rows: list[dict[str, str | None]], names: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_jsonl(rows: list[dict[str, str | None]], names: list[str]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def as_parquet(rows: list[dict[str, str | None]], names: list[str]) -> bytes:
    sink = io.BytesIO()
    schema = pa.schema([(name, pa.string()) for name in names])
    pa.parquet.write_table(pa.Table.from_pylist(rows, schema=schema), sink)
    return sink.getvalue()


WRITERS = {"csv": as_csv, "jsonl": as_jsonl, "parquet": as_parquet}


@pytest.fixture(scope="module", params=list(WRITERS))
def outcomes(request: pytest.FixtureRequest, make_company: Callable[[], Any]) -> dict[tuple[str, int], Any]:
    """What became of each case's row, by feed and row: a dict of its columns, or its Fault."""
    company = make_company()
    for feed in GOOD_ROWS:
        cases = [case for case in CASES if case.feed == feed]
        names = list({name: None for case in cases for name in case.row})
        rows = [case.row for case in cases]
        company.write(f"{feed}/all.{request.param}", WRITERS[request.param](rows, names))
    report = company.load()
    found: dict[tuple[str, int], Any] = {}
    for feed, counted in report.feeds.items():
        assert counted.rows_read == sum(case.feed == feed for case in CASES)
        names = [name for (name,) in company.rows(f"select column_name from (describe raw.{feed})")]
        for row in company.rows(f"select * from raw.{feed}"):
            values = dict(zip(names, row, strict=True))
            found[feed, values["_source_row"]] = values
    for feed, row, reason, detail in company.quarantined("feed, source_row, reason, detail"):
        found[feed, row] = Fault(reason, detail)
    return found


def numbered() -> list[Any]:
    rows = dict.fromkeys(GOOD_ROWS, 0)
    parameters = []
    for case in CASES:
        rows[case.feed] += 1
        name = f"{case.column}-{ascii(case.given)[:60]}-{rows[case.feed]}"
        parameters.append(pytest.param(case, rows[case.feed], id=name))
    return parameters


@pytest.mark.parametrize(("case", "row"), numbered())
def test_a_value_means_what_its_text_says(outcomes: dict[tuple[str, int], Any], case: Case, row: int) -> None:
    outcome = outcomes[case.feed, row]
    if isinstance(case.expected, Fault):
        assert outcome == case.expected
    elif isinstance(case.expected, Blanked):
        assert not isinstance(outcome, Fault), outcome
        assert outcome[case.column] is None
        assert json.loads(outcome["_extra"]) == {f"invalid_{case.column}": case.expected.text}
    else:
        assert not isinstance(outcome, Fault), outcome
        assert outcome[case.column] == case.expected


def test_what_is_trimmed_is_white_space_of_unicode_and_what_has_no_width() -> None:
    python_only = set(map(chr, range(28, 32)))
    assert set(WHITE_SPACE) == {chr(n) for n in range(0x110000) if chr(n).isspace()} - python_only
    assert set(WITHOUT_WIDTH) == set("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")


@pytest.fixture(scope="module")
def engine() -> Any:
    connection = duckdb.connect()
    create_macros(connection)
    return connection


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from(TRIMMED + "\x1c\u180e\u2061\u0301é민a \ufefe\uff00\u00a1\u3001"), max_size=6))
def test_sql_and_python_trim_alike(engine: Any, text: str) -> None:
    (found,) = engine.execute("select clean_text(?::varchar)", [text]).fetchone()
    assert (found or "") == trimmed(text)


def test_what_only_describes_is_counted_and_keeps_what_came_beside_it(company: Any) -> None:
    company.write(
        "leads/a.csv",
        "lead_id,created_at,country,employee_count,acquisition_cost,note,invalid_country\n"
        "a,2025-01-01,Korea,many,-1,x,\n"
        "b,2025-01-01,KOR,,,,theirs\n"
        "c,2025-01-01,KR,5,1,,theirs\n"
        "d,soon,Korea,many,-1,,\n",
    )
    assert company.load().feeds["leads"].rows_accepted == 3
    rows = "select lead_id, country, employee_count, acquisition_cost, _extra from raw.leads order by 1"
    assert company.rows(rows) == [
        (
            "a",
            None,
            None,
            None,
            '{"note":"x","invalid_employee_count":"many","invalid_country":"Korea","invalid_acquisition_cost":"-1"}',
        ),
        ("b", None, None, None, '{"invalid_country":"KOR"}'),
        ("c", "KR", 5, 1, '{"invalid_country":"theirs"}'),
    ]
    assert company.rows("select blanked_values from ops.batch_feeds order by feed") == [(0,), (0,), (4,)]


def test_what_only_describes_is_counted_also_where_it_is_not_stored_again(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at,country\na,2025-01-01,Korea\n")
    company.load()
    company.write("leads/b.csv", "created_at,lead_id,country\n2025-01-01,a,Korea\n")
    company.load()
    assert company.rows("select blanked_values from ops.batch_feeds where feed = 'leads'") == [(1,), (1,)]
    assert company.rows("select count(*) from raw.leads") == [(1,)]
    company.write("leads/c.csv", "lead_id,created_at,country\na,2025-01-01,Chosun\n")
    company.load()
    assert company.rows("select count(*) from raw.leads") == [(2,)]


def test_a_quarantined_row_whose_id_was_cut_has_no_key(company: Any) -> None:
    company.write("leads/a.csv", "lead_id,created_at\n1.1E+11,2025-01-01\n\u200ba ,soon\n")
    company.load()
    assert company.quarantined("reason, row_key") == [("invalid_value", None), ("invalid_type", "a")]
