"""Which waiting rows say what raw says already, so that a nightly full export stores nothing.

Only keys of the batch are compared; how rows come to wait is in `staging`.
"""

import duckdb

from ingest.feeds import Feed


def rows_to_store(connection: duckdb.DuckDBPyConnection, feed: Feed) -> str:
    """SQL text: the good waiting rows of a feed that raw must get.

    A row is left out only if all rows of its key in the batch say the same, and so does the
    current version in raw; of rows that are the same only the greatest is kept. Rows are
    compared by 64 bits of hash within one key: their key is part of what is hashed.
    """
    connection.execute(
        f"""
        create or replace temp table waiting_keys as
        select hash({feed.key}) as key_hash, count(*) as row_count
        from staging.{feed.name} where _reason is null group by all
        """
    )
    # Raw is large and a batch is small: raw is read once for its keys, then only where they are the batch's.
    connection.execute(
        f"""
        create or replace temp table matched_rows as
        select rowid as raw_row, hash({feed.key}) as key_hash
        from raw.{feed.name} where hash({feed.key}) in (select key_hash from waiting_keys)
        """
    )
    connection.execute(
        """
        create or replace temp table compared_keys as
        select key_hash, row_count from waiting_keys
        where row_count > 1 or key_hash in (select key_hash from matched_rows)
        """
    )
    connection.execute(
        f"""
        create or replace temp table batch_keys as
        select key_hash, any_value(row_count) as row_count,
            min({_content(feed)}) as least_content, max({_content(feed)}) as content
        from staging.{feed.name} inner join compared_keys on key_hash = hash({feed.key})
        where _reason is null group by key_hash
        """
    )
    # Which version is current matters, and costs, only where the versions of a key differ.
    connection.execute(
        f"""
        create or replace temp table known_keys as
        with versions as (
            select hash({feed.key}) as key_hash, min({_content(feed)}) as least_version,
                max({_content(feed)}) as version
            from raw.{feed.name} where rowid in (
                select raw_row from matched_rows inner join batch_keys using (key_hash) where least_content = content
            )
            group by all
        ),
        current_versions as (
            select key_hash, version from versions where least_version = version
            union all
            select hash({feed.key}) as key_hash, arg_max({_content(feed)},
                (updated_at, _loaded_at, _source, _source_row)) as version
            from raw.{feed.name} where rowid in (
                select raw_row from matched_rows inner join versions using (key_hash) where least_version <> version
            )
            group by all
        )
        select key_hash from batch_keys inner join current_versions using (key_hash)
        where least_content = content and version = content
        """
    )
    connection.execute(
        f"""
        create or replace temp table idle_rows as
        select rowid as idle_row from staging.{feed.name}
        where _reason is null and hash({feed.key}) in (select key_hash from known_keys)
        union all
        select idle_row from (
            select {feed.name}.rowid as idle_row,
                row_number() over (partition by key_hash order by _source desc, _source_row desc)
                    as place
            from staging.{feed.name} inner join batch_keys on key_hash = hash({feed.key})
            where _reason is null and row_count > 1 and least_content = content
        ) where place > 1
        """
    )
    return f"from staging.{feed.name} where _reason is null and rowid not in (select idle_row from idle_rows)"


def _content(feed: Feed) -> str:
    return f"hash({', '.join(feed.column_names)}, _extra)"
