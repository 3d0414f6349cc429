"""When the loop runs: the job, its schedule, the sensor on the landing folder, the alert on failure.

What a run does is the affair of the assets.
"""

import dagster as dg

from ingest.errors import RevloopError
from ingest.landing import fingerprint
from ingest.mapped.library import Mappings
from orchestration.data_folder import DataFolder, append_to
from orchestration.process_vars import read_vars
from orchestration.settings import Settings, utc_now

NIGHT = "0 1 * * *"
SECONDS_BETWEEN_LOOKS = 60
UNFINISHED = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Ingest, transform, audit, publish, deliver.",
)


def nightly_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Every night at one, in the reporting time zone."""
    return dg.ScheduleDefinition(
        name="every_night",
        job=nightly,
        cron_schedule=NIGHT,
        execution_timezone=read_vars(settings.project)["reporting_timezone"],
        description="One run a night, in the reporting time zone.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def landing_sensor(settings: Settings) -> dg.SensorDefinition:
    """One run for whatever is new or changed in the landing folder; off until someone turns it on."""

    @dg.sensor(
        name="landed_files",
        job=nightly,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        description="One run for whatever is new or changed in the landing folder.",
    )
    def landed_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            seen = fingerprint(settings.landing, Mappings(settings.mappings))
        except RevloopError as error:
            return dg.SkipReason(str(error))
        if seen == context.cursor:
            return dg.SkipReason("Nothing new has landed.")
        if context.instance.get_runs(dg.RunsFilter(job_name=nightly.name, statuses=UNFINISHED), limit=1):
            return dg.SkipReason("A run is on its way; what has landed meanwhile is looked at after it.")
        context.update_cursor(seen)
        return dg.RunRequest(run_key=seen)

    return landed_files


def failure_alert(settings: Settings) -> dg.SensorDefinition:
    """A line in the log and in alerts.log for every failed run."""

    @dg.run_failure_sensor(name="failed_runs", default_status=dg.DefaultSensorStatus.RUNNING)
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        line = " ".join(f"{context.dagster_run.job_name} failed: {context.failure_event.message}".split())
        context.log.error(line)
        folder = DataFolder(settings.data)
        folder.make()
        with append_to(folder.alerts) as file:
            file.write(f"{utc_now():%Y-%m-%d %H:%M:%S} UTC {context.dagster_run.run_id} {line}\n")

    return failed_runs
