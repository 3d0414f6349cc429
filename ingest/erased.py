"""Erased leads: their keyed hashes, and the waiting rows that would bring them back.

What an erasure removes from the store is in `erase`.
"""

import hashlib
import hmac
import re

import duckdb
import pyarrow as pa

from ingest.feeds import FEEDS
from ingest.mentions import escaped_pieces, salesforce_id
from ingest.sql import literals
from ingest.texts import trimmed

_DELIMITERS = re.compile(r"[\s,;|\"'{}\[\]]+|:\s")
_IDS_PER_BATCH = 100_000
_LEAD_COLUMNS = {
    "leads": ("lead_id", "merged_into_lead_id"),
    "activities": ("lead_id",),
    "contracts": ("lead_id",),
}


def lead_hash(lead_id: str, hash_key: bytes) -> str:
    """The keyed hash under which an erased lead is remembered: HMAC-SHA256 of its id, in hex."""
    return hmac.new(hash_key, trimmed(lead_id).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def erase_waiting_rows(connection: duckdb.DuckDBPyConnection, hash_key: bytes) -> None:
    """Turn waiting rows that name an erased lead into quarantined ones that do not.

    Contracts keep their money: they lose the lead_id, and what came beside the contract's columns.
    """
    hashes = {row[0] for row in connection.execute("select lead_hash from ops.erased").fetchall()}
    if not hashes:
        return
    for feed, columns in _LEAD_COLUMNS.items():
        for column in columns:
            _register_erased_ids(connection, feed, column, hashes, hash_key)
            connection.execute(_ERASING[feed == "contracts"].format(feed=feed, column=column))
    for feed in FEEDS:
        _erase_texts_of_exports(connection, feed, hashes, hash_key)
    _erase_unparseable(connection, hashes, hash_key)


_ERASING = {
    False: """
        update staging.{feed} set _reason = 'erased', _detail = '{column} names an erased lead',
            _raw = null
        where {column} in (select lead_id from erased_ids)""",
    True: """
        update staging.{feed} set {column} = null, _extra = null, _raw = null
        where {column} in (select lead_id from erased_ids)""",
}


def _register_erased_ids(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    column: str,
    hashes: set[str],
    hash_key: bytes,
) -> None:
    found = connection.cursor()
    ids = found.execute(f"select distinct {column} from staging.{feed} where {column} is not null")
    erased = []
    while batch := ids.fetchmany(_IDS_PER_BATCH):
        erased += [lead_id for (lead_id,) in batch if lead_hash(lead_id, hash_key) in hashes]
    found.close()
    connection.register("erased_ids", pa.table({"lead_id": pa.array(erased, pa.string())}))


def _erase_texts_of_exports(
    connection: duckdb.DuckDBPyConnection, feed: str, hashes: set[str], hash_key: bytes
) -> None:
    """A refused row of an export is about its own lead, its text may name others: it stays without the text."""
    found = connection.cursor()
    waiting = found.execute(
        f"select rowid, _raw from staging.{feed} where _raw is not null "
        f"and split_part(_source, '/', 1) not in ({literals(FEEDS)})"
    )
    naming: list[int] = []
    while batch := waiting.fetchmany(_IDS_PER_BATCH):
        naming += [rowid for rowid, text in batch if _names_one(text, None, hashes, hash_key)]
    found.close()
    connection.register("naming_rows", pa.table({"row_id": pa.array(naming, pa.int64())}))
    connection.execute(
        f"update staging.{feed} set _raw = null, _detail = 'the row names an erased lead' "
        "where rowid in (select row_id from naming_rows)"
    )
    connection.unregister("naming_rows")


def _names_one(text: str, row_key: str | None, hashes: set[str], hash_key: bytes) -> bool:
    """Whether a piece of a refused row's text, or its key, is an erased lead's id."""
    pieces = {*_DELIMITERS.split(text), *map(trimmed, escaped_pieces(text)), row_key}
    named = {form for piece in pieces if piece for form in (piece, salesforce_id(piece))}
    return any(lead_hash(form, hash_key) in hashes for form in named)


def _erase_unparseable(connection: duckdb.DuckDBPyConnection, hashes: set[str], hash_key: bytes) -> None:
    """A row without columns is erased when a piece of its text is an erased lead's id."""
    waiting = connection.execute(
        "select rowid, feed, raw_row, row_key from staging.unparseable where raw_row is not null"
    ).fetchall()
    for rowid, feed, raw_row, row_key in waiting:
        if _names_one(raw_row, row_key, hashes, hash_key):
            reason = "unparseable_row" if feed == "contracts" else "erased"
            connection.execute(
                "update staging.unparseable set reason = ?, detail = ?, raw_row = null, "
                "row_key = case when feed = 'contracts' then row_key end where rowid = ?",
                [reason, "the row names an erased lead", rowid],
            )
