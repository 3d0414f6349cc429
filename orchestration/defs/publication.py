"""published/warehouse: the audited night, where readers find it.

How a file is published is the affair of `orchestration.publication`.
"""

from collections.abc import Sequence

import dagster as dg

from orchestration import steps
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
