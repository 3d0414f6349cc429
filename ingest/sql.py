"""Small pieces of SQL text that every module here needs.

Nothing here knows a feed or a file.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

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


class Member(NamedTuple):
    """A member of a JSON object: its key, and an expression of a text that is to be trimmed, or of JSON text."""

    key: str
    expression: str
    is_json: bool = False


def json_object(members: Iterable[Member]) -> str:
    """An SQL expression: the JSON object of members that are not NULL (or empty when trimmed), or NULL without any.

    Built as text, because a struct cannot hold keys that differ in case only, and from lists, because the
    planning of an expression per member costs more than in proportion to their number.
    """
    given = list(members)
    if not given:
        return "null::varchar"
    keys = _list(literal(json.dumps(member.key, ensure_ascii=False) + ":") for member in given)
    values = _list(member.expression for member in given)
    kinds = _list(str(member.is_json).lower() for member in given)
    texts = f"list_transform(list_zip({keys}, {values}, {kinds}), lambda member: {_MEMBER_TEXT[_kind(given)]})"
    return f"nullif('{{' || array_to_string(list_filter({texts}, lambda text: text is not null), ',') || '}}', '{{}}')"


# The macro is asked for only where a text is to be trimmed: cursors of a connection do not know it.
_TRIMMED = "to_json(clean_text(member[2]))::varchar"
_MEMBER_TEXT = {
    "text": f"member[1] || {_TRIMMED}",
    "json": "member[1] || member[2]",
    "mixed": f"member[1] || case when member[3] then member[2] else {_TRIMMED} end",
}


def _kind(members: list[Member]) -> str:
    kinds = {member.is_json for member in members}
    return "mixed" if len(kinds) > 1 else "json" if kinds == {True} else "text"


def _list(expressions: Iterable[str]) -> str:
    return f"[{', '.join(expressions)}]"


def one_line(error: BaseException) -> str:
    """The first line of an error's text, runs of blanks made one."""
    return re.sub(r"\s+", " ", str(error).strip().split("\n")[0])


def single_value(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> Any:
    """The one value that a query returns, its result read to the end."""
    ((value,),) = connection.execute(query, parameters).fetchall()
    return value
