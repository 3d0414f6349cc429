"""What a page asks of the marts is what it says that it asks: cells of one mart, or sums of counts and amounts."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from ingest.errors import RevloopError
from orchestration.dashboard import queries
from orchestration.dashboard.pages import NAMES, Page, read_pages
from orchestration.dashboard.queries import Query, RowSet, ask, read_queries
from orchestration.database import open_database

WORDS = Path(queries.__file__).parent / "words"
LANGUAGES = {"en", "ko", "ja"}
ADDED_UP = {"count", "amount"}
UNITS = ADDED_UP | {"rate", "ratio", "days", "hours", "points", "number"}
UNITS |= {"month", "quarter", "date", "timestamp", "boolean", "code", "measure", "id", "text"}
PAGES = {page.name: page for page in read_pages()}
QUERIES = {f"{page.name}.{query.name}": query for page in PAGES.values() for query in page.queries}
COLUMNS = yaml.safe_load((WORDS / "columns.yml").read_text(encoding="utf-8"))


def word_of(mart: str, column: str) -> dict[str, str]:
    """What a page calls a column."""
    return COLUMNS.get(f"{mart}.{column}") or COLUMNS.get(column) or {}


def cells_of_the_mart(connection: duckdb.DuckDBPyConnection, found: RowSet) -> dict[tuple, dict[str, object]]:
    """What the mart itself says at each key: one row's values, or the sum of several rows' numbers."""
    query = found.query
    keys = [query.derived.get(column, column) for column in query.key]
    values = [column for column in found.columns if column.name not in query.key]
    made_of = {column.name: query.derived.get(column.name, column.name) for column in values}
    said = ", ".join(
        made_of[column.name]
        if made_of[column.name].startswith("sum(")
        else f"case when count(*) = 1 then any_value({made_of[column.name]}) else sum({made_of[column.name]}) end"
        if column.type == "number"
        else f"case when count(*) = 1 then any_value({made_of[column.name]}) end"
        for column in values
    )
    sql = (
        f"select count(*), {', '.join(keys)}{', ' + said if said else ''} from marts.{query.mart}"
        f"{' where ' + query.where if query.where else ''} group by {', '.join(keys)}"
    )
    cells = {}
    for count, *row in connection.execute(sql).fetchall():
        key = tuple(queries._value(value) for value in row[: len(keys)])
        cells[key] = {"count": count} | {
            column.name: queries._value(value) for column, value in zip(values, row[len(keys) :], strict=True)
        }
    return cells


def is_same(told: object, cell: object) -> bool:
    """Whether two values are one; sums of floating numbers may differ in their last digits."""
    if isinstance(told, float) and isinstance(cell, (float, int)):
        return told == pytest.approx(cell, rel=1e-12)
    return told == cell


@pytest.fixture(scope="module")
def marts(publication: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(publication, read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("name", QUERIES)
def test_every_cell_is_the_marts_or_a_sum_of_counts_or_amounts(name: str, marts: duckdb.DuckDBPyConnection) -> None:
    found = ask(marts, QUERIES[name])
    cells = cells_of_the_mart(marts, found)
    names = [column.name for column in found.columns]
    for row in found.rows:
        told = dict(zip(names, row, strict=True))
        cell = cells[tuple(told[column] for column in found.query.key)]
        for column in found.columns:
            if column.name in found.query.key:
                continue
            assert is_same(told[column.name], cell[column.name]), (column.name, told)
            if cell["count"] > 1 and told[column.name] is not None:
                assert word_of(found.query.mart, column.name)["unit"] in ADDED_UP, column.name


@pytest.mark.parametrize("name", QUERIES)
def test_the_key_tells_rows_apart_and_orders_them(name: str, marts: duckdb.DuckDBPyConnection) -> None:
    query = QUERIES[name]
    found = ask(marts, query)
    places = [[column.name for column in found.columns].index(column) for column in query.key]
    keys = [tuple(row[place] for place in places) for row in found.rows]
    assert len(set(keys)) == len(keys)
    ordered = re.sub(r"\blimit\b.*", "", query.sql[query.sql.rindex("order by") :])
    assert all(re.search(rf"\b{column}\b", ordered) for column in query.key), ordered
    assert found.rows == ask(marts, query).rows


@pytest.mark.parametrize("name", QUERIES)
def test_every_column_has_its_unit_and_its_words(name: str, marts: duckdb.DuckDBPyConnection) -> None:
    found = ask(marts, QUERIES[name])
    names = {column.name for column in found.columns}
    for column in found.columns:
        word = word_of(found.query.mart, column.name)
        assert word.keys() >= LANGUAGES | {"unit"}, f"words/columns.yml lacks {found.query.mart}.{column.name}"
        assert word["unit"] in UNITS
        if column.name not in found.query.derived:
            assert column.about, f"marts.{found.query.mart}.{column.name} is not a column of the mart"
    assert names >= set(found.query.key)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_uses_what_it_asks_and_slices_by_what_it_has(page: Page, marts: duckdb.DuckDBPyConnection) -> None:
    asked = {query.name: {column.name for column in ask(marts, query).columns} for query in page.queries}
    used = set()
    for panel in page.panels:
        said = panel.model_extra or {}
        used |= {panel.of, *(value for value in said.values() if isinstance(value, str))}
        used |= {part["of"] for part in said.get("parts", []) if isinstance(part, dict)}
        assert set(panel.slices.values()) <= asked[panel.of]
    assert used >= asked.keys(), "a query that no panel draws"


@pytest.mark.parametrize("file", ["columns", "values", "ui"])
def test_all_is_said_in_all_languages(file: str) -> None:
    for name, words in yaml.safe_load((WORDS / f"{file}.yml").read_text(encoding="utf-8")).items():
        assert words.keys() >= LANGUAGES, name
        assert all(isinstance(words[language], str) and words[language] for language in LANGUAGES), name


def test_every_page_of_the_menu_is_there() -> None:
    folder = Path(queries.__file__).parent / "pages"
    assert {path.stem for path in folder.glob("*.yml")} == {path.stem for path in folder.glob("*.sql")} == set(NAMES)


def test_a_query_without_its_mart_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.sql"
    path.write_text("-- name: one\n-- key: a\nselect 1 as a\n", encoding="utf-8")
    with pytest.raises(RevloopError, match="a query has no `-- mart:"):
        read_queries(path)


def test_a_query_that_a_mart_cannot_answer_is_told_with_its_name(marts: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(RevloopError, match=r"the dashboard's query wrong fails on marts\.dim_stages"):
        ask(marts, Query("wrong", "dim_stages", ["stage"], "select nothing from marts.dim_stages"))
