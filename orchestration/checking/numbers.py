"""Amounts whose point may be one of thousands: 24.000 is 24 where nobody says how the source writes numbers."""

from collections.abc import Iterator

import duckdb

from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, look, rows, shown

_POINTED = """
with given as (
    select clean_text({column}) as given, source_row from texts where contains({column}, '.')
)

select count(*), arg_min(given, source_row), min(source_row) from given
having bool_and(regexp_full_match(given, '-?[1-9][0-9]{{0,2}}[.][0-9]{{3}}'))
"""


def doubtful(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> Iterator[Finding]:
    """Columns of amounts that have three digits behind each point; `connection` has the file's table as `texts`."""
    if file.mapping is None or file.decimals is not None or file.texts is None:
        return
    for name, used in file.uses.items():
        if not any(use.column.type == "decimal" for use in used):
            continue
        found = connection.execute(_POINTED.format(column=file.texts.column(name))).fetchall()
        for count, example, row in found:
            yield look(
                f"`{name}` {shown(example)} in {rows(count)}, as in row {row}, is read as {float(example):g}: if its "
                f'point is one of thousands, write `decimals: "1.234,50"` into {file.mapping}.yml, else '
                '`decimals: "1234.50"`'
            )
