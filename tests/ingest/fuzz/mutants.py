"""Files that are a little wrong: mutants of good ones, in their bytes, values, names and nesting.

A mutant is made from its format and number alone, so that one that a test names can be made again.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from ingest.feeds import FEEDS

FORMATS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")
GOOD: dict[str, dict[str, str]] = {
    "leads": {
        "lead_id": "lead",
        "created_at": "2025-01-01",
        "email": "kim@example.com",
        "employee_count": "450",
        "country": "KR",
        "opted_out": "no",
    },
    "activities": {
        "activity_id": "activity",
        "lead_id": "lead",
        "activity_type": "opportunity_created",
        "occurred_at": "2025-01-01T10:00:00Z",
        "opportunity_id": "o",
        "details": '{"a": 1}',
        "amount": "12.50",
    },
    "contracts": {
        "contract_id": "contract",
        "customer_id": "customer",
        "signed_at": "2025-01-01 10:00",
        "starts_on": "2025-01-01",
        "ends_on": "2025-12-31",
        "mrr": "100",
        "currency": "EUR",
    },
}
ODD_TEXTS = (
    "",
    " ",
    "\u200b",
    "\ufeff",
    "NULL",
    "x" * 3_000,
    "1.10E+11",
    "infinity",
    "-infinity",
    "9999-12-31",
    "0000-00-00",
    "2025-02-30",
    "2025-01-01T00:00:00+18:00",
    "2025-01-01 00:00 UTC",
    "1e400",
    "-0",
    "9" * 40,
    "0." + "0" * 60 + "1",
    "nan",
    "\x00",
    "a\x00b",
    "\x1a",
    '"',
    '""',
    "'",
    ",",
    "a,b",
    "a\nb",
    "a\r\nb",
    "\\",
    "\\N",
    "\u2028",
    "😀\u200d",
    "\ud800",
    "{" * 50,
    '{"a":' * 400,
    "[" * 101 + "]" * 101,
    '{"a":{"b":[1]}}',
    "{}",
    "true",
    "lead-1",
    "=cmd()",
    "1900-01-01",
    "2201-01-01",
)
ODD_NAMES = (
    "",
    " ",
    "lead_id",
    " lead_id ",
    "LEAD_ID",
    "_extra",
    "_source",
    "source_row",
    "source",
    "extra",
    "raw_row",
    "c0",
    "c_lead_id",
    "given_lead_id",
    "fault",
    "invalid_country",
    "select",
    '"',
    "a.b",
    "a,b",
    "a\nb",
    "é",
    "\u200b",
    "\ud800",
    "x" * 500,
    "column_1",
    "'; drop table raw.leads; --",
)


@dataclass(frozen=True)
class Mutant:
    """A file that need not be right: its feed and its bytes."""

    feed: str
    content: bytes


def mutant(file_format: str, number: int) -> Mutant:
    """The mutant of a format with this number."""
    random = Random(f"{file_format} {number}")
    feed = random.choice(list(FEEDS))
    rows = _rows(feed, number, random)
    plain_format = file_format.removesuffix(".gz")
    content = _WRITERS[plain_format](rows, random)
    is_packed = file_format.endswith(".gz")
    if random.random() < (0.7 if plain_format == "parquet" else 0.4):
        content = _with_wrong_bytes(content, random)
    if is_packed:
        content = gzip.compress(content, 1, mtime=0)
        if random.random() < 0.3:
            content = _with_wrong_bytes(content, random)
    return Mutant(feed, content)


def _rows(feed: str, number: int, random: Random) -> list[dict[str, Any]]:
    rows = []
    for row in range(random.choice((0, 1, 1, 3, 40))):
        texts: dict[str, Any] = {**GOOD[feed], next(iter(GOOD[feed])): f"{number}-{row}"}
        if random.random() < 0.4:
            texts[random.choice(list(texts))] = random.choice(ODD_TEXTS)
        rows.append(texts)
    changes = [(name, random.choice(ODD_NAMES)) for name in GOOD[feed] if random.random() < 0.1 * random.choice((0, 1))]
    added = random.sample(ODD_NAMES, random.choice((0, 0, 1, 3)))
    for texts in rows:
        for old, new in changes:
            texts[new] = texts.pop(old, None)
        for name in added:
            texts[name] = random.choice(ODD_TEXTS)
    return rows


def _csv(rows: list[dict[str, Any]], random: Random) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=random.choice(("\n", "\r\n", "\r")), quoting=random.choice((0, 0, 1)))
    names = list(rows[0]) if rows else list(GOOD["leads"])
    writer.writerow(random.choice([names] * 14 + [names[::-1], [*names, names[0]]]))
    for row in rows:
        values = [row.get(name, "") for name in names]
        writer.writerow(random.choice([values] * 20 + [values[:-1], [*values, "more"], []]))
    encoding = random.choice(["utf-8"] * 14 + ["utf-8-sig", "utf-16", "latin-1"])
    return text.getvalue().encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


def _jsonl(rows: list[dict[str, Any]], random: Random) -> bytes:
    lines = [_json_line(row, random) for row in rows]
    return random.choice(("\n", "\r\n", "\n\n")).join(lines).encode("utf-8", "surrogatepass")


def _json_line(row: dict[str, Any], random: Random) -> str:
    values = {name: _typed(text, random) for name, text in row.items()}
    members = [f"{json.dumps(name)}: {_json_value(value, random)}" for name, value in values.items()]
    if random.random() < 0.05:
        members.append(random.choice(members))
    return random.choice(["{%s}"] * 40 + ["[%s]", "{%s", "{%s}}", "%s", "[{%s}]"]) % ",".join(members)


def _json_value(value: Any, random: Random) -> str:
    if random.random() < 0.02:
        levels = random.choice((1, 5, 97, 98, 99, 100, 330, 990, 5_000))
        opening, closing = random.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
        return opening * levels + "1" + closing * levels
    return json.dumps(value, ensure_ascii=random.random() < 0.5)


def _typed(text: Any, random: Random) -> Any:
    return random.choice([text] * 60 + [None, 1, 1.5, -1e300, 10**30, True, [text], {"a": text}])


def _parquet(rows: list[dict[str, Any]], random: Random) -> bytes:
    names = list(rows[0]) if rows else list(GOOD["leads"])
    columns = {
        name.encode("utf-8", "replace").decode(): _parquet_column([row.get(name) for row in rows], random)
        for name in names
    }
    for kind in random.sample(ODD_COLUMNS, random.choice((0, 1, 2))):
        columns[f"odd_{len(columns)}"] = kind(len(rows), random)
    table = pa.Table.from_arrays(list(columns.values()), list(columns))
    if random.random() < 0.03 and table.num_columns:
        table = table.append_column(table.column_names[0], table.column(0))
    sink = io.BytesIO()
    pa.parquet.write_table(
        table,
        sink,
        compression=random.choice(("snappy", "none", "zstd", "gzip")),
        use_dictionary=random.random() < 0.5,
        row_group_size=random.choice((2, 1_000)),
        data_page_version=random.choice(("1.0", "2.0")),
        write_page_checksum=random.random() < 0.3,
        write_page_index=random.random() < 0.3,
        store_schema=random.random() < 0.5,
    )
    return sink.getvalue()


def _parquet_column(texts: list[Any], random: Random) -> pa.Array:
    contents = [None if text is None else text.encode("utf-8", "surrogatepass") for text in texts]
    binary = pa.array(contents, pa.binary())
    # Texts as a careless writer makes them: what is no UTF-8 is not refused.
    return random.choice((binary, _unchecked(binary), _unchecked(binary), _unchecked(binary).dictionary_encode()))


def _unchecked(binary: pa.Array) -> pa.Array:
    return pa.Array.from_buffers(pa.string(), len(binary), binary.buffers(), binary.null_count)


def _odd_bytes(count: int, random: Random) -> pa.Array:
    return pa.array([random.randbytes(random.choice((0, 1, 16, 4_000))) for _ in range(count)], pa.binary())


def _odd_fixed(count: int, random: Random) -> pa.Array:
    return pa.array([random.randbytes(16) for _ in range(count)], pa.binary(16))


def _odd_times(count: int, random: Random) -> pa.Array:
    kind = pa.timestamp(random.choice(("s", "ms", "us", "ns")), random.choice((None, "UTC", "Asia/Seoul")))
    numbers = [random.choice((0, 10**18, -(2**63), 2**63 - 1, random.getrandbits(60))) for _ in range(count)]
    kind = kind if kind.unit != "s" else pa.timestamp("ms")
    return pa.array(numbers, pa.int64()).cast(kind)


def _odd_objects(count: int, random: Random) -> pa.Array:
    values = [random.choice((None, {"a": random.randbytes(4), "b": [1.5, None]}, {"a": b"x", "b": []}))] * count
    return pa.array(values, pa.struct([("a", pa.binary()), ("b", pa.list_(pa.float64()))]))


def _odd_maps(count: int, random: Random) -> pa.Array:
    return pa.array(
        [random.choice((None, [], [("k", [b"\xff"])]))] * count, pa.map_(pa.string(), pa.list_(pa.binary()))
    )


def _odd_nest(count: int, random: Random) -> pa.Array:
    values: pa.Array = pa.array(range(count), pa.int32())
    for _ in range(random.choice((3, 60, 97))):
        values = pa.StructArray.from_arrays([values], ["a"])
    return values


ODD_COLUMNS: tuple[Callable[[int, Random], pa.Array], ...] = (
    _odd_bytes,
    _odd_fixed,
    _odd_times,
    _odd_objects,
    _odd_maps,
    _odd_nest,
)


def _with_wrong_bytes(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 1, 3))):
        # The end of a file is where Parquet describes it.
        low = random.choice((0, 0, max(0, len(changed) - 600)))
        place = random.randint(low, max(low, len(changed) - random.choice((0, 8, 8, 8))))
        length = random.choice((1, 1, 2, 4, 8, 64))
        random.choice(_WRONGS)(changed, place, length, random)
    return bytes(changed)


def _flip(changed: bytearray, place: int, length: int, random: Random) -> None:
    if place < len(changed):
        changed[place] ^= 1 << random.randrange(8)


def _overwrite(changed: bytearray, place: int, length: int, random: Random) -> None:
    changed[place : place + length] = random.choice((random.randbytes(length), b"\xff" * length, b"\x00" * length))


def _insert(changed: bytearray, place: int, length: int, random: Random) -> None:
    changed[place:place] = random.choice(
        (random.randbytes(length), b'"', b"\n", b"\xef\xbb\xbf", b"\xe9", b"{" * length)
    )


def _remove(changed: bytearray, place: int, length: int, random: Random) -> None:
    del changed[place : place + length]


def _repeat(changed: bytearray, place: int, length: int, random: Random) -> None:
    changed[place:place] = changed[max(0, place - length) : place]


def _cut(changed: bytearray, place: int, length: int, random: Random) -> None:
    del changed[place:]


_WRONGS = (*[_flip] * 8, *[_overwrite] * 4, _insert, _remove, _repeat, _cut)
_WRITERS = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
