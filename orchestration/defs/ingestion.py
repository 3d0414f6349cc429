"""raw/leads, raw/activities, raw/contracts: what landed, as one batch.

How a file is read is the affair of `ingest`.
"""

from collections.abc import Iterator

import dagster as dg

from ingest.feeds import FEEDS
from orchestration import steps
from orchestration.refresh import Refresh

# A row may name only a stage that the process has, so the seeds are tested before it is read.
STAGES = dg.AssetKey(["seeds", "stages"])


@dg.multi_asset(
    name="ingest",
    specs=[
        dg.AssetSpec(
            ["raw", feed],
            group_name="raw",
            deps=[STAGES],
            description=f"Every accepted version of every row of {feed}.",
        )
        for feed in FEEDS
    ],
)
def raw_feeds(refresh: dg.ResourceParam[Refresh]) -> Iterator[dg.MaterializeResult]:
    """One batch: the three feeds come in together or not at all."""
    batch = steps.ingest(refresh, refresh.settings.landing)
    for feed, report in batch.feeds.items():
        yield dg.MaterializeResult(
            asset_key=["raw", feed],
            metadata={
                "batch_id": batch.batch_id,
                "rows_read": report.rows_read,
                "rows_accepted": report.rows_accepted,
                "rows_quarantined": report.rows_quarantined,
            },
        )
