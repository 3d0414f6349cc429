"""What a file's times and amounts may be read as, where that is not sure: no zone, a far day, a point of thousands."""

from collections.abc import Iterator
from datetime import datetime

import duckdb

from ingest import accepted_rows
from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, listed, look, note, rows, shown

_HAS_ZONE = r".*([zZ]|[uU][tT][cC]|[+-][0-9]{2}(:?[0-9]{2})?)\s*"
_HAS_TIME = r".*[0-9]{1,2}:[0-9]{2}.*"
_ZONES = """
with given as (
    select clean_text({column}) as given, source_row from texts
    where regexp_matches(clean_text({column}), '[0-9].*[0-9]')
),

told as (
    select *, regexp_full_match(given, '{has_time}') as has_time,
        regexp_full_match(given, '{has_time}') and regexp_full_match(given, '{has_zone}') as has_zone
    from given
)

select count(*), count(*) filter (where not has_zone), count(*) filter (where not has_time),
    arg_min(given, source_row) filter (where not has_zone), min(source_row) filter (where not has_zone)
from told
"""
_POINTED = """
with given as (
    select clean_text({column}) as given, source_row from texts where contains({column}, '.')
)

select count(*), arg_min(given, source_row), min(source_row) from given
having bool_and(regexp_full_match(given, '-?[1-9][0-9]{{0,2}}[.][0-9]{{3}}'))
"""


def zones(connection: duckdb.DuckDBPyConnection, file: CheckedFile, reporting_zone: str) -> Iterator[Finding]:
    """One line for all columns of timestamps without a zone; `connection` has the file's table as `texts`."""
    assert file.texts is not None
    found = {}
    for name in file.timestamps:
        query = _ZONES.format(column=file.texts.column(name), has_time=_HAS_TIME, has_zone=_HAS_ZONE)
        [(count, without, days, example, row)] = connection.execute(query).fetchall()
        if without:
            found[name] = (count, without, days, f"{shown(example)} in row {row}")
    if not found:
        return
    (name, (_, _, _, example)), *_ = found.items()
    are_days = all(days == without for _, without, days, _ in found.values())
    what, read_as = ("no time", "midnight ") if are_days else ("no time zone", "")
    is_mixed = any(without < count for count, without, _, _ in found.values())
    said = f"{listed(found, most=5)}: {'some have' if is_mixed else 'there is'} {what}, as {example} of {name}, "
    said += f"and it is read as {read_as}{file.zone or 'UTC'}"
    if file.zone is not None:
        yield note(f"{said}, as `zone` of {file.mapping}.yml says")
        return
    there = f"put the zone of your CRM into {file.mapping}.yml" if file.mapping else "let a mapping name it"
    said = f"{said}; where the CRM shows another time, {'' if file.mapping else 'write the zone or '}{there} (`zone`)"
    is_sure = not is_mixed and reporting_zone == "UTC" and file.mapping is None
    yield note(said) if is_sure else look(said)


def span(connection: duckdb.DuckDBPyConnection, file: CheckedFile, feed: str, as_of: datetime) -> Iterator[Finding]:
    """The days that the accepted rows of a file are of, and what lies outside of them; `connection` is on the store."""
    found = accepted_rows.span(connection, feed, file.source, as_of)
    if found is None:
        return
    dated = file.said(feed, found.dated_by)
    yield note(f"{found.dated_by} of {feed} from {found.first} to {found.last}")
    if found.later:
        yield look(
            f"{dated} of {rows(found.later)} is in the future, up to {found.latest:%Y-%m-%d} in row "
            f"{found.latest_row}: such rows are not seen until then; see whether day and month, or the year, are right"
        )
    if found.zero:
        yield look(
            f"{dated} of {rows(found.zero)} is 1970-01-01, as in row {found.zero_row}: that is how programs "
            "write an empty date; leave the date out where the row comes from"
        )


def amounts(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> Iterator[Finding]:
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
