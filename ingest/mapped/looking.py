"""One file of an export as a person looks at it: its own columns, and which columns of the feeds they fill.

What rows it makes is decided in `rules`; what is told of it is not known here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ingest.feeds import FEEDS, Column
from ingest.files import ExportedFile
from ingest.mapped.export import Export
from ingest.mapped.language import SourceObject, Value
from ingest.mapped.names import Wanted, names_of, positions
from ingest.mapped.rules import ObjectRules
from ingest.mapped.sources import SourceTable
from ingest.origins import UnreadableError

_TABLE = "looked_at"


@dataclass(frozen=True)
class Use:
    """A column of a feed that a column of a file fills: through a table, or with its ids made one, where it says so."""

    feed: str
    column: Column
    table: str | None = None
    is_list: bool = False
    is_salesforce_id: bool = False

    @property
    def is_id(self) -> bool:
        """Whether what stands in the file's column is one id of the CRM's."""
        return self.column.is_id and self.table is None and not self.is_list


@dataclass(frozen=True)
class Looked:
    """A file's columns: those that its mapping reads, with their first rows, and the others.

    `table` has them as c0 and so on, beside source_row; `absent` are columns that the mapping reads and the file lacks,
    each by the name that comes first.
    """

    headers: tuple[str, ...]
    unused: tuple[str, ...]
    absent: tuple[str, ...]
    table: pa.Table
    rows: int
    uses: Mapping[str, tuple[Use, ...]]


def look_at(connection: duckdb.DuckDBPyConnection, export: Export, file: ExportedFile, most: int) -> Looked | None:
    """A file and so many of its rows, None where it cannot be read; on a connection with the macros of `ingest`."""
    export.prepare(connection)
    one = export.mapping.source.objects[file.object]
    rules, looked_up = ObjectRules(export, file.object), export.wanted_of_lookups(file.object)
    wanted = Wanted([*rules.wanted.names, *looked_up.names])
    table = SourceTable(_TABLE)
    try:
        with export.opened(file, wanted) as source:
            source.load(connection, table, wanted)
    except UnreadableError:
        return None
    absent = dict.fromkeys(group[0] for group in wanted.names if not positions(group, table.headers))
    rows = connection.sql(f"select * from {_TABLE} order by source_row limit {most}").to_arrow_table()
    connection.execute(f"drop table {_TABLE}")
    uses = uses_of(one, table.headers)
    return Looked(tuple(table.headers), tuple(table.unused), tuple(absent), rows, table.all_rows, uses)


def uses_of(one: SourceObject, headers: list[str]) -> Mapping[str, tuple[Use, ...]]:
    """Which columns of the feeds the columns of a file fill, by the rules of an object."""
    found: dict[str, dict[Use, None]] = defaultdict(dict)
    for rule in one.rows:
        columns = {column.name: column for column in FEEDS[rule.feed].columns}
        for binding in rule.bindings:
            for name, value in rule.columns.items():
                for source in _sources_of(value):
                    use = Use(
                        rule.feed,
                        columns[name],
                        (source.table.named or name) if source.table else None,
                        source.first_of_list is not None,
                        source.as_ == "salesforce_id",
                    )
                    for place in positions(names_of(source, binding), headers):
                        found[headers[place]][use] = None
    return {header: tuple(uses) for header, uses in found.items()}


def _sources_of(value: Value) -> Iterator[Value]:
    """A value and its defaults, as far as they are columns of the file itself."""
    if value.column is not None:
        yield value
    if value.default is not None:
        yield from _sources_of(value.default)
