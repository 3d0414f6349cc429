"""published/: the audited night, where readers find it, and its dashboard.

How a file is published is the affair of `orchestration.publication`, a dashboard that of `orchestration.sites`.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from orchestration import sites, steps
from orchestration.publication import PUBLISHED_SCHEMAS
from orchestration.refresh import Refresh


def published_warehouse(parts: Sequence[dg.AssetsDefinition]) -> dg.AssetsDefinition:
    """The publication, after every mart and output of the dbt project."""
    sources = sorted(key for part in parts for key in part.keys if key.path[0] in PUBLISHED_SCHEMAS)

    @dg.asset(key=["published", "warehouse"], deps=sources, group_name="published")
    def warehouse(refresh: dg.ResourceParam[Refresh]) -> dg.MaterializeResult:
        """The read-only file that BI opens."""
        published = steps.publish(refresh)
        return dg.MaterializeResult(metadata={"path": str(published), "bytes": published.stat().st_size})

    return warehouse


# A night whose dashboard fails is a good night: what was not made is not shown as made, and nothing fails.
@dg.asset(key=["published", "site"], deps=[["published", "warehouse"]], group_name="published", output_required=False)
def published_site(
    context: dg.AssetExecutionContext, refresh: dg.ResourceParam[Refresh]
) -> Iterator[dg.MaterializeResult]:
    """The dashboard, as pages that open from a file."""
    if steps.make_site(refresh):
        yield dg.MaterializeResult(metadata={"path": str(sites.page(refresh.folder))})
    elif worry := sites.worry(refresh.folder, refresh.site_causes):
        context.log.error(worry)
