"""Erasure of leads from the store: rows, quarantine, and the bytes left in the file.

How a row that arrives again is turned away is in `erased`; other files of the data folder are
not known here.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import duckdb

from ingest.erased import lead_hash
from ingest.mentions import Mentions
from ingest.sql import identifier, literal, single_value
from ingest.store import connect, usable

_ROWS_PER_BATCH = 20_000
_CURRENT = "arg_max({column}, (updated_at, _loaded_at, _source, _source_row))"


def find_leads(store: Path, *, lead_id: str | None = None, email: str | None = None) -> list[str]:
    """The lead_ids that an erasure concerns, sorted.

    These are the id itself (known or not), the leads that any version ties to the e-mail, and
    every lead whose current version is merged into one of them, along chains of any length. A chain
    that ends in a circle or an unknown lead is void: its leads stand on their own.
    """
    connection = connect(store, read_only=True)
    try:
        found = set() if lead_id is None else {lead_id.strip()}
        if email is not None:
            found |= _leads_of_email(connection, email)
        return sorted(found | _merged_into(connection, found))
    finally:
        connection.close()


def erase_leads(
    store: Path,
    lead_ids: list[str],
    emails: list[str],
    hash_key: bytes,
    *,
    memory_limit: str | None = None,
    temp_directory: Path | None = None,
) -> dict[str, int]:
    """Remove leads from the store for good; returns the rows removed or changed per table.

    All versions of the leads and of their activities go, as do quarantined rows that name them
    or one of their e-mails; their contracts lose the lead_id. Running it again, also with empty
    lists, finishes an erasure that was killed: the file is written anew each time.
    """
    with usable(store, "the disk space for a second copy of it"):
        connection = connect(store, memory_limit=memory_limit, temp_directory=temp_directory)
        try:
            connection.begin()
            counts = _erase_rows(connection, lead_ids, emails, hash_key)
            connection.commit()
            renewed = _write_anew(connection, store)
        finally:
            connection.close()
        _flush(renewed)
        renewed.replace(store)
        _flush(store.parent)
    return counts


def _leads_of_email(connection: duckdb.DuckDBPyConnection, email: str) -> set[str]:
    found = connection.execute("select distinct lead_id from raw.leads where lower(email) = lower(?)", [email.strip()])
    return {lead_id for (lead_id,) in found.fetchall()}


def _merged_into(connection: duckdb.DuckDBPyConnection, lead_ids: set[str]) -> set[str]:
    found = connection.execute(
        f"""
        with recursive current_leads as (
            select lead_id, {_CURRENT.format(column="coalesce(merged_into_lead_id, '')")} as winner
            from raw.leads group by lead_id
        ),
        walks as (
            select unnest($lead_ids::varchar[]) as lead_id, unnest($lead_ids::varchar[]) as reached
            union
            select walks.lead_id, current_leads.winner
            from walks inner join current_leads on walks.reached = current_leads.lead_id
        ),
        losers as (
            select walks.lead_id
            from walks inner join current_leads on walks.reached = current_leads.lead_id
            where current_leads.winner = ''
            union
            select current_leads.lead_id
            from current_leads inner join losers on current_leads.winner = losers.lead_id
        )
        select lead_id from losers
        """,
        {"lead_ids": sorted(lead_ids)},
    )
    return {lead_id for (lead_id,) in found.fetchall()}


def _erase_rows(
    connection: duckdb.DuckDBPyConnection,
    lead_ids: list[str],
    emails: list[str],
    hash_key: bytes,
) -> dict[str, int]:
    ids = sorted({lead_id.strip() for lead_id in lead_ids} - {""})
    known_emails = connection.execute(
        "select distinct email from raw.leads where lead_id in (select unnest($ids::varchar[])) and email is not null",
        {"ids": ids},
    )
    mentions = Mentions(ids, [*emails, *(email for (email,) in known_emails.fetchall())])
    _remember(connection, ids, hash_key)
    return {
        "quarantine": _erase_quarantine(connection, mentions, frozenset(ids)),
        "leads": _change(connection, "delete from raw.leads where lead_id in ids", ids),
        "activities": _change(connection, "delete from raw.activities where lead_id in ids", ids),
        "contracts": _change(
            connection, "update raw.contracts set lead_id = null, _extra = null where lead_id in ids", ids
        ),
        # Only versions that no longer count can name an erased lead: the others went with it.
        "former_merges": _change(
            connection,
            "update raw.leads set merged_into_lead_id = null where merged_into_lead_id in ids",
            ids,
        ),
    }


def _change(connection: duckdb.DuckDBPyConnection, statement: str, ids: list[str]) -> int:
    listed = statement.replace(" in ids", " in (select unnest($ids::varchar[]))")
    return connection.execute(listed, {"ids": ids}).fetchall()[0][0]


def _remember(connection: duckdb.DuckDBPyConnection, lead_ids: Iterable[str], hash_key: bytes) -> None:
    connection.execute(
        "insert into ops.erased select * from (select unnest($hashes::varchar[]) as lead_hash) "
        "where lead_hash not in (select lead_hash from ops.erased)",
        {"hashes": [lead_hash(lead_id, hash_key) for lead_id in lead_ids]},
    )


def _erase_quarantine(connection: duckdb.DuckDBPyConnection, mentions: Mentions, ids: frozenset[str]) -> int:
    """Quarantined contracts stay without their text; the other feeds' rows go."""
    reading = connection.cursor()
    waiting = reading.execute(
        "select rowid, feed, raw_row, detail, case when feed = 'leads' then row_key end from raw.quarantine"
    )
    concerned = {"contracts": [], "others": []}
    while batch := waiting.fetchmany(_ROWS_PER_BATCH):
        for rowid, feed, raw_row, detail, lead_id in batch:
            if lead_id in ids or mentions.are_in(raw_row) or mentions.are_in(detail):
                concerned["contracts" if feed == "contracts" else "others"].append(rowid)
    reading.close()
    connection.execute(
        "update raw.quarantine set raw_row = null, detail = 'names an erased lead' "
        "where rowid in (select unnest($rows::bigint[]))",
        {"rows": concerned["contracts"]},
    )
    connection.execute(
        "delete from raw.quarantine where rowid in (select unnest($rows::bigint[]))",
        {"rows": concerned["others"]},
    )
    return len(concerned["contracts"]) + len(concerned["others"])


def _write_anew(connection: duckdb.DuckDBPyConnection, store: Path) -> Path:
    """Write the store anew beside itself: no free block of the copy keeps old bytes."""
    renewed = store.with_name(f"{store.name}.renewed")
    for leftover in (renewed, renewed.with_name(f"{renewed.name}.wal")):
        leftover.unlink(missing_ok=True)
    connection.execute(f"attach {literal(str(renewed))} as renewed")
    catalog = single_value(connection, "select current_database()")
    connection.execute(f"copy from database {identifier(catalog)} to renewed")
    connection.execute("detach renewed")
    return renewed


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
