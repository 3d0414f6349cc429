"""Small pieces of SQL text that every module here needs.

Nothing here knows a feed or a file.
"""

import re
from collections.abc import Iterable
from typing import Any

import duckdb


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Texts as a list for `in (…)`; an empty one holds only the empty text."""
    return ", ".join(literal(text) for text in sorted(texts)) or "''"


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def json_object(members: Iterable[tuple[str, str]]) -> str:
    """An SQL expression: the JSON object of (key, expression) pairs without NULLs, or NULL.

    Built as text, because a struct cannot hold keys that differ in case only.
    """
    pairs = [
        f"case when {value} is null then null "
        f"else to_json({literal(key)})::varchar || ':' || to_json({value})::varchar end"
        for key, value in members
    ]
    if not pairs:
        return "null::varchar"
    return f"nullif('{{' || concat_ws(',', {', '.join(pairs)}) || '}}', '{{}}')"


def one_line(error: BaseException) -> str:
    """The first line of an error's text, runs of blanks made one."""
    return re.sub(r"\s+", " ", str(error).strip().split("\n")[0])


def single_value(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> Any:
    """The one value that a query returns, its result read to the end."""
    ((value,),) = connection.execute(query, parameters).fetchall()
    return value
