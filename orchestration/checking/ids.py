"""Ids of a file that look damaged, and ids that lead nowhere.

An id that a spreadsheet cut to `1.10E+11` is refused, and told with the refusals.
"""

from collections.abc import Iterator

import duckdb

from ingest import accepted_rows
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
    bool_and(regexp_full_match(id, '[0-9A-Za-z]+')),
    count(*) filter (where is_cut_id(id)), arg_min(id, source_row) filter (where is_cut_id(id))
from told
"""
_BY_CASE = """
select count(*), min(one), min_by(other, one) from (
    select min(id) as one, max(id) as other from (
        select distinct clean_text({column}) as id from texts where clean_text({column}) is not null
    ) group by lower(id) having count(*) > 1
)
"""


def damaged(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> Iterator[Finding]:
    """A line for each column of ids that looks damaged; `connection` has the file's table as `texts`."""
    assert file.texts is not None
    for name in file.ids:
        yield from _damaged(
            connection,
            name,
            file.texts.column(name),
            is_made_one=any(use.is_salesforce_id for use in file.uses[name]),
            # Of a feed's own file each cut id is told as a refusal.
            is_refused=file.mapping is None,
        )


def _damaged(
    connection: duckdb.DuckDBPyConnection, name: str, column: str, *, is_made_one: bool, is_refused: bool
) -> Iterator[Finding]:
    [found] = connection.execute(_MEASURES.format(column=column)).fetchall()
    (
        sizes,
        shortest,
        longest,
        zero_size,
        zero,
        number,
        wide,
        unrounded,
        wide_id,
        decimals,
        decimal,
        is_plain,
        cut,
        cut_id,
    ) = found
    if not sizes:
        return
    if cut and not is_refused:
        yield look(
            f"{name} has ids that a spreadsheet cut, as {shown(cut_id)}, which stand for many: export anew, and load "
            "the file as it comes, or have the column formatted as text before it is saved"
        )
    is_two = len(sizes) == 2 and sizes[1] - sizes[0] >= _LEAST_DIFFERENCE
    if is_two and is_plain and not is_made_one:
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
    if count and not is_made_one:
        yield look(
            f"{name} has {count:,} {'pair' if count == 1 else 'pairs'} of ids that differ by the case of letters "
            f"alone, as {shown(one)} and {shown(other)}: each counts by itself; see whether a tool changed their case"
        )


def lost(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """A line for each column whose ids no file has; `connection` is one on the store."""
    for one in accepted_rows.lost(connection):
        if one.alike:
            meant = f"{one.alike:,} of them would be found but for {one.differs_in}: let both files spell ids alike"
        elif one.column == "lead_id":
            fate = "they wait" if one.feed == "activities" else "they count without a lead"
            meant = f"{fate} until it comes; check its file too"
        else:
            meant = "check the file that has it too"
        named = f"{one.column} of {rows(one.rows)} of {one.feed} names {_things(one.ids, one.target)} that no file has"
        yield look(f"{named}, as {shown(one.example)} in row {one.source_row} of {one.source}: {meant}")


def _things(count: int, feed: str) -> str:
    return f"{count:,} {feed if count != 1 else feed.removesuffix('s')}"
