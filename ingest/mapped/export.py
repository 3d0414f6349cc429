"""What a batch has of one mapping: its files by object, and, made once, its tables of values and what is looked up.

What rows are made is known to `rules`; which files there are is found in `landing`.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ingest.files import ExportedFile, readable_by_engines, sha256
from ingest.mapped.expressions import NOTHING, Relation, Spelled
from ingest.mapped.functions import create_functions, create_table
from ingest.mapped.language import Format, Lookup, SourceObject, Table, parts_of
from ingest.mapped.library import Mapping
from ingest.mapped.names import Wanted, names_in
from ingest.mapped.sources import CsvSource, JsonSource, ParquetSource, SourceFile, SourceTable, WorkbookSource
from ingest.mapped.text_files import as_utf_8
from ingest.origins import UnreadableError
from ingest.sql import literal, single_value

_NUMBERS = itertools.count()


@dataclass
class Export:
    """The files of one mapping that lie in the landing folder, by object."""

    mapping: Mapping
    files: dict[str, list[ExportedFile]]
    temp_directory: Path | None = None
    _tables: dict[str, str] = field(default_factory=dict)
    _sources: dict[str, SourceTable | None] = field(default_factory=dict)
    _hashes: dict[str, str] = field(default_factory=dict)
    _wanted: dict[str, Wanted] = field(default_factory=dict)
    _is_prepared: bool = False

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make known to a connection what expressions call, once."""
        if not self._is_prepared:
            create_functions(connection)
            self._is_prepared = True

    def hash_of(self, file: ExportedFile) -> str:
        """The SHA-256 of a file's bytes, worked out once."""
        if file.source not in self._hashes:
            self._hashes[file.source] = sha256(file.path)
        return self._hashes[file.source]

    @contextmanager
    def opened(self, file: ExportedFile, wanted: Wanted) -> Iterator[SourceFile]:
        """A file by the reader of its format."""
        written = self._format(self.mapping.source.objects[file.object])
        with readable_by_engines(file, self.temp_directory) as readable:
            if readable.format == "jsonl":
                yield JsonSource(readable)
            elif readable.format == "parquet":
                yield ParquetSource(readable)
            elif readable.format == "xlsx":
                yield WorkbookSource(readable, written.sheet)
            else:
                with as_utf_8(readable, written, wanted, self.temp_directory) as (copied, delimiter):
                    yield CsvSource(copied, delimiter)

    def relation(self, connection: duckdb.DuckDBPyConnection, name: str, headers: Sequence[str]) -> Relation:
        """Expressions on a file of an object that has these columns."""
        spelled = Spelled.of(self.mapping.source, self.mapping.source.objects[name])
        return Relation(
            headers, spelled, lambda table: self._table(connection, table), lambda *one: self._lookup(connection, *one)
        )

    def looked_up_from(self, name: str) -> set[str]:
        """The objects of which rows of an object look something up, through however many lookups."""
        objects = self.mapping.source.objects
        found: set[str] = set()
        parts: list[object] = [objects[name].rows]
        while parts:
            named = {one.object for _, one in parts_of(parts.pop()) if isinstance(one, Lookup)} - found
            parts += [part for other in named for part in (objects[other].key, objects[other].version)]
            found |= named
        return found

    def _format(self, one: SourceObject) -> Format:
        own = one.format.model_dump(exclude_none=True)
        return self.mapping.source.format.model_copy(update=own)

    def _table(self, connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[str, Table]:
        """The table (given, value) that a mapping's table of values is, and what it says, be it named or not."""
        listed = self.mapping.source.tables[table.named] if table.named else table
        key = f"table {listed.model_dump_json()}"
        if key not in self._tables:
            self._tables[key] = f"mapped_table_{next(_NUMBERS)}"
            create_table(connection, self._tables[key], listed.values)
        return self._tables[key], listed

    def _lookup(self, connection: duckdb.DuckDBPyConnection, lookup: Lookup, kind: str) -> str:
        """The table (given, value) of a lookup, each given once."""
        key = f"lookup {kind} {lookup.model_dump_json(exclude={'by'})}"
        if key not in self._tables:
            name = f"mapped_lookup_{next(_NUMBERS)}"
            self._fill(connection, f"{name}_rows", lookup, kind)
            connection.execute(f"create or replace temp table {name} as select given, value from {name}_rows")
            connection.execute(f"drop table {name}_rows")
            self._tables[key] = name
        return self._tables[key]

    def _fill(self, connection: duckdb.DuckDBPyConnection, name: str, lookup: Lookup, kind: str) -> None:
        one = self.mapping.source.objects[lookup.object]
        orders = "".join(f", o{place} varchar" for place in range(len(lookup.first)))
        connection.execute(
            f"create or replace temp table {name} (given varchar, value varchar, key varchar, version timestamptz, "
            f"source varchar, source_row bigint{orders})"
        )
        for file in self.files.get(lookup.object, []):
            table = self._source(connection, file)
            if table is None:
                continue
            relation = self.relation(connection, lookup.object, table.headers)
            given = relation.text(lookup.on or one.key, "text", {}, is_id=True).sql
            value = relation.text(lookup.take, kind, {}).sql
            key = relation.text(one.key, "text", {}, is_id=True).sql
            version = relation.text(one.version, "timestamp", {}).sql if one.version else NOTHING
            # As timestamps, so that dates are in order however they are spelled; any other text stays as it is.
            ordered = "".join(f", {relation.text(order.value, 'timestamp', {}).sql}" for order in lookup.first)
            connection.execute(
                f"insert into {name} select {given}, {value}, {key}, read_timestamp({version}), "
                f"{literal(file.source)}, source_row{ordered} from {table.name} {' '.join(relation.joins)}"
            )
        self._keep_first(connection, name, lookup)

    def _keep_first(self, connection: duckdb.DuckDBPyConnection, name: str, lookup: Lookup) -> None:
        """Of rows with one key the last version, then of rows with one `given` the first that has a value."""
        connection.execute(f"delete from {name} where key is null or given is null")
        if single_value(connection, f"select count(*) > count(distinct key) from {name}"):
            _keep(connection, name, "key", "version desc nulls last, source desc, source_row desc")
        connection.execute(f"delete from {name} where value is null")
        if single_value(connection, f"select count(*) > count(distinct given) from {name}"):
            orders = [
                f"o{place} {'desc' if order.descending else 'asc'} nulls last"
                for place, order in enumerate(lookup.first)
            ]
            _keep(connection, name, "given", ", ".join([*orders, "key"]))

    def _source(self, connection: duckdb.DuckDBPyConnection, file: ExportedFile) -> SourceTable | None:
        """A file of a looked-up object as a table; None where it cannot be read, which its own reader tells."""
        if file.source not in self._sources:
            table = SourceTable(f"mapped_source_{next(_NUMBERS)}")
            wanted = self.wanted_of_lookups(file.object)
            try:
                with self.opened(file, wanted) as source:
                    source.load(connection, table, wanted)
                self._sources[file.source] = table
            except UnreadableError:
                self._sources[file.source] = None
        return self._sources[file.source]

    def wanted_of_lookups(self, name: str) -> Wanted:
        """The columns of an object's files that any lookup reads."""
        if name not in self._wanted:
            self._wanted[name] = self._columns_of_lookups(name)
        return self._wanted[name]

    def _columns_of_lookups(self, name: str) -> Wanted:
        one = self.mapping.source.objects[name]
        parts: list[object] = [one.key, one.version]
        for _, found in parts_of(self.mapping.source):
            if isinstance(found, Lookup) and found.object == name:
                parts += [found.on, found.take, *found.first]
        return Wanted(names for part in parts for names in names_in(part, {}))


def exports_of(
    mappings: dict[str, Mapping], files: Sequence[ExportedFile], temp_directory: Path | None
) -> dict[str, Export]:
    """The exports that lie in a landing folder, by the names of their mappings."""
    exports = {name: Export(mapping, {}, temp_directory) for name, mapping in mappings.items()}
    for file in files:
        exports[file.mapping].files.setdefault(file.object, []).append(file)
    return exports


def _keep(connection: duckdb.DuckDBPyConnection, name: str, column: str, order: str) -> None:
    connection.execute(
        f"delete from {name} where rowid in (select row_id from (select rowid as row_id, "
        f"row_number() over (partition by {column} order by {order}) as place from {name}) where place > 1)"
    )
