"""crm/: what other systems get of the publication, scores, lists, actions and audiences.

What is sent, and to whom, is the affair of `orchestration.outputs`.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.outputs.deliver import deliver
from orchestration.outputs.files import FilesSink
from orchestration.outputs.sink import OUTPUTS
from orchestration.outputs.sinks import open_sink
from orchestration.refresh import Refresh
from orchestration.settings import utc_now


@dg.multi_asset(
    name="deliver",
    specs=[
        dg.AssetSpec(
            ["crm", output.name],
            deps=[["published", "warehouse"]],
            group_name="crm",
            description=f"{output.table} of the latest publication, sent to the files sink.",
        )
        for output in OUTPUTS
    ],
)
def deliveries(refresh: dg.ResourceParam[Refresh]) -> Iterator[dg.MaterializeResult]:
    """Send what changed since the last delivery."""
    counts = deliver(refresh.folder, open_sink(FilesSink.name, refresh.folder), utc_now())
    for output, count in counts.items():
        yield dg.MaterializeResult(
            asset_key=["crm", output],
            metadata={
                "created": count.created,
                "updated": count.updated,
                "deleted": count.deleted,
                "unchanged": count.unchanged,
            },
        )
