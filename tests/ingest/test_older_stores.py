"""A store that an earlier version made: what it lacks is made, what it holds stays."""

from typing import Any

from ingest.store import complete, connect


def test_what_a_store_lacks_is_made_and_its_rows_stay(company: Any) -> None:
    connection = connect(company.store)
    connection.execute("drop table ops.measures; alter table ops.refreshes drop column is_replay")
    connection.execute("insert into ops.refreshes (refresh_id) values ('r1')")
    connection.close()
    complete(company.store)
    assert company.rows("select refresh_id, is_replay from ops.refreshes") == [("r1", None)]
    assert company.rows("select * from ops.measures") == []


def test_a_store_that_lacks_nothing_is_only_read(company: Any) -> None:
    connect(company.store).close()
    reader = connect(company.store, read_only=True)
    # A second connection of this process may read beside it, not write.
    complete(company.store)
    reader.close()
