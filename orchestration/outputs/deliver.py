"""Send the latest publication to a sink: plan, guard, push, write down.

Which sinks there are is listed in `sinks`; how they send is in their own modules.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ingest.errors import RevloopError
from orchestration import modes, publication
from orchestration.data_folder import DataFolder
from orchestration.outputs.ledger import Ledger
from orchestration.outputs.sink import OUTPUTS, Counts, Plan, Sink

# A plan that takes away more than this share, and more than so many rows, is more likely a fault.
MOST_DELETED_SHARE = 0.5
MOST_DELETED_ROWS = 100


def deliver(
    folder: DataFolder,
    sink: Sink,
    now: datetime,
    *,
    dry_run: bool = False,
    retry_rejected: bool = False,
    force: bool = False,
) -> Mapping[str, Counts]:
    """Send what changed since the last delivery; counts by output. A dry run writes nothing at all.

    RevloopError if there is no publication, and unless it is forced if a later one than that which readers get was
    published, if its as_of was asked for and lies before the last delivery's, or if the plan is beyond its guards.
    """
    published = publication.current(folder)
    if published is None:
        raise RevloopError(f"nothing is published in {folder.root} yet: run `revloop refresh` first")
    refresh_id = publication.refresh_id_of(published)
    as_of = publication.business_time(published).as_of
    with modes.private(), Ledger(folder.ledger, read_only=dry_run) as ledger:
        if not force:
            _require_latest(folder, published, ledger.last_as_of(sink.name))
        held = ledger.see(published)
        # A publication of an earlier version lacks the outputs that came since: what was sent of them stays.
        outputs = [output for output in OUTPUTS if output.table in held]
        plans = [ledger.plan(sink.name, output, only_rejected=retry_rejected) for output in outputs]
        if not force:
            _guard(plans)
        if dry_run:
            return _counts(plans)
        for plan in plans:
            # A file is written also when no row has changed: erasure may have taken rows out of the ledger.
            if plan.counts.changed or not retry_rejected:
                for receipt in sink.push(plan):
                    ledger.record(sink.name, plan, receipt, now)
        if not retry_rejected:
            ledger.close_delivery(sink.name, refresh_id, as_of, now)
        return _counts(plans)


def _counts(plans: list[Plan]) -> Mapping[str, Counts]:
    return {plan.output.name: plan.counts for plan in plans}


def _require_latest(folder: DataFolder, published: Path, last_as_of: datetime | None) -> None:
    if newer := publication.newer_than(folder, published):
        raise RevloopError(
            f"{publication.refresh_id_of(published)} is not the newest publication, {newer} is: "
            "refresh first, or say --force"
        )
    shown = publication.business_time(published)
    # A clock that went wrong for one night must not hold up the nights after it.
    if shown.is_asked and last_as_of is not None and shown.as_of < last_as_of:
        raise RevloopError(
            f"the publication is as of {shown.as_of:%Y-%m-%d %H:%M} UTC, as was asked for, the last delivery was as of "
            f"{last_as_of:%Y-%m-%d %H:%M} UTC: refresh first, or say --force"
        )


def _guard(plans: list[Plan]) -> None:
    for plan in plans:
        deleted, before = plan.counts.deleted, plan.counts.delivered_before
        if deleted > MOST_DELETED_ROWS and deleted > MOST_DELETED_SHARE * before:
            raise RevloopError(
                f"{plan.output.name} would lose {deleted} of {before} delivered rows: see why, or say --force"
            )
