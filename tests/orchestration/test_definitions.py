"""Dagster's side: what is defined, when it runs, and a run of it from landed files to delivered ones."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from graphlib import TopologicalSorter
from pathlib import Path

import dagster as dg
import pytest

from ingest.errors import RevloopError
from orchestration import attempts
from orchestration.data_folder import DataFolder
from orchestration.dbt_runner import DbtProject
from orchestration.definitions import build_definitions
from orchestration.definitions import defs as loaded_by_dagster
from orchestration.defs import resources
from orchestration.defs.schedules import landing_sensor
from orchestration.defs.transformation import UNIQUE_ID
from orchestration.nightly import QUIET
from orchestration.nightly import _instance as nightly_instance
from orchestration.refresh import dbt_project
from orchestration.request import Request
from orchestration.settings import Settings
from tests.conftest import Workplace
from tests.orchestration.conftest import ACTIVITIES, LEADS

SITE = ("published", "site")
OUTSIDE_DBT = {
    ("raw", "leads"),
    ("raw", "activities"),
    ("raw", "contracts"),
    ("published", "warehouse"),
    SITE,
    ("crm", "lead_scores"),
    ("crm", "recycled_leads"),
    ("crm", "next_actions"),
    ("crm", "audiences"),
}
SOME_MODELS = {
    ("seeds", "stages"),
    ("staging", "stg_crm__leads"),
    ("marts", "dim_leads"),
    ("marts", "fct_refreshes"),
    ("outputs", "sync_crm__lead_scores"),
}


def settings_of(workplace: Workplace) -> Settings:
    return Settings(workplace.project, workplace.landing, workplace.data, "1GB", None, "pytest")


@pytest.fixture(scope="module")
def workplace(make_workplace: Callable[[str], Workplace]) -> Workplace:
    workplace = make_workplace("dagster")
    workplace.set_var("reporting_timezone", "Asia/Seoul")
    workplace.land("leads/first.csv", LEADS)
    workplace.land("activities/first.csv", ACTIVITIES)
    return workplace


@pytest.fixture(scope="module")
def project(workplace: Workplace) -> DbtProject:
    return dbt_project(settings_of(workplace))


@pytest.fixture(scope="module")
def definitions(workplace: Workplace, project: DbtProject) -> dg.Definitions:
    settings = settings_of(workplace)
    return build_definitions(settings, project, resources.refresh_resource(settings, project))


@pytest.fixture(scope="module")
def job(definitions: dg.Definitions) -> dg.JobDefinition:
    return definitions.resolve_job_def("nightly")


def keys(job: dg.JobDefinition) -> set[tuple[str, ...]]:
    return {tuple(key.path) for key in job.asset_layer.executable_asset_keys}


def test_the_nightly_job_runs_every_asset_and_its_checks(job: dg.JobDefinition) -> None:
    assert keys(job) >= OUTSIDE_DBT | SOME_MODELS
    assert {len(key) for key in keys(job)} == {2}
    assert dg.AssetKey(["marts", "dim_leads"]) in {
        key.asset_key for key in job.asset_layer.asset_graph.asset_check_keys
    }


def test_the_flow_goes_from_raw_to_crm(job: dg.JobDefinition) -> None:
    graph = job.asset_layer.asset_graph
    upstream = graph.get_ancestor_asset_keys(dg.AssetKey(["crm", "lead_scores"]))
    assert {tuple(key.path) for key in upstream} >= {key for key in OUTSIDE_DBT if key[0] != "crm" and key != SITE}
    assert {tuple(key.path) for key in graph.get(dg.AssetKey([*SITE])).parent_keys} == {("published", "warehouse")}
    assert dg.AssetKey(["published", "warehouse"]) in graph.get(dg.AssetKey(["crm", "lead_scores"])).parent_keys
    assert dg.AssetKey(["raw", "leads"]) in graph.get(dg.AssetKey(["staging", "stg_crm__lead_versions"])).parent_keys


def test_the_graph_that_the_pages_draw_has_no_cycle(definitions: dg.Definitions) -> None:
    # Dagster resolves what an asset names as its parent only when the whole repository is loaded.
    graph = definitions.get_repository_def().asset_graph
    parents = {key: graph.get(key).parent_keys for key in graph.get_all_asset_keys()}
    assert dg.AssetKey(["last_night", "fct_stage_transitions"]) in parents
    assert len(list(TopologicalSorter(parents).static_order())) == len(parents)


def test_every_data_test_is_a_check_of_an_asset(definitions: dg.Definitions, project: DbtProject) -> None:
    assets = definitions.get_repository_def().assets_defs_by_key.values()
    shown = {check.metadata[UNIQUE_ID] for asset in assets for check in asset.check_specs}
    nodes = project.manifest_content["nodes"]
    assert shown == {name for name, node in nodes.items() if node["resource_type"] == "test"}


def test_no_check_is_waited_for_that_a_night_need_not_run(definitions: dg.Definitions) -> None:
    assets = definitions.get_repository_def().assets_defs_by_key.values()
    checks = [spec for asset in assets for spec in asset.check_specs]
    assert checks
    # Dagster warns of each blocking check without a result; what fails stops the build itself.
    assert [spec.name for spec in checks if spec.blocking] == []


def test_one_schedule_at_one_in_the_reporting_time_zone(definitions: dg.Definitions) -> None:
    [schedule] = definitions.schedules or []
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 1 * * *", "Asia/Seoul")
    assert schedule.job_name == "nightly"


def test_the_landing_sensor_asks_for_one_run_for_each_change(tmp_path: Path, workplace: Workplace) -> None:
    settings = replace(settings_of(workplace), landing=tmp_path / "landing")
    sensor = landing_sensor(settings)
    with dg.DagsterInstance.ephemeral() as instance:

        def look(cursor: str | None) -> tuple[bool, str | None]:
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            return isinstance(sensor(context), dg.RunRequest), context.cursor

        assert look(None) == (False, None)
        (settings.landing / "leads").mkdir(parents=True)
        (settings.landing / "leads" / "a.csv").write_text("lead_id\n")
        first, cursor = look(None)
        assert first
        assert look(cursor) == (False, cursor)
        (settings.landing / "leads" / "a.csv").write_text("lead_id,created_at\n")
        changed, after = look(cursor)
        assert changed
        assert after != cursor


def test_dagster_tells_nobody_of_runs_that_are_kept(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dagster.yaml").write_text("nux:\n  enabled: false\n")
    with nightly_instance(replace(settings_of(workplace), dagster_home=tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert instance.root_directory == str(tmp_path)
    monkeypatch.delenv("DAGSTER_DISABLE_TELEMETRY", raising=False)
    monkeypatch.chdir(workplace.folder)
    monkeypatch.setenv("REVLOOP_DATA", str(tmp_path / "none"))
    loaded_by_dagster()
    assert os.environ["DAGSTER_DISABLE_TELEMETRY"] == "1"


def test_loading_the_definitions_leaves_no_trace(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace.folder)
    monkeypatch.setenv("REVLOOP_DATA", str(tmp_path / "none"))
    loaded = loaded_by_dagster()
    assert [schedule.name for schedule in loaded.schedules or []] == ["every_night"]
    assert not (tmp_path / "none").exists()


@pytest.mark.whole
def test_a_run_goes_from_landed_files_to_delivered_ones_and_a_failed_one_leaves_an_alert(
    workplace: Workplace, definitions: dg.Definitions, job: dg.JobDefinition
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_config = {**QUIET, "resources": {"refresh": {"config": {"as_of": "2026-03-01"}}}}
        result = job.execute_in_process(run_config=run_config, instance=instance)
        checks = result.get_asset_check_evaluations()
        assert {tuple(event.asset_key.path) for event in result.get_asset_materialization_events()} == keys(job)
        assert checks
        assert all(check.passed for check in checks)
        [(refreshes, as_of)] = workplace.rows("select count(*), max(as_of)::date::varchar from marts.fct_refreshes")
        assert (refreshes, as_of) == (1, "2026-03-01")
        attempt = attempts.read(DataFolder(workplace.data).attempt)
        assert attempt is not None
        assert (attempt.outcome, attempt.command) == ("published", f"dagster run {result.run_id}")
        scores = workplace.data / "delivered" / "files" / "lead_scores.csv"
        assert scores.read_text().startswith("lead_id,")

        published = workplace.published.resolve()
        alone = [dg.AssetKey(["published", "warehouse"])]
        with pytest.raises(RevloopError, match="only a whole refresh is published"):
            job.execute_in_process(run_config=QUIET, instance=instance, asset_selection=alone)
        assert workplace.published.resolve() == published
        failed = job.execute_in_process(
            run_config=QUIET, instance=instance, asset_selection=alone, raise_on_error=False
        )
        attempt = attempts.read(DataFolder(workplace.data).attempt)
        assert attempt is not None
        assert attempt.outcome == "failed"
        assert "only a whole refresh is published" in attempt.causes[0]
        [sensor] = [sensor for sensor in definitions.sensors or [] if sensor.name == "failed_runs"]
        sensor(
            dg.build_run_status_sensor_context(
                sensor_name="failed_runs",
                dagster_instance=instance,
                dagster_run=failed.dagster_run,
                dagster_event=failed.get_run_failure_event(),
            ).for_run_failure()
        )
    [alert] = DataFolder(workplace.data).alerts.read_text().splitlines()
    assert "nightly failed" in alert
    assert failed.run_id in alert


HOLD_FOR_A_MOMENT = """
import sys, time
from pathlib import Path
from orchestration.data_folder import DataFolder, exclusive
from orchestration.settings import utc_now
with exclusive(DataFolder(Path(sys.argv[1])), sys.argv[2], utc_now()):
    print("held", flush=True)
    time.sleep(1)
"""


@pytest.mark.parametrize(("holder", "waits"), [("dagster run abc", True), ("revloop refresh", False)])
def test_dagsters_own_runs_wait_for_each_other_and_a_foreign_process_is_refused(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: str, waits: bool
) -> None:
    monkeypatch.setattr(resources, "SECONDS_BETWEEN_TRIES", 0.1)
    settings = replace(settings_of(workplace), data=tmp_path / "data")
    settings.data.mkdir()
    begin = resources.refresh_resource(settings, dbt_project(settings))
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_FOR_A_MOMENT, str(settings.data), holder],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    other.stdout.readline()
    with dg.build_init_resource_context(config={"full": False}) as context:
        if waits:
            with begin(context) as refresh:
                assert refresh.request == Request()
        else:
            with pytest.raises(RevloopError, match="revloop refresh"), begin(context):
                pass
    other.wait()
