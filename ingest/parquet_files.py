"""A Parquet file into staging: columns by their exact names, typed values as they stand.

What a value of which type means is decided in `values`.
"""

import glob
from collections import Counter

import duckdb
import pyarrow as pa
import pyarrow.parquet

from ingest.feeds import FEEDS
from ingest.files import LandedFile, UnreadableFileError
from ingest.rows import Rows
from ingest.sql import Member, identifier, json_object, literal, one_line
from ingest.staging import Staging


def load_parquet(staging: Staging, file: LandedFile) -> list[str]:
    """Stage all rows of a Parquet file; returns its columns that the feed does not know.

    Raises UnreadableFileError when it cannot be read to its end.
    """
    connection = staging.connection
    reader = f"read_parquet({literal(glob.escape(str(file.path)))}, hive_partitioning = false, binary_as_string = true)"
    names = _column_names(file)
    try:
        # DuckDB renames columns that differ in case only; their positions are the file's own.
        described = connection.execute(f"describe from {reader}").fetchall()
        columns = [(identifier(row[0]), row[1]) for row in described]
        row = _free_name("source_row", columns)
        relation = f"(select *, {_row_number(columns)} as {row} from {reader})"
        doubled = sorted(name for name, count in Counter(names).items() if count > 1)
        if doubled:
            _add_doubled(staging, file, relation, row, list(zip(names, columns, strict=True)), doubled[0])
            return []
        return _add(staging, file, relation, row, dict(zip(names, columns, strict=True)))
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        staging.forget(file)
        _raise_if_unreadable(connection, reader)
        raise error


def _free_name(name: str, columns: list[tuple[str, str]]) -> str:
    """A name that no column of the file has."""
    taken = {column.lower() for column, _ in columns}
    while identifier(name) in taken:
        name += "_"
    return name


def _row_number(columns: list[tuple[str, str]]) -> str:
    """DuckDB's own row number is hidden by a column of its name; counting is exact but serial."""
    is_hidden = any(name.lower() == '"file_row_number"' for name, _ in columns)
    return "row_number() over ()" if is_hidden else "file_row_number + 1"


def _column_names(file: LandedFile) -> list[str]:
    try:
        return [name.strip() for name in pa.parquet.read_schema(file.path).names]
    except (OSError, pa.ArrowException) as error:
        raise UnreadableFileError(f"cannot be read as Parquet: {one_line(error)}") from error


def _raise_if_unreadable(connection: duckdb.DuckDBPyConnection, reader: str) -> None:
    """Tell a broken file from a failure of ours: a broken one fails when it is merely read."""
    try:
        connection.execute(f"select count(hash(columns(*))) from {reader}")
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise UnreadableFileError(f"cannot be read as Parquet: {one_line(error)}") from error


def _add(staging: Staging, file: LandedFile, relation: str, row: str, columns: dict[str, tuple[str, str]]) -> list[str]:
    known = FEEDS[file.feed].column_names
    aliased = {name: (f"c{i}", columns[name][1]) for i, name in enumerate(columns)}
    renamed = ", ".join(f"{columns[name][0]} as {alias}" for name, (alias, _) in aliased.items())
    source = f"(select {renamed}, {row} as source_row from {relation})"
    extras = sorted(set(columns) - set(known))
    rows = Rows(
        source,
        {name: aliased[name] for name in known if name in aliased},
        json_object(_extra(name, *aliased[name]) for name in extras),
        json_object(_as_it_is(name, alias) for name, (alias, _) in aliased.items()),
    )
    staging.add(file, rows)
    return extras


def _extra(name: str, expression: str, source_type: str) -> Member:
    return Member(name, expression) if source_type == "VARCHAR" else _as_it_is(name, expression)


def _as_it_is(name: str, expression: str) -> Member:
    return Member(name, f"to_json({expression})::varchar", is_json=True)


def _add_doubled(
    staging: Staging,
    file: LandedFile,
    relation: str,
    row: str,
    columns: list[tuple[str, tuple[str, str]]],
    doubled: str,
) -> None:
    raw = json_object(_as_it_is(name, expression) for name, (expression, _) in columns)
    reading = staging.connection.cursor()
    found = reading.execute(f"select {row}, {raw} from {relation}")
    detail = f"column {doubled} is in the file more than once"
    while batch := found.fetchmany(20_000):
        staging.add_unparseable(file, [(row, detail, text) for row, text in batch])
    reading.close()
