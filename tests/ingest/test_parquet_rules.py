"""What the contract says of Parquet files: typed values count as their text."""

import io
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

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
    assert company.rows("select lead_id, employee_count, opted_out from raw.leads") == [("1", 450, True)]
    assert company.quarantined("detail") == [("employee_count: '12.5' is no whole number",)]


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
