"""Where a batch's rows wait, typed and judged, until the one transaction that stores them.

It lives in memory and spills to the temporary folder; which file rows come from is told by
its callers, what is stored of them is decided in `load`.
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from ingest.feeds import FEEDS, Feed
from ingest.files import LandedFile
from ingest.macros import MACROS
from ingest.rows import Rows, judge
from ingest.sql import literal, single_value

_FAULT_SCHEMA = pa.schema([("source_row", pa.int64()), ("detail", pa.string()), ("raw_row", pa.string())])


class Staging:
    """The waiting rows of one batch, as tables staging.<feed> and staging.unparseable."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, stages: frozenset[str]) -> None:
        self.connection = connection
        self._stages = stages
        connection.execute("attach ':memory:' as staging (compress)")
        connection.execute(MACROS)
        for feed in FEEDS.values():
            columns = ", ".join(f"{column.name} {column.sql_type}" for column in feed.columns)
            connection.execute(
                f"create table staging.{feed.name} ({columns}, _source varchar, "
                "_source_row bigint, _extra varchar, _reason varchar, _detail varchar, "
                "_raw varchar)"
            )
        connection.execute(
            "create table staging.unparseable (feed varchar, source varchar, "
            "source_row bigint, reason varchar, detail varchar, raw_row varchar)"
        )
        connection.execute("create table staging.files_read_before (feed varchar, source varchar)")
        connection.execute("create table staging.rows_refused_before (feed varchar, source varchar, source_row bigint)")

    def add_refused_before(self, file: LandedFile, source_rows: list[int]) -> None:
        """Of a file that was read before, only these rows are news; the others are counted, not stored again."""
        numbers = pa.table({"source_row": pa.array(source_rows, pa.int64())})
        name = {"feed": file.feed, "source": file.source}
        self.connection.register("refused_rows", numbers)
        self.connection.execute("insert into staging.files_read_before values ($feed, $source)", name)
        self.connection.execute(
            "insert into staging.rows_refused_before select $feed, $source, source_row from refused_rows", name
        )
        self.connection.unregister("refused_rows")

    def add(self, file: LandedFile, rows: Rows) -> None:
        """Judge rows of a file and let them wait."""
        feed: Feed = FEEDS[file.feed]
        names = ", ".join(feed.column_names)
        self.connection.execute(
            f"insert into staging.{feed.name} "
            f"({names}, _source_row, _extra, _reason, _detail, _raw, _source) "
            f"select *, {literal(file.source)} from ({judge(feed, rows, self._stages)})"
        )

    def add_unparseable(self, file: LandedFile, faults: Iterable[tuple[int | None, str, str | None]]) -> None:
        """Let rows wait that cannot be told apart into columns: (row, detail, own text)."""
        self._add_refused(file, faults, "unparseable_row")

    def add_missing(self, file: LandedFile, faults: Iterable[tuple[int | None, str, str | None]]) -> None:
        """Let what lacks required columns wait, where there are no columns to stage: (row, detail, own text)."""
        self._add_refused(file, faults, "missing_required")

    def _add_refused(self, file: LandedFile, faults: Iterable[tuple[int | None, str, str | None]], reason: str) -> None:
        records = [dict(zip(_FAULT_SCHEMA.names, fault, strict=True)) for fault in faults]
        if not records:
            return
        unparseable = pa.Table.from_pylist(records, schema=_FAULT_SCHEMA)
        self.connection.register("unparseable_rows", unparseable)
        self.connection.execute(
            f"insert into staging.unparseable select {literal(file.feed)}, "
            f"{literal(file.source)}, source_row, {literal(reason)}, detail, raw_row "
            "from unparseable_rows"
        )
        self.connection.unregister("unparseable_rows")

    def rows_without_text(self, file: LandedFile) -> list[int]:
        """Numbers of a file's bad rows whose own text is not known yet, in their order."""
        found = self.connection.execute(
            f"select _source_row from staging.{file.feed} "
            "where _source = ? and _reason is not null and _raw is null order by _source_row",
            [file.source],
        )
        return [number for (number,) in found.fetchall()]

    def add_texts(self, file: LandedFile, texts: pa.Table) -> None:
        """Give bad rows their own text, from columns source_row and raw_row."""
        self.connection.register("row_texts", texts)
        self.connection.execute(
            f"update staging.{file.feed} set _raw = row_texts.raw_row from row_texts "
            "where _source = ? and _source_row = row_texts.source_row",
            [file.source],
        )
        self.connection.unregister("row_texts")

    def forget(self, file: LandedFile) -> None:
        """Take back whatever waits of a file."""
        self.connection.execute(f"delete from staging.{file.feed} where _source = ?", [file.source])
        self.connection.execute(
            "delete from staging.unparseable where feed = ? and source = ?",
            [file.feed, file.source],
        )

    def count(self, file: LandedFile) -> int:
        """Rows of a file that wait, good or bad."""
        return single_value(
            self.connection,
            f"select (select count(*) from staging.{file.feed} where _source = $source) "
            "+ (select count(*) from staging.unparseable where feed = $feed and source = $source)",
            {"feed": file.feed, "source": file.source},
        )

    def close(self) -> None:
        """Drop everything that waits."""
        self.connection.execute("detach staging")
