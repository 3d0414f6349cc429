"""The refresh that a Dagster run is: begun once per run, with the data folder held until its end.

The command line begins its own refresh and hands it to the job in place of this one.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import dagster as dg

from orchestration.data_folder import FolderInUseError
from orchestration.dbt_runner import DbtProject
from orchestration.refresh import Refresh, begin
from orchestration.request import Request
from orchestration.settings import Settings
from orchestration.timestamps import parse_timestamp

DAGSTER_RUN = "dagster run"
SECONDS_BETWEEN_TRIES = 5
CLOCK = dg.Field(str, is_required=False, description="A timestamp; empty for the default.")


def refresh_resource(settings: Settings, project: DbtProject) -> dg.ResourceDefinition:
    """One refresh per run, its clocks as run config."""

    @dg.resource(
        config_schema={
            "as_of": CLOCK,
            "known_at": CLOCK,
            "full": dg.Field(bool, default_value=False),
        }
    )
    def refresh(context: dg.InitResourceContext) -> Iterator[Refresh]:
        request = _request(context.resource_config)
        mine = replace(settings, command=f"{DAGSTER_RUN} {context.run.run_id if context.run else ''}")
        with ExitStack() as held:
            yield _begin(held, mine, request, project, context.log)

    return refresh


def _request(config: dict[str, str | bool]) -> Request:
    clocks = {name: parse_timestamp(str(config[name])) for name in ("as_of", "known_at") if config.get(name)}
    return Request(**clocks, full=bool(config["full"]))


def _begin(
    held: ExitStack,
    settings: Settings,
    request: Request,
    project: DbtProject,
    log: dg.DagsterLogManager,
) -> Refresh:
    # Dagster's own runs wait for each other; a foreign process is refused, as it refuses us.
    while True:
        try:
            return held.enter_context(begin(settings, request, project, log.info))
        except FolderInUseError as refused:
            if DAGSTER_RUN not in refused.holder:
                raise
            log.info(f"Waiting: {refused}")
            time.sleep(SECONDS_BETWEEN_TRIES)
