"""Whom an erasure concerns: found once, and kept in keyed hashes until nothing is left of them.

What goes with them is in `erase`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.erased import lead_hash
from ingest.mentions import Mentions
from ingest.sql import single_value
from ingest.store import connect
from ingest.texts import trimmed

_ROWS_PER_BATCH = 20_000
_CURRENT = "arg_max({column}, (updated_at, _loaded_at, _source, _source_row))"
_LEAD_KEY = "case when feed = 'leads' then row_key end"
# What tells a row in quarantine from all others, and does not change when the file is written anew.
ROW = ("feed", "batch_id", "source", "source_row", "reason")
_IN_RAW = """
select exists (from raw.leads where lead_id = $lead_id or lower(email) = lower($email))
    or exists (from raw.activities where lead_id = $lead_id)
    or exists (from raw.contracts where lead_id = $lead_id)
"""
_IS_ERASED = "select exists (from ops.erased where lead_hash in (select unnest($hashes::varchar[])))"

Row = tuple[str, str, str, int | None, str]


@dataclass(frozen=True)
class Erasure:
    """Leads by their keyed hashes, and the quarantined rows whose text names one of them or of their e-mails."""

    leads: frozenset[str] = frozenset()
    rows: frozenset[Row] = frozenset()


def is_known(store: Path, lead_id: str | None, email: str | None, hash_key: bytes) -> bool:
    """Whether the store holds anything of a lead, or of an e-mail address: rows, refused ones, or the hash of an id."""
    with connect(store, read_only=True) as connection:
        if single_value(connection, _IN_RAW, {"lead_id": lead_id, "email": email}):
            return True
        hashes = [] if lead_id is None else [lead_hash(lead_id, hash_key)]
        if single_value(connection, _IS_ERASED, {"hashes": hashes}):
            return True
        mentions = Mentions([lead_id] if lead_id else [], [email] if email else [])
        return any(True for _ in rows_naming(connection, mentions))


def find_leads(store: Path, *, lead_id: str | None = None, email: str | None = None) -> list[str]:
    """The lead_ids that an erasure concerns, sorted.

    These are the id itself (known or not), the leads that any version ties to the e-mail, and
    every lead whose current version is merged into one of them, along chains of any length. A chain
    that ends in a circle or an unknown lead is void: its leads stand on their own.
    """
    connection = connect(store, read_only=True)
    try:
        found = set() if lead_id is None else {trimmed(lead_id)}
        if email is not None:
            found |= _leads_of_email(connection, email)
        return sorted(found | _merged_into(connection, found))
    finally:
        connection.close()


def addresses_of(store: Path, lead_ids: Iterable[str]) -> set[str]:
    """Every e-mail address that a version of these leads ever had."""
    connection = connect(store, read_only=True)
    try:
        found = connection.execute(
            "select distinct email from raw.leads "
            "where lead_id in (select unnest($ids::varchar[])) and email is not null",
            {"ids": sorted(lead_ids)},
        )
        return {email for (email,) in found.fetchall()}
    finally:
        connection.close()


def concerning(store: Path, lead_ids: Iterable[str], emails: Iterable[str], hash_key: bytes) -> Erasure:
    """The erasure of these leads, and of the quarantined rows that name one of them or of these e-mail addresses."""
    ids = sorted({trimmed(lead_id) for lead_id in lead_ids} - {""})
    connection = connect(store, read_only=True)
    try:
        hashes = frozenset(lead_hash(lead_id, hash_key) for lead_id in ids)
        return Erasure(hashes, frozenset(rows_naming(connection, Mentions(ids, emails))))
    finally:
        connection.close()


def rows_naming(connection: duckdb.DuckDBPyConnection, mentions: Mentions) -> Iterator[Row]:
    """The quarantined rows whose text names one of those whom `mentions` looks for."""
    texts = f"raw_row, detail, {_LEAD_KEY}, lead_id"
    reading = connection.execute(f"select {', '.join(ROW)}, {texts} from raw.quarantine")
    while batch := reading.fetchmany(_ROWS_PER_BATCH):
        for *row, raw_row, detail, lead_key, lead_id in batch:
            if any(mentions.are_in(text) for text in (raw_row, detail, lead_key, lead_id)):
                yield tuple(row)


def _leads_of_email(connection: duckdb.DuckDBPyConnection, email: str) -> set[str]:
    found = connection.execute("select distinct lead_id from raw.leads where lower(email) = lower(?)", [trimmed(email)])
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
