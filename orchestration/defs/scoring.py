"""scoring/…: what the leads' model is and is worth, between the two parts of the dbt project that it parts.

How a model is found is the affair of `orchestration.scoring`.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration import steps
from orchestration.parts import SCORING
from orchestration.refresh import Refresh
from orchestration.scoring.tables import TABLES

READ = [
    ["marts", "fct_lead_features"],
    ["marts", "dim_leads"],
    ["intermediate", "int_score_grade_bands"],
    ["seeds", "public_domains"],
    ["seeds", "segments"],
    ["seeds", "score_feature_allow"],
]


@dg.multi_asset(
    name=SCORING,
    specs=[
        dg.AssetSpec(
            [SCORING, table],
            group_name=SCORING,
            deps=[dg.AssetKey(key) for key in READ],
            description="What scoring leaves for models to read.",
        )
        for table in TABLES
    ],
)
def scoring(refresh: dg.ResourceParam[Refresh]) -> Iterator[dg.MaterializeResult]:
    """The model of a refresh, live or refused."""
    steps.score(refresh)
    for table in TABLES:
        yield dg.MaterializeResult(asset_key=[SCORING, table])
