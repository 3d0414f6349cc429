"""Small builds, as dbt would leave them for publication: a handful of rows, made in milliseconds."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.store import connect
from orchestration import modes, publication
from orchestration.data_folder import DataFolder
from orchestration.outputs.sink import OUTPUTS
from orchestration.publication import Built
from orchestration.settings import utc_now

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def make_build(
    path: Path,
    refresh_id: str,
    *,
    number: int = 1,
    as_of: datetime = AS_OF,
    is_as_of_asked: bool = True,
    scores: dict[str, str] | None = None,
    storage_version: str = "v1.4.0",
) -> Path:
    """A file with the schemas marts and outputs; `scores` are reasons by lead_id."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as build (storage_version '{storage_version}')")
        connection.execute("use build")
        connection.execute("create schema marts; create schema outputs")
        connection.execute(
            "create table marts.fct_refreshes as select $id as refresh_id, $as_of::timestamptz as as_of, "
            "$as_of::timestamptz as known_at, 'p' as process_hash, 'c' as code_version, "
            "$as_of::timestamptz as started_at, null::timestamptz as finished_at, "
            "null::boolean as checks_passed, null::bigint as checks_count, false as is_replay, "
            "$is_as_of_asked as is_as_of_asked",
            {"id": refresh_id, "as_of": as_of, "is_as_of_asked": is_as_of_asked},
        )
        connection.execute(
            "create table marts.kpi_data_quality as select $id as refresh_id, 'leads' as feed, "
            "1 as parked_rows, 2 as merged_leads, 0 as void_merges, 3 as erased_leads, 4 as future_rows, "
            "5 as unknown_type_rows, $as_of::timestamptz as latest_occurred_at",
            {"id": refresh_id, "as_of": as_of},
        )
        connection.execute(
            "create table marts.kpi_restatements as select 'm' as mart, 'count' as measure, "
            "date '2026-01-01' as period_month, 5::decimal(18, 2) as current, true as is_news"
        )
        connection.execute(f"create table marts.night as select {number} as number from range(1000)")
        for output in OUTPUTS:
            keys = "".join(f"{column} varchar, " for column in output.key if column != "lead_id")
            connection.execute(
                f"create table outputs.{output.table} "
                f"({keys}lead_id varchar, points integer, reason_text varchar, row_hash varchar)"
            )
        for lead_id, reason in (scores or {}).items():
            connection.execute(
                "insert into outputs.sync_crm__lead_scores select $1, -5, $2, md5($2)", [lead_id, reason]
            )
    return path


def make_pay(path: Path, refresh_id: str, *, amount: int = 100, storage_version: str = "v1.4.0") -> Path:
    """A file of pay with one statement, by this refresh."""
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as build (storage_version '{storage_version}')")
        connection.execute("create schema build.marts")
        connection.execute(
            "create table build.marts.fct_pay_statements as select date '2026-01-01' as statement_month, "
            "date '2026-01-01' as period_month, 'rep01' as rep_id, 'grr' as kpi, 'payout' as statement_kind, "
            "$amount::decimal(18, 2) as amount, $amount::decimal(18, 2) as payout_to_date, $id as refresh_id",
            {"id": refresh_id, "amount": amount},
        )
    return path


def with_pay(build: Path, refresh_id: str, pay_mode: int = modes.PRIVATE_FILE) -> Built:
    """A build and its file of pay, as they are published together."""
    return Built(build, make_pay(build.with_name("pay.duckdb"), refresh_id), pay_mode)


def publish(folder: DataFolder, refresh_id: str, number: int = 1) -> Path:
    """Build, stamp, publish, log and clean, as a night does before it makes its site."""
    build = make_build(folder.night / "warehouse.duckdb", refresh_id, number=number)
    publication.stamp(build, refresh_id, utc_now(), 7)
    published = publication.publish(folder, with_pay(build, refresh_id), refresh_id)
    publication.log(folder, published)
    publication.clean(folder)
    return published


def make_pages(published: Path, site: Path) -> None:
    """A site of two files, in which stand the published file's refresh and leads."""
    (site / "assets").mkdir(parents=True)
    with duckdb.connect(str(published), read_only=True) as connection:
        [(refresh_id,)] = connection.execute("select refresh_id from marts.fct_refreshes").fetchall()
        leads = connection.execute("select lead_id, reason_text from outputs.sync_crm__lead_scores").fetchall()
    (site / "index.html").write_text(f"{refresh_id} {leads}", encoding="utf-8")
    (site / "assets" / "core.js").write_text("'use strict';", encoding="utf-8")


def note_batch(folder: DataFolder, batch_id: str) -> None:
    """Write into the store that a batch was loaded after all others, as a night does before it builds."""
    connection = connect(folder.store)
    try:
        connection.execute(
            "insert into ops.batches "
            "select ?, coalesce(max(loaded_at) + interval 1 microsecond, timestamptz '2026-03-01 00:00:00+00') "
            "from ops.batches",
            [batch_id],
        )
    finally:
        connection.close()
