"""Where a batch's rows wait, typed and judged, until the one transaction that stores them.

It lives in memory and spills to the temporary folder; which origin rows come from is told by
its callers, what is stored of them is decided in `load`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa

from ingest.feeds import FEEDS, Feed
from ingest.macros import create_macros
from ingest.origins import Origin
from ingest.rows import Rows, judge
from ingest.sql import literal, single_value

# Typing and judging rows costs most for the first of them, so those of small origins are judged together.
_ROWS_AT_ONCE = 20_000
_BYTES_AT_ONCE = 16 * 2**20
_FAULT_SCHEMA = pa.schema(
    [("source_row", pa.int64()), ("detail", pa.string()), ("raw_row", pa.string()), ("row_key", pa.string())]
)


def rows_table(
    feed: Feed, texts: Sequence[Any], numbers: Sequence[Any], extras: Sequence[Any], raw_rows: Sequence[Any]
) -> pa.Table:
    """Rows as `Staging.add_rows` takes them: texts of all columns, numbers, JSON of extras, own texts."""
    schema = pa.schema(
        [(f"c_{name}", pa.large_string()) for name in feed.column_names]
        + [("source_row", pa.int64()), ("extra", pa.large_string()), ("raw_row", pa.large_string())]
    )
    columns = [*texts, numbers, extras, raw_rows]
    return pa.Table.from_arrays(
        [
            column if isinstance(column, pa.Array) else pa.array(column, kind)
            for column, kind in zip(columns, schema.types, strict=True)
        ],
        schema=schema,
    )


class Staging:
    """The waiting rows of one batch, as tables staging.<feed> and staging.unparseable."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, stages: frozenset[str]) -> None:
        self.connection = connection
        self._stages = stages
        self._counts: Counter[tuple[str, str]] = Counter()
        self._gathered: dict[tuple[str, frozenset[str], str], list[tuple[str, pa.Table]]] = {}
        self._gathered_rows = self._gathered_bytes = 0
        connection.execute("attach ':memory:' as staging (compress)")
        create_macros(connection)
        for feed in FEEDS.values():
            columns = ", ".join(f"{column.name} {column.sql_type}" for column in feed.columns)
            connection.execute(
                f"create table staging.{feed.name} ({columns}, _source varchar, "
                "_source_row bigint, _extra varchar, _blanked integer, _reason varchar, _detail varchar, "
                "_raw varchar)"
            )
        connection.execute(
            "create table staging.unparseable (feed varchar, source varchar, "
            "source_row bigint, reason varchar, detail varchar, raw_row varchar, row_key varchar)"
        )
        connection.execute("create table staging.read_before (feed varchar, source varchar)")
        connection.execute("create table staging.rows_refused_before (feed varchar, source varchar, source_row bigint)")

    def add_refused_before(self, origin: Origin, source_rows: list[int]) -> None:
        """Of an origin that was read before, only these rows are news; the others are counted, not stored again."""
        numbers = pa.table({"source_row": pa.array(source_rows, pa.int64())})
        name = {"feed": origin.feed, "source": origin.source}
        self.connection.register("refused_rows", numbers)
        self.connection.execute("insert into staging.read_before values ($feed, $source)", name)
        self.connection.execute(
            "insert into staging.rows_refused_before select $feed, $source, source_row from refused_rows", name
        )
        self.connection.unregister("refused_rows")

    def add(self, origin: Origin, rows: Rows) -> None:
        """Judge rows of an origin and let them wait."""
        self._counts[origin.feed, origin.source] += self._judge(FEEDS[origin.feed], rows, literal(origin.source))

    def _judge(self, feed: Feed, rows: Rows, source: str) -> int:
        """The number of rows that were judged; `source` is an expression."""
        names = ", ".join(feed.column_names)
        return single_value(
            self.connection,
            f"insert into staging.{feed.name} "
            f"({names}, _source_row, _extra, _blanked, _reason, _detail, _raw, _source) "
            f"{judge(feed, rows, self._stages, source)}",
        )

    def add_rows(self, origin: Origin, present: Iterable[str], rows: pa.Table, absent: str = Rows.absent) -> None:
        """Let rows of `rows_table` wait, whose texts the origin holds for the columns `present`; others may join them.

        `absent` is what is said of a required column that the origin lacks.
        """
        columns = frozenset(present) & frozenset(FEEDS[origin.feed].column_names)
        self._gathered.setdefault((origin.feed, columns, absent), []).append((origin.source, rows))
        self._counts[origin.feed, origin.source] += rows.num_rows
        self._gathered_rows += rows.num_rows
        self._gathered_bytes += rows.nbytes
        if self._gathered_rows >= _ROWS_AT_ONCE or self._gathered_bytes >= _BYTES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Judge all rows that were gathered."""
        for (feed, present, absent), parts in self._gathered.items():
            if not parts:
                continue
            sources = [pa.repeat(pa.scalar(source, pa.large_string()), rows.num_rows) for source, rows in parts]
            table = pa.concat_tables(rows for _, rows in parts).append_column("source", pa.chunked_array(sources))
            self.connection.register("gathered_rows", table)
            texts = {name: f"c_{name}" for name in sorted(present)}
            self._judge(FEEDS[feed], Rows("gathered_rows", texts, "extra", "raw_row", absent), "source")
            self.connection.unregister("gathered_rows")
        self._gathered.clear()
        self._gathered_rows = self._gathered_bytes = 0

    def add_unparseable(
        self,
        origin: Origin,
        faults: Iterable[tuple[int | None, str, str | None]],
        keys: Mapping[int, str | None] = MappingProxyType({}),
    ) -> None:
        """Let rows wait that cannot be told apart into columns: (row, detail, own text), with the `keys` known."""
        self._add_refused(origin, faults, "unparseable_row", keys)

    def add_missing(self, origin: Origin, faults: Iterable[tuple[int | None, str, str | None]]) -> None:
        """Let what lacks required columns wait, where there are no columns to stage: (row, detail, own text)."""
        self._add_refused(origin, faults, "missing_required", {})

    def _add_refused(
        self,
        origin: Origin,
        faults: Iterable[tuple[int | None, str, str | None]],
        reason: str,
        keys: Mapping[int, str | None],
    ) -> None:
        records = [
            {"source_row": row, "detail": detail, "raw_row": text, "row_key": keys.get(row)}
            for row, detail, text in faults
        ]
        if not records:
            return
        unparseable = pa.Table.from_pylist(records, schema=_FAULT_SCHEMA)
        self.connection.register("unparseable_rows", unparseable)
        self.connection.execute(
            f"insert into staging.unparseable select {literal(origin.feed)}, "
            f"{literal(origin.source)}, source_row, {literal(reason)}, detail, raw_row, clean_text(row_key) "
            "from unparseable_rows"
        )
        self.connection.unregister("unparseable_rows")
        self._counts[origin.feed, origin.source] += len(records)

    def rows_without_text(self, origin: Origin) -> list[int]:
        """Numbers of an origin's bad rows whose own text is not known yet, in their order."""
        self.flush()
        found = self.connection.execute(
            f"select _source_row from staging.{origin.feed} "
            "where _source = ? and _reason is not null and _raw is null order by _source_row",
            [origin.source],
        )
        return [number for (number,) in found.fetchall()]

    def add_texts(self, origin: Origin, texts: pa.Table) -> None:
        """Give bad rows their own text, from columns source_row and raw_row."""
        self.connection.register("row_texts", texts)
        self.connection.execute(
            f"update staging.{origin.feed} set _raw = row_texts.raw_row from row_texts "
            "where _source = ? and _source_row = row_texts.source_row",
            [origin.source],
        )
        self.connection.unregister("row_texts")

    def forget(self, origin: Origin) -> None:
        """Take back whatever waits of an origin."""
        if not self._counts.pop((origin.feed, origin.source), 0):
            return
        for (feed, *_), parts in self._gathered.items():
            if feed == origin.feed:
                parts[:] = [part for part in parts if part[0] != origin.source]
        self.connection.execute(f"delete from staging.{origin.feed} where _source = ?", [origin.source])
        self.connection.execute(
            "delete from staging.unparseable where feed = ? and source = ?",
            [origin.feed, origin.source],
        )

    def count(self, origin: Origin) -> int:
        """Rows of an origin that wait, good or bad."""
        return self._counts[origin.feed, origin.source]

    def close(self) -> None:
        """Drop everything that waits."""
        self.connection.execute("detach staging")
