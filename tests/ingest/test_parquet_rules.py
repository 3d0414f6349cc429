"""What the contract says of Parquet files: typed values count as their text."""

import io
import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from hashlib import md5
from time import process_time
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest

from ingest.json_lines import TOO_DEEP, is_too_deep
from ingest.parquet_nests import texts_of
from ingest.staging import Staging

JANUARY = datetime(2025, 1, 1, tzinfo=UTC)


def parquet(**columns: pa.Array) -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), sink)
    return sink.getvalue()


def contract(**columns: pa.Array) -> bytes:
    """A file of one good contract, some of its columns replaced."""
    one_day = pa.array([date(2025, 1, 1)])
    good = {
        "contract_id": pa.array(["c"]),
        "customer_id": pa.array(["k"]),
        "signed_at": one_day,
        "starts_on": one_day,
        "mrr": pa.array([1]),
    }
    return parquet(**{**good, **columns})


def nanoseconds(text: str) -> pa.Array:
    return pa.array([text]).cast(pa.timestamp("ns"))


SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("customer_id", pa.array([17]), "17"),
        ("customer_id", pa.array([17.0]), "17"),
        ("customer_id", pa.array([1.5], pa.float32()), "1.5"),
        ("customer_id", pa.array([1e22]), "10000000000000000000000"),
        ("customer_id", pa.array([-2.5e-7]), "-0.00000025"),
        ("customer_id", pa.array([Decimal("17.50")]), "17.5"),
        ("customer_id", pa.array([Decimal(100)]), "100"),
        ("customer_id", pa.array([True]), "true"),
        ("customer_id", pa.array([b" k "]), "k"),
        ("customer_id", pa.array(["k"]).dictionary_encode(), "k"),
        ("customer_id", pa.array([[1, 2]]), "[1,2]"),
        ("product", pa.array([None]), None),
        ("mrr", pa.array([12.5]), Decimal("12.5")),
        ("mrr", pa.array([0.1]), Decimal("0.1")),
        ("mrr", pa.array([Decimal("0.10")]), Decimal("0.1")),
        ("mrr", pa.array([999999999999]), Decimal(999999999999)),
        ("mrr", pa.array([" 7 "]), Decimal(7)),
        ("is_deleted", pa.array([1]), True),
        ("is_deleted", pa.array([True]), True),
        ("is_deleted", pa.array([None], pa.bool_()), False),
        ("signed_at", pa.array([JANUARY]), JANUARY),
        ("signed_at", pa.array([datetime(2025, 1, 1, 9, tzinfo=SEOUL)]), JANUARY),
        ("signed_at", pa.array([datetime(2025, 1, 1)], pa.timestamp("s")), JANUARY),
        ("signed_at", pa.array([datetime(2025, 1, 1)], pa.timestamp("ms")), JANUARY),
        ("signed_at", pa.array([date(2025, 1, 1)]), JANUARY),
        (
            "signed_at",
            nanoseconds("2025-01-01T00:00:00.000000999"),
            JANUARY,
        ),
        (
            "signed_at",
            nanoseconds("1969-12-31T23:59:59.999999999"),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ),
        (
            "signed_at",
            nanoseconds("2025-01-01T00:00:00.000000999").cast(pa.timestamp("ns", "UTC")),
            JANUARY,
        ),
        ("ends_on", pa.array([date(2025, 2, 1)]), date(2025, 2, 1)),
        ("ends_on", pa.array([datetime(2025, 2, 1)]), date(2025, 2, 1)),
        ("ends_on", pa.array([datetime(2025, 2, 1, tzinfo=UTC)]), date(2025, 2, 1)),
        ("ends_on", pa.array(["2025-02-01"]), date(2025, 2, 1)),
        ("ends_on", pa.array([date(9999, 12, 31)]), None),
        ("ends_on", pa.array([datetime(9999, 12, 31, 23, 59)]), None),
        ("ends_on", pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), None),
        ("cancelled_on", pa.array([2**63 - 1]).cast(pa.timestamp("us")), None),
        ("cancelled_on", pa.array([2**63 - 1]).cast(pa.timestamp("us", "UTC")), None),
        ("customer_id", pa.array([1.5], pa.float16()), "1.5"),
        ("customer_id", pa.array([Decimal("1e-9")]), "0.000000001"),
        ("customer_id", pa.array([UUID(int=1).bytes], pa.uuid()), str(UUID(int=1))),
        ("customer_id", pa.array([b"k\xc3\xa9"], pa.binary(3)), "ké"),
        ("customer_id", pa.array([time(1, 2, 3)]), "01:02:03"),
        ("customer_id", pa.array([110000000000.0]), "110000000000"),
        ("product", pa.array([datetime(2025, 1, 1, 1, 2, 3, 400000)]), "2025-01-01 01:02:03.4"),
        ("product", pa.array([datetime(2025, 1, 1, 9, tzinfo=SEOUL)]), "2025-01-01 00:00:00Z"),
        ("product", pa.array([{"a": [1, None], "b": {"c": 1.5}}]), '{"a":[1,null],"b":{"c":1.5}}'),
        ("product", pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), '{"k":1}'),
    ],
)
def test_a_typed_value_is_read_by_its_type(company: Any, column: str, value: pa.Array, expected: Any) -> None:
    company.write("contracts/a.parquet", contract(**{column: value}))
    company.load()
    assert company.quarantined() == []
    assert company.rows(f"select {column} from raw.contracts") == [(expected,)]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("mrr", pa.array([-1]), "invalid_value"),
        ("mrr", pa.array([10**15]), "invalid_value"),
        ("mrr", pa.array([Decimal(10**15)]), "invalid_value"),
        ("mrr", pa.array([2**64 - 1], pa.uint64()), "invalid_value"),
        ("mrr", pa.array([float("nan")]), "invalid_type"),
        ("mrr", pa.array([float("inf")]), "invalid_type"),
        ("mrr", pa.array([True]), "invalid_type"),
        ("mrr", pa.array([None], pa.int64()), "missing_required"),
        ("is_deleted", pa.array([2]), "invalid_type"),
        ("is_deleted", pa.array([1.5]), "invalid_type"),
        ("signed_at", pa.array([1735689600]), "invalid_type"),
        ("signed_at", pa.array([date(1899, 12, 31)]), "invalid_value"),
        ("signed_at", pa.array([datetime(2201, 1, 1)]), "invalid_value"),
        ("ends_on", pa.array([datetime(2025, 2, 1, 0, 0, 1)]), "invalid_type"),
        ("ends_on", nanoseconds("2025-02-01T00:00:00.000000001"), "invalid_type"),
        ("ends_on", pa.array([datetime(2025, 2, 1, 12, tzinfo=UTC)]), "invalid_type"),
        ("ends_on", pa.array([date(2201, 1, 1)]), "invalid_value"),
        ("ends_on", pa.array([20250201]), "invalid_type"),
        ("currency", pa.array([1]), "invalid_value"),
    ],
)
def test_a_typed_value_may_be_wrong(company: Any, column: str, value: pa.Array, reason: str) -> None:
    company.write("contracts/a.parquet", contract(**{column: value}))
    company.load()
    assert company.quarantined("reason, split_part(split_part(detail, ':', 1), ' ', 1)") == [(reason, column)]


def test_a_bad_row_is_kept_as_json(company: Any) -> None:
    company.write(
        "contracts/a.parquet",
        contract(mrr=pa.array([-1]), note=pa.array([{"n": 1}]), empty=pa.array([None])),
    )
    company.load()
    assert company.quarantined() == [
        (
            1,
            "invalid_value",
            "mrr: '-1' is below 0",
            '{"contract_id":"c","customer_id":"k","signed_at":"2025-01-01",'
            '"starts_on":"2025-01-01","mrr":-1,"note":{"n":1}}',
        )
    ]


def test_a_whole_number_column_takes_every_whole_type(company: Any) -> None:
    company.write(
        "leads/a.parquet",
        parquet(
            lead_id=pa.array([1, 2]),
            created_at=pa.array([JANUARY, JANUARY]),
            employee_count=pa.array([450.0, 12.5]),
            opted_out=pa.array(["yes", "no"]),
        ),
    )
    company.load()
    assert company.quarantined() == []
    assert company.rows("select lead_id, employee_count, opted_out, _extra from raw.leads order by 1") == [
        ("1", 450, True, None),
        ("2", None, False, '{"invalid_employee_count":"12.5"}'),
    ]


def test_names_are_exact_and_trimmed_and_further_ones_kept(company: Any) -> None:
    company.write(
        "contracts/a.parquet",
        contract(**{"Product": pa.array([1.5]), " product ": pa.array(["x"]), "PRODUCT": pa.array(["y"])}),
    )
    report = company.load().feeds["contracts"]
    assert company.rows("select product, _extra from raw.contracts") == [("x", '{"PRODUCT":"y","Product":1.5}')]
    assert report.drifted_columns == ["PRODUCT", "Product"]


def test_a_folder_name_is_no_column(company: Any) -> None:
    company.write("contracts/product=x/mrr=9/a.parquet", contract())
    company.load()
    assert company.rows("select product, mrr from raw.contracts") == [(None, Decimal(1))]


def test_a_column_named_like_a_row_number_is_one_more_column(company: Any) -> None:
    company.write("contracts/a.parquet", contract(file_row_number=pa.array([7])))
    company.load()
    assert company.rows("select _source_row, _extra from raw.contracts") == [(1, '{"file_row_number":7}')]


def test_a_doubled_column_makes_every_row_unparseable(company: Any) -> None:
    names = ["lead_id", "created_at", "email", "email"]
    columns = [pa.array([value]) for value in ("a", "2025-01-01", "x", "y")]
    sink = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_arrays(columns, names), sink)
    company.write("leads/a.parquet", sink.getvalue())
    company.load()
    assert company.quarantined() == [
        (
            1,
            "unparseable_row",
            "column email is in the file more than once",
            '{"lead_id":"a","created_at":"2025-01-01","email":"x","email":"y"}',
        )
    ]


@pytest.mark.parametrize("name", ["source_row", "Source_Row", "file_row_number"])
def test_an_extra_column_may_be_called_like_one_of_ours(company: Any, name: str) -> None:
    company.write("contracts/a.parquet", contract(**{name: pa.array(["abc"])}))
    company.load()
    assert company.rows("select _source_row, _extra from raw.contracts") == [(1, f'{{"{name}":"abc"}}')]


def leads(extra: pa.Array, name: str = "further") -> bytes:
    """A file of good leads with one further column."""
    ids = pa.array([f"lead-{number}" for number in range(len(extra))])
    return parquet(lead_id=ids, created_at=pa.array(["2025-01-01"] * len(extra)), **{name: extra})


def unchecked_strings(*contents: bytes) -> pa.Array:
    """Texts that need not be UTF-8, as careless writers make them."""
    given = pa.array(contents, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(given), given.buffers())


DIGEST = md5(b"x").digest()
POINT = bytes.fromhex("0101000000000000000000f03f0000000000000040")
IN_A_STRUCT = {"d": DIGEST, "n": 1}


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (pa.array([DIGEST, None, b"text"]), [DIGEST.hex(), None, "text"]),
        (pa.array([DIGEST, None], pa.binary(16)), [DIGEST.hex(), None]),
        (pa.array([DIGEST], pa.large_binary()), [DIGEST.hex()]),
        (pa.array([POINT, b"\x00\x01", b""]), [POINT.hex(), "0001", None]),
        (pa.array([IN_A_STRUCT, None]), [{"d": DIGEST.hex(), "n": 1}, None]),
        (pa.array([[DIGEST, b"a", None]]), [[DIGEST.hex(), "a", None]]),
        (pa.array([[], [[DIGEST]], None, [[b"a"], []]]), [[], [[DIGEST.hex()]], None, [["a"], []]]),
        (pa.array([[("k", DIGEST)], None], pa.map_(pa.string(), pa.binary())), [{"k": DIGEST.hex()}, None]),
        (pa.array([[(1, [DIGEST])]], pa.map_(pa.int32(), pa.list_(pa.binary()))), [{"1": [DIGEST.hex()]}]),
        (
            pa.array([[DIGEST, b"a"], None, [b"c", b"d"]], pa.list_(pa.binary(), 2)),
            [[DIGEST.hex(), "a"], None, ["c", "d"]],
        ),
        (unchecked_strings(b"caf\xe9", b"ok", b" "), ["636166e9", "ok", None]),
        (pa.array([10**18, 0], pa.int64()).cast(pa.timestamp("ms")), [10**18, "1970-01-01 00:00:00"]),
        (pa.array([UUID(int=7).bytes], pa.uuid()), [str(UUID(int=7))]),
        (pa.array([time(1, 2, 3, 500000)]), ["01:02:03.5"]),
        (pa.array([1.5, math.nan, -math.inf], pa.float16()), [1.5, "nan", "-inf"]),
        (pa.array([Decimal("1.50")], pa.decimal256(60, 2)), [1.5]),
        (pa.array([timedelta(seconds=3)]), [3000000]),
        (pa.array(["a", None]).dictionary_encode(), ["a", None]),
        (pa.nulls(2), [None, None]),
        (pa.array([True, False]), [True, False]),
        (pa.array([date(2025, 1, 1)]), ["2025-01-01"]),
        (pa.array(['{"a": 1}'], pa.json_()), ['{"a": 1}']),
        (pa.array([2**64 - 1], pa.uint64()), [2**64 - 1]),
    ],
    ids=lambda value: str(getattr(value, "type", ""))[:40],
)
def test_a_further_column_of_any_type_costs_no_row(company: Any, values: pa.Array, kept: list[Any]) -> None:
    company.write("leads/a.parquet", leads(values))
    company.load()
    assert company.quarantined() == []
    rows = [extra for (extra,) in company.rows("select _extra from raw.leads order by _source_row")]
    assert [None if extra is None else json.loads(extra)["further"] for extra in rows] == kept


DATABASE_TYPES = {
    "geometry": "'POINT(1 2)'::geometry",
    "variant": "{'a': 1}::variant",
    "enum": "'a'::enum('a', 'b')",
    "interval": "interval 1 day",
    "hugeint": "1::hugeint",
    "bit": "'101'::bit",
    "bignum": "1::bignum",
    "union": "union_value(a := 1)",
    "endless": "'infinity'::timestamp",
    "time_ns": "'12:00'::time_ns",
    "array": "[1, 2]::int[2]",
}


@pytest.mark.parametrize("expression", DATABASE_TYPES.values(), ids=DATABASE_TYPES)
def test_a_further_column_of_a_database_costs_no_row(company: Any, expression: str) -> None:
    path = company.write("leads/a.parquet", b"")
    duckdb.sql(f"copy (select 'a' as lead_id, '2025-01-01' as created_at, {expression} as further) to '{path}'")
    company.load()
    assert company.quarantined() == []
    ((extra,),) = company.rows("select _extra from raw.leads")
    assert list(json.loads(extra)) == ["further"]


def test_a_further_int96_column_costs_no_row(company: Any) -> None:
    table = pa.table({"lead_id": ["a"], "created_at": pa.array([JANUARY]), "seen": pa.array([JANUARY])})
    pa.parquet.write_table(table, company.write("leads/a.parquet", b""), use_deprecated_int96_timestamps=True)
    company.load()
    assert company.rows("select created_at, _extra from raw.leads") == [(JANUARY, '{"seen":"2025-01-01 00:00:00"}')]


def nest(levels: int) -> pa.Array:
    """One value that holds objects within objects."""
    value = pa.array([1])
    for _ in range(levels):
        value = pa.StructArray.from_arrays([value], ["a"])
    return value


@pytest.mark.parametrize("levels", [60, 97])
def test_a_further_column_may_nest_as_deep_as_the_format_is_read(company: Any, levels: int) -> None:
    company.write("leads/a.parquet", leads(nest(levels)))
    company.load()
    ((extra,),) = company.rows("select _extra from raw.leads")
    assert extra.count('"a"') == levels


@pytest.mark.parametrize("levels", [99, 100, 150])
def test_values_are_followed_a_hundred_levels(levels: int) -> None:
    found = texts_of(nest(levels))
    assert bool(found.faults) == (levels > 99)
    (fragment,) = found.fragments()
    assert (TOO_DEEP in fragment) == (levels > 99)
    assert not is_too_deep(f'{{"further":{fragment}}}')


@pytest.mark.parametrize(
    ("column", "values", "detail"),
    [
        ("customer_id", unchecked_strings(b"k", b"caf\xe9", b"m"), "customer_id is no valid UTF-8"),
        ("product", pa.array([b"k", DIGEST, b"m"]), "product is no valid UTF-8"),
        ("product", pa.array([{"a": b"k"}, {"a": DIGEST}, None]), "product is no valid UTF-8"),
        ("signed_at", pa.array([0, 10**18, 0]).cast(pa.timestamp("ms")), "signed_at is a time out of range"),
        ("signed_at", pa.array([0, -(2**63), 0]).cast(pa.timestamp("ms", "UTC")), "signed_at is a time out of range"),
        ("signed_at", pa.array([0, 2**63 - 1, 0]).cast(pa.timestamp("us")), "signed_at is a time out of range"),
        ("starts_on", pa.array([0, 2**31 - 1, 0], pa.int32()).cast(pa.date32()), "starts_on is a time out of range"),
    ],
    ids=range(7),
)
def test_a_value_that_cannot_be_read_costs_its_own_row_alone(
    company: Any, column: str, values: pa.Array, detail: str
) -> None:
    good = {
        "contract_id": pa.array(["c1", " c2\u200b", "c3"]),
        "customer_id": pa.array(["k"] * 3),
        "signed_at": pa.array([date(2025, 1, 1)] * 3),
        "starts_on": pa.array([date(2025, 1, 1)] * 3),
        "mrr": pa.array([1, 2, 3]),
    }
    company.write("contracts/a.parquet", parquet(**{**good, column: values}))
    company.load()
    assert company.rows("select contract_id, _source_row from raw.contracts order by 2") == [("c1", 1), ("c3", 3)]
    ((row, reason, found, raw_row),) = company.quarantined()
    assert (row, reason, found) == (2, "unparseable_row", detail)
    assert json.loads(raw_row)["contract_id"] == " c2\u200b"
    assert company.quarantined("row_key") == [("c2",)]


def test_bad_rows_of_a_long_file_bring_their_own_text_too(company: Any) -> None:
    count = 30_000
    mrr = [str(number) for number in range(count)]
    mrr[17] = mrr[count - 1] = "free"
    company.write(
        "contracts/a.parquet",
        parquet(
            contract_id=pa.array([f"c{number}" for number in range(count)]),
            customer_id=pa.array(["k"] * count),
            signed_at=pa.array([JANUARY] * count),
            starts_on=pa.array([date(2025, 1, 1)] * count),
            mrr=pa.array(mrr),
        ),
    )
    assert company.load().feeds["contracts"].rows_accepted == count - 2
    assert [(row, json.loads(raw_row)["mrr"]) for row, *_, raw_row in company.quarantined()] == [
        (18, "free"),
        (count, "free"),
    ]


def _varint(number: int) -> bytes:
    """A whole number as the footer of a Parquet file spells it."""
    zigzag, spelled = 2 * number, bytearray()
    while zigzag > 127:
        spelled.append(zigzag & 127 | 128)
        zigzag >>= 7
    return bytes([*spelled, zigzag])


def damaged_files() -> Iterator[tuple[str, bytes]]:
    """Files that cannot be read to their end."""
    count = 2_000
    table = pa.table(
        {"lead_id": [f"l{n}" for n in range(count)], "created_at": ["2025-01-01"] * count, "flag": [7] * count}
    )
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink, compression="zstd", write_page_checksum=True)
    content = sink.getvalue()
    group = pa.parquet.ParquetFile(io.BytesIO(content)).metadata.row_group(0)
    for index in range(3):
        column = group.column(index)
        start = column.dictionary_page_offset or column.data_page_offset
        middle = start + column.total_compressed_size - 3
        yield f"page of {column.path_in_schema}", content[:middle] + b"\xff\x00\xff" + content[middle + 3 :]
    plain = io.BytesIO()
    pa.parquet.write_table(table, plain, compression="none", use_dictionary=False, write_page_checksum=True)
    yield "one letter of a page", plain.getvalue().replace(b"l1234", b"l1239", 1)
    told, more_told = (b"\x16" + _varint(rows) for rows in (count, count + 1))
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    yield "more rows told than held", content[:footer] + content[footer:].replace(told, more_told, 1)
    yield "cut", content[:-100]
    yield "footer cut", content[:-20] + content[-8:]
    yield "no rows told", b"PAR1" + content[4:-8] + (10**9).to_bytes(4, "little") + b"PAR1"
    yield "encrypted", content[:-4] + b"PARE"
    yield "no parquet", b"\x00" * 100
    named = leads(pa.array([1]), "further")
    yield "a name that is no UTF-8", named.replace(b"further", b"f\xfcrther")


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in damaged_files()])
def test_a_file_that_cannot_be_read_to_its_end_is_one_row(company: Any, content: bytes) -> None:
    company.write("leads/a.parquet", content)
    company.write("leads/b.parquet", leads(pa.array([1])))
    report = company.load().feeds["leads"]
    assert company.rows("select _source from raw.leads") == [("leads/b.parquet",)]
    assert company.quarantined("source, source_row, reason, raw_row") == [
        ("leads/a.parquet", None, "unparseable_row", None)
    ]
    assert report.rows_read == 2
    assert company.load().feeds["leads"].rows_read == 0


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"", []),
        (leads(pa.array([], pa.int64())), []),
        (parquet(email=pa.array([], pa.string())), [("missing_required", None)]),
        (parquet(), [("missing_required", None)]),
    ],
    ids=["no bytes", "no rows", "no required column", "no column"],
)
def test_a_file_without_rows(company: Any, content: bytes, rows: list[Any]) -> None:
    company.write("leads/a.parquet", content)
    report = company.load().feeds["leads"]
    assert company.quarantined("reason, source_row") == rows
    assert (report.rows_read, report.rows_accepted) == (len(rows), 0)


def test_groups_of_no_rows_are_passed_over(company: Any) -> None:
    schema = pa.schema([("lead_id", pa.string()), ("created_at", pa.string())])
    path = company.write("leads/a.parquet", b"")
    with pa.parquet.ParquetWriter(path, schema) as writer:
        for ids in ([], ["a"], [], ["b", "c"], []):
            writer.write_table(pa.table([ids, ["2025-01-01"] * len(ids)], schema=schema))
    company.load()
    assert company.rows("select lead_id, _source_row from raw.leads order by 2") == [("a", 1), ("b", 2), ("c", 3)]


def test_names_of_further_columns_are_what_they_are(company: Any) -> None:
    names = [
        'a"b',
        "a.b",
        "a'b",
        "",
        "  ",
        "Lead_ID",
        "source",
        "extra",
        "raw_row",
        "c_lead_id",
        "_source",
        "*",
        "a\nb",
        "né",
    ]
    values = {name: pa.array([number]) for number, name in enumerate(names)}
    company.write("leads/a.parquet", parquet(lead_id=pa.array(["x"]), created_at=pa.array(["2025-01-01"]), **values))
    report = company.load().feeds["leads"]
    ((extra,),) = company.rows("select _extra from raw.leads")
    expected = {name: number for number, name in enumerate(names)}
    expected["column_6"], expected["column_7"] = expected.pop(""), expected.pop("  ")
    assert json.loads(extra) == expected
    assert report.drifted_columns == sorted(expected)


def test_many_columns_cost_in_proportion_to_their_number(company: Any) -> None:
    for count in (1_000, 4_000):
        columns = {f"further_{number}": pa.array([number]) for number in range(count)}
        company.write(
            f"leads/{count}.parquet", parquet(lead_id=pa.array(["x"]), created_at=pa.array(["2025-01-01"]), **columns)
        )
    started = process_time()
    company.load()
    assert process_time() - started < 10
    assert [len(json.loads(extra)) for (extra,) in company.rows("select _extra from raw.leads order by _source")] == [
        1_000,
        4_000,
    ]


def test_small_files_are_judged_together(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    judge = Staging._judge
    monkeypatch.setattr(Staging, "_judge", lambda *arguments: judged.append(arguments) or judge(*arguments))
    for number in range(30):
        company.write(f"leads/{number}.parquet", leads(pa.array([number])))
        company.write(f"leads/{number}.jsonl", f'{{"lead_id": "j{number}", "created_at": "2025-01-01"}}')
    company.write("leads/bad.parquet", b"PAR1")
    assert company.load().feeds["leads"].rows_accepted == 60
    assert len(judged) <= 2
    assert company.rows("select count(distinct _source) from raw.leads") == [(60,)]


def test_want_of_memory_is_no_fault_of_the_file(company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: Any, **__: Any) -> None:
        raise pa.ArrowMemoryError("malloc failed")

    company.write("leads/a.parquet", leads(pa.array([1])))
    monkeypatch.setattr(pa.parquet.ParquetFile, "iter_batches", no_memory)
    with pytest.raises(pa.ArrowMemoryError):
        company.load()
    monkeypatch.undo()
    assert company.load().feeds["leads"].rows_accepted == 1
