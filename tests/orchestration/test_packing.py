"""A publication that increments made is hardly larger than one of a whole rebuild, and says the same."""

from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration import publication
from orchestration.data_folder import DataFolder
from orchestration.packing import packed
from orchestration.publication import Built
from orchestration.settings import utc_now
from tests.conftest import Workplace
from tests.dbt_runs import DBT_PROJECT
from tests.fingerprints import fingerprints
from tests.orchestration.builds import make_build, make_pay

TABLE = """
create table build.marts.many (number bigint not null check (number >= 0), text varchar, unique (number));
comment on table build.marts.many is 'Many rows.';
comment on column build.marts.many.number is 'Its number.';
"""
SHAPE = {
    "columns": (
        "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() where not internal"
    ),
    "tables": "select table_name, comment from duckdb_tables()",
    "constraints": "select table_name, constraint_text from duckdb_constraints()",
}


def shape(path: Path) -> dict[str, list[tuple]]:
    """Names, types, comments and constraints of a file's tables."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {what: sorted(connection.execute(query).fetchall(), key=str) for what, query in SHAPE.items()}


def make_grown(folder: DataFolder, times: int) -> Path:
    """A build with a table that was made so many times, each beside the one before."""
    build = make_build(folder.night / "warehouse.duckdb", "r20260301T000000000000Z")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build}' as build")
        for number in range(times):
            connection.execute("begin")
            connection.execute("drop table if exists build.marts.many")
            connection.execute(TABLE)
            connection.execute(f"insert into build.marts.many select i, md5('{number}-' || i) from range(200000) t(i)")
            connection.execute("commit")
            connection.execute("checkpoint build")
    return build


def test_a_build_that_has_grown_is_published_without_its_free_blocks(folder: DataFolder) -> None:
    grown = make_grown(folder, 2)
    pay = make_pay(folder.night / "pay.duckdb", "r20260301T000000000000Z")
    with packed(grown, folder.tmp, "1GB") as copy:
        assert copy != grown
        assert grown.stat().st_size > 1.5 * copy.stat().st_size
        assert shape(copy) == shape(grown)
        assert fingerprints(copy) == fingerprints(grown)
        publication.stamp(grown, "r20260301T000000000000Z", utc_now(), 7)
        published = publication.publish(folder, Built(copy, pay), "r20260301T000000000000Z")
    assert published.stat().st_size < 0.7 * grown.stat().st_size
    assert list(folder.tmp.iterdir()) == []


def test_a_build_without_free_blocks_is_published_as_it_is(folder: DataFolder) -> None:
    fresh = make_grown(folder, 1)
    with packed(fresh, folder.tmp, "1GB") as build:
        assert build == fresh


def test_tables_that_a_night_makes_anew_take_the_place_of_those_before(folder: DataFolder) -> None:
    build = make_build(folder.night / "warehouse.duckdb", "r20260301T000000000000Z")
    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    options = profile["revloop"]["outputs"]["duckdb"]["config_options"]
    with duckdb.connect(config={"checkpoint_threshold": options["checkpoint_threshold"]}) as connection:
        connection.execute(f"attach '{build}' as build")
        for number in range(40):
            connection.execute(
                f"""
                begin;
                create table build.marts.made as select i, md5('{number}-' || i) as t from range(125000) t(i);
                drop table if exists build.marts.many_{number % 20};
                alter table build.marts.made rename to many_{number % 20};
                commit;
                """
            )
    with packed(build, folder.tmp, "1GB") as published:
        assert published == build


def test_nothing_is_left_of_a_copy_that_could_not_be_published(folder: DataFolder) -> None:
    with pytest.raises(RuntimeError), packed(make_grown(folder, 2), folder.tmp, "1GB") as copy:
        assert copy.exists()
        raise RuntimeError
    assert list(folder.tmp.iterdir()) == []


def test_refresh_after_refresh_publishes_hardly_more_than_a_whole_rebuild_and_says_the_same(
    refreshed: Workplace,
) -> None:
    sizes, shapes = [], []
    refreshed.land("leads/more.csv", "lead_id,created_at,updated_at\nmore,2026-01-02,2026-01-02\n")
    for words in ((), (), ("--full",)):
        refreshed.refresh(*words)
        sizes.append(refreshed.published.resolve().stat().st_size)
        shapes.append(shape(refreshed.published))
    assert max(sizes[:2]) <= 1.3 * sizes[2]
    assert shapes[0] == shapes[1] == shapes[2]
    assert all(comment for *_, comment in shapes[2]["columns"])
