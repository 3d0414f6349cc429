"""What a feed must contain, told to a person: the text that `revloop feeds` prints and the README holds.

It is made from the columns in `feeds`; what a row must be like to pass is decided in `values` and `rows`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ingest.feeds import FEEDS, Column, Feed

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "text": (
            "trimmed at both ends; codes and ids exactly, case included; an id that a spreadsheet cut (`1.01E+08`) is "
            "refused"
        ),
        "timestamp": (
            "`YYYY-MM-DD`, then `T` or a blank and `HH:MM[:SS[.fraction]]`, then `Z`, `UTC`, `+09:00`, `+0900`, `+09`; "
            "UTC without a zone, its midnight without a time; years 1900 to 2200"
        ),
        "date": (
            "`YYYY-MM-DD`, or a timestamp that is midnight in its own zone; never shifted; `ends_on` and "
            "`cancelled_on` take the year 9999 and `infinity` as empty"
        ),
        "integer": "digits; `450.0` is 450",
        "decimal": "digits with a point or without, 0 or more; no separators, no exponent",
        "boolean": "`true`/`false`, `t`/`f`, `yes`/`no`, `y`/`n`, `1`/`0`, in any case",
        "country": "two letters, in any case; else emptied, as a wrong employee_count, acquisition_cost or details is",
        "currency": "three letters, in any case",
        "json": "a JSON object, at most 100 levels deep",
    }
)


def feed_reference() -> str:
    """The whole reference as Markdown that also reads well in a terminal, without a line end at its end."""
    parts = [_feed(feed) for feed in FEEDS.values()]
    return "\n\n".join([*parts, f"How values are spelled:\n\n{_table(('type', 'spelled'), list(SPELLINGS.items()))}"])


def _feed(feed: Feed) -> str:
    heading = f"**{feed.name}**: one row is {feed.row}, its key `{feed.key}`."
    rows = [
        (f"`{column.name}`", column.type, _if_empty(column), f"`{column.example}`", column.about)
        for column in feed.columns
    ]
    return f"{heading}\n\n{_table(('column', 'type', 'if empty', 'example', 'what it says'), rows)}"


def _if_empty(column: Column) -> str:
    if column.required:
        return "**refused**"
    if column.required_for:
        return f"refused for {', '.join(f'`{activity_type}`' for activity_type in column.required_for)}"
    if column.default_from:
        return f"as `{column.default_from}`"
    if column.default is not None:
        return str(column.default).lower()
    return {"currency": "the reporting currency"}.get(column.type, "")


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # The last column may run on: only those before it are as wide as their widest cell.
    widths = [max(len(row[place]) for row in [heading, *rows]) for place in range(len(heading) - 1)]
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(
        "| " + " | ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]) + " |"
        for line in lines
    )
