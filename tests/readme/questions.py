"""The README's questions: each a title, a query, and the result that it shows.

`python -m tests.readme.questions FILE` writes the results that a published file gives into the README; the test holds
the two equal.
"""

import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

README = Path(__file__).resolve().parents[2] / "README.md"
AT_THE_TOP = "The table at the top."
# A title in bold, the query in a block of its own, and below it the table, or where it stands.
QUESTION = re.compile(
    r"\*\*(?P<title>\d+\. [^\n]*\?)\*\*[^\n]*\n\n```sql\n(?P<query>.*?)\n```\n\n(?P<result>\|.*?|"
    + AT_THE_TOP
    + r")\n(?=\n)",
    re.DOTALL,
)
TABLE = re.compile(r"^\|.*?(?=\n\n)", re.DOTALL | re.MULTILINE)
SENTENCE = re.compile(r"^> (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """One question as the README asks and answers it."""

    title: str
    query: str
    result: str


def questions(readme: str) -> list[Question]:
    """The questions in the README's order."""
    top = TABLE.search(readme)
    assert top is not None
    asked = [Question(**found.groupdict()) for found in QUESTION.finditer(readme)]
    return [Question(one.title, one.query, top[0]) if one.result == AT_THE_TOP else one for one in asked]


def answer(warehouse: Path, query: str) -> str:
    """What the query gives, as the table that the README shows."""
    heading, rows = _run(warehouse, query)
    lines = [heading, ["---"] * len(heading), *[[_shown(value) for value in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_answers(readme: str, warehouse: Path) -> str:
    """The README with every result as this file gives it, the first sentence of the first at the top."""
    sentence = _run(warehouse, questions(readme)[0].query)[1][0][-1]
    readme = SENTENCE.sub(lambda _: f"> {sentence}", readme, count=1)
    for one in questions(readme):
        readme = readme.replace(one.result, answer(warehouse, one.query))
    return readme


def _run(warehouse: Path, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        result = connection.execute(query)
        return [column[0] for column in result.description], result.fetchall()


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else str(value)


if __name__ == "__main__":
    README.write_text(with_answers(README.read_text(encoding="utf-8"), Path(sys.argv[1])), encoding="utf-8")
