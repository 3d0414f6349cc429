"""Ids of a file that look damaged, and ids that lead nowhere.

An id that a spreadsheet cut to `1.10E+11` is refused, and told with the refusals.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import duckdb

from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, look, rows, shown

_FEWEST_ROUNDED = 3
_LEAST_DIFFERENCE = 3
_DIGITS_A_SPREADSHEET_KEEPS = 15
_MEASURES = f"""
with ids as (
    select clean_text({{column}}) as id, min(source_row) as source_row
    from texts where clean_text({{column}}) is not null group by all
),

told as (select *, length(id) as size, regexp_full_match(id, '[0-9]+') as is_number from ids)

select
    list(distinct size order by size),
    arg_min(id, (size, source_row)), arg_max(id, (size, -source_row)),
    min(size) filter (where is_number and id[1] = '0'),
    arg_min(id, source_row) filter (where is_number and id[1] = '0'),
    arg_min(id, (size, source_row)) filter (where is_number and id[1] <> '0'),
    count(*) filter (where is_number and size > {_DIGITS_A_SPREADSHEET_KEEPS}),
    count(*) filter (where is_number and size > {_DIGITS_A_SPREADSHEET_KEEPS}
        and not regexp_full_match(id[{_DIGITS_A_SPREADSHEET_KEEPS + 1}:], '0+')),
    arg_min(id, source_row) filter (where is_number and size > {_DIGITS_A_SPREADSHEET_KEEPS}),
    count(*) filter (where regexp_full_match(id, '[0-9]+\\.0')),
    arg_min(id, source_row) filter (where regexp_full_match(id, '[0-9]+\\.0')),
    bool_and(regexp_full_match(id, '[0-9A-Za-z]+'))
from told
"""
_BY_CASE = """
select count(*), min(one), min_by(other, one) from (
    select min(id) as one, max(id) as other from (
        select distinct clean_text({column}) as id from texts where clean_text({column}) is not null
    ) group by lower(id) having count(*) > 1
)
"""
# Column, and the feed and column that it must lead to.
_REFERENCES = (
    ("activities", "lead_id", "leads", "lead_id"),
    ("contracts", "lead_id", "leads", "lead_id"),
    ("leads", "merged_into_lead_id", "leads", "lead_id"),
    ("contracts", "renews_contract_id", "contracts", "contract_id"),
)
_LOST = """
with lost as (
    select {column} as id, count(*) as row_count, arg_min(_source, (_source, _source_row)) as source,
        arg_min(_source_row, (_source, _source_row)) as source_row
    from raw.{feed} where {column} is not null and not is_deleted
        and {column} not in (select {target_column} from raw.{target})
    group by all
)

select sum(row_count)::bigint, count(*), arg_max(id, (row_count, id)), arg_max(source, (row_count, id)),
    arg_max(source_row, (row_count, id)),
    {alike}
from lost
"""
_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "the case of their letters": "lower({id})",
        "their first 15 characters": "left({id}, 15)",
        "zeros at their beginning": "ltrim({id}, '0')",
        "a `.0` at their end": "regexp_replace({id}, '\\.0$', '')",
    }
)


def damaged(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> Iterator[Finding]:
    """A line for each column of ids that looks damaged; `connection` has the file's table as `texts`."""
    assert file.texts is not None
    for name in file.ids:
        column = file.texts.column(name)
        yield from _damaged(connection, name, column)


def _damaged(connection: duckdb.DuckDBPyConnection, name: str, column: str) -> Iterator[Finding]:
    [found] = connection.execute(_MEASURES.format(column=column)).fetchall()
    sizes, shortest, longest, zero_size, zero, number, wide, unrounded, wide_id, decimals, decimal, is_plain = found
    if not sizes:
        return
    is_two = len(sizes) == 2 and sizes[1] - sizes[0] >= _LEAST_DIFFERENCE
    if is_two and is_plain:
        meant = (
            "Salesforce shows 15 characters and exports 18 for the same record: export all with 18, or let a mapping "
            "make them one (`as: salesforce_id`)"
            if sizes == [15, 18]
            else "see whether one of them was cut"
        )
        sized = f"{sizes[0]} and of {sizes[1]} characters, {shown(shortest)} and {shown(longest)}"
        yield look(f"{name} has ids of {sized}: {meant}")
    if zero is not None and number is not None and len(number) < zero_size:
        yield look(
            f"{name} has ids that begin with 0, as {shown(zero)}, and shorter ones, as {shown(number)}: a spreadsheet "
            "takes zeros away; have the column formatted as text before it is saved"
        )
    if wide >= _FEWEST_ROUNDED and not unrounded:
        yield look(
            f"{name} has ids that end in zeros from the 16th digit on, as {shown(wide_id)}: a spreadsheet rounded "
            "them, and one stands for many; export anew and have the column formatted as text before it is saved"
        )
    if decimals:
        yield look(
            f"{name} has ids with a point, as {shown(decimal)}: they were saved as numbers and match no other file's; "
            "export them as text"
        )
    [(count, one, other)] = connection.execute(_BY_CASE.format(column=column)).fetchall()
    if count:
        yield look(
            f"{name} has {count:,} {'pair' if count == 1 else 'pairs'} of ids that differ by the case of letters "
            f"alone, as {shown(one)} and {shown(other)}: each counts by itself; see whether a tool changed their case"
        )


def lost(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """A line for each column whose ids no file has; `connection` is one on the store."""
    for feed, column, target, target_column in _REFERENCES:
        alike = ", ".join(
            f"count(*) filter (where {form.format(id='id')} in "
            f"(select {form.format(id=target_column)} from raw.{target}))"
            for form in _FORMS.values()
        )
        query = _LOST.format(feed=feed, column=column, target=target, target_column=target_column, alike=alike)
        [(row_count, ids, example, source, source_row, *matches)] = connection.execute(query).fetchall()
        if not row_count:
            continue
        best = max(range(len(matches)), key=lambda place: matches[place])
        if matches[best]:
            meant = (
                f"{matches[best]:,} of them would be found but for {list(_FORMS)[best]}: let both files spell ids alike"
            )
        elif column == "lead_id":
            fate = "they wait" if feed == "activities" else "they count without a lead"
            meant = f"{fate} until it comes; check its file too"
        else:
            meant = "check the file that has it too"
        named = f"{column} of {rows(row_count)} of {feed} names {_things(ids, target)} that no file has"
        yield look(f"{named}, as {shown(example)} in row {source_row} of {source}: {meant}")


def _things(count: int, feed: str) -> str:
    return f"{count:,} {feed if count != 1 else feed.removesuffix('s')}"
