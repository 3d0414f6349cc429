"""Small pieces of SQL text that every module here needs.

Nothing here knows a feed or a file.
"""

import re
from collections.abc import Iterable
from typing import Any

import duckdb

from ingest.texts import json_string


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
    """An SQL expression: the JSON object of (key, expression of a text) pairs, NULL where no trimmed text is left.

    Built as text, because a struct cannot hold keys that differ in case only, and from lists, because the
    planning of an expression per member costs more than in proportion to their number.
    """
    given = list(members)
    if not given:
        return "null::varchar"
    keys = _list(literal(json_string(key) + ":") for key, _ in given)
    values = _list(expression for _, expression in given)
    member = "lambda member: member[1] || to_json(clean_text(member[2]))::varchar"
    texts = f"list_transform(list_zip({keys}, {values}), {member})"
    return f"nullif('{{' || array_to_string(list_filter({texts}, lambda text: text is not null), ',') || '}}', '{{}}')"


def _list(expressions: Iterable[str]) -> str:
    return f"[{', '.join(expressions)}]"


def one_line(error: BaseException) -> str:
    """The first line of an error's text, runs of blanks made one."""
    return re.sub(r"\s+", " ", str(error).strip().split("\n")[0])


def single_value(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> Any:
    """The one value that a query returns, its result read to the end."""
    ((value,),) = connection.execute(query, parameters).fetchall()
    return value
