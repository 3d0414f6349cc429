"""Run the nightly job in this process, for the command line: everything but the deliveries.

What the job is made of is in `definitions`; what a step does, in `steps`.
"""

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.instance.ref import InstanceRef

from orchestration.definitions import build_definitions
from orchestration.refresh import Refresh
from orchestration.settings import Settings

# The settings in DAGSTER_HOME are the user's: they may leave out what Dagster does then.
SILENT = {"telemetry": {"enabled": False}}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(refresh: Refresh) -> None:
    """Load, transform, audit and publish a refresh that has begun. RevloopError with the cause if it fails."""
    job = build_definitions(refresh.settings, refresh.project, refresh).resolve_job_def("nightly")
    kept = [key for key in job.asset_layer.executable_asset_keys if key.path[0] != "crm"]
    with _instance(refresh.settings) as instance:
        try:
            job.execute_in_process(run_config=QUIET, instance=instance, asset_selection=kept)
        except DagsterExecutionInterruptedError as interruption:
            raise KeyboardInterrupt from interruption


def _instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, where runs are to be seen afterwards, else one that goes away. It tells nobody."""
    if settings.dagster_home is None:
        return dg.DagsterInstance.ephemeral()
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(settings.dagster_home), overrides=SILENT))
