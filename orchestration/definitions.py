"""Everything Dagster loads, for `dg dev` and `dagster dev` as for the job inside `revloop refresh`.

Objects are made in `defs`; here they are put together.
"""

import os
import tempfile
from pathlib import Path

import dagster as dg

from orchestration.dbt_runner import DbtProject
from orchestration.defs.ingestion import raw_feeds
from orchestration.defs.outputs import deliveries
from orchestration.defs.publication import published_site, published_warehouse
from orchestration.defs.resources import refresh_resource
from orchestration.defs.schedules import failure_alert, landing_sensor, nightly, nightly_schedule
from orchestration.defs.scoring import scoring
from orchestration.defs.transformation import transformation
from orchestration.refresh import Refresh, dbt_project
from orchestration.settings import Settings


def build_definitions(
    settings: Settings, project: DbtProject, refresh: Refresh | dg.ResourceDefinition
) -> dg.Definitions:
    """The loop over one dbt project; `refresh` is a refresh already begun, or begins one for each run."""
    parts = transformation(project)
    return dg.Definitions(
        assets=[*parts, raw_feeds, scoring, published_warehouse(parts), published_site, deliveries],
        jobs=[nightly],
        schedules=[nightly_schedule(settings)],
        sensors=[landing_sensor(settings), failure_alert(settings)],
        resources={"refresh": refresh},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The loop over the project and the folders that the environment names."""
    # Runs that Dagster starts inherit it; its pages and daemon go by dagster.yaml.
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    settings = Settings.read()
    project = dbt_project(settings)
    # Looking at definitions leaves no trace in the data folder: dbt parses into a folder that goes away.
    with tempfile.TemporaryDirectory(prefix="revloop-") as target:
        project.parse(Path(target))
        return build_definitions(settings, project, refresh_resource(settings, project))
