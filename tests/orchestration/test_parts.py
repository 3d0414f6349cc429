"""dbt builds in parts: Python may have its say between two of them, and still only a whole refresh is published."""

import json
from collections.abc import Callable, Sequence
from itertools import chain

import dagster as dg
import pytest

from ingest.errors import RevloopError
from ingest.load import BatchReport
from orchestration import checkpoints, steps
from orchestration.catalogs import PAY, WAREHOUSE, Catalogs
from orchestration.data_folder import DataFolder
from orchestration.database import open_database
from orchestration.dbt_results import Build
from orchestration.dbt_runner import DbtProject
from orchestration.definitions import build_definitions
from orchestration.defs.resources import refresh_resource
from orchestration.defs.transformation import transformation
from orchestration.nightly import QUIET
from orchestration.parts import PARTS, SEEDS, Part
from orchestration.refresh import Refresh, dbt_project
from orchestration.request import Request
from orchestration.settings import Settings, utc_now
from tests.conftest import Workplace
from tests.orchestration.conftest import ACTIVITIES, LEADS

NOTES = "fct_notes"
BEFORE = Part("before", "resource_type:model", exclude="source:python+ source:scoring+")
AFTER = Part("after", "source:python+ source:scoring+")
HALVES = (SEEDS, BEFORE, AFTER)

SOURCE = """sources:
  - name: python
    database: "{{ target.database }}"
    tables:
      - name: notes
        meta: {dagster: {asset_key: [python, notes]}}
models:
  - name: fct_notes
    columns:
      - name: note
        data_type: varchar
      - name: lead_id
        data_type: varchar
        data_tests:
          - relationships: {arguments: {to: ref('dim_leads'), field: lead_id}}
"""


@pytest.fixture(scope="module")
def workplace(make_workplace: Callable[[str], Workplace]) -> Workplace:
    """A workplace whose project has a model that reads what Python writes about its leads."""
    workplace = make_workplace("parts")
    workplace.land("leads/first.csv", LEADS)
    workplace.land("activities/first.csv", ACTIVITIES)
    marts = workplace.project / "models" / "marts"
    (marts / "notes.yml").write_text(SOURCE)
    (marts / f"{NOTES}.sql").write_text("select note, lead_id from {{ source('python', 'notes') }}")
    return workplace


@pytest.fixture(scope="module")
def settings(workplace: Workplace) -> Settings:
    return Settings(workplace.project, workplace.landing, workplace.data, "1GB", None, "pytest")


def in_parts(settings: Settings, parts: Sequence[Part]) -> DbtProject:
    project = dbt_project(settings)
    return DbtProject(project.folder, project.target, project.catalogs, parts)


def write_notes(refresh: Refresh) -> None:
    with open_database(refresh.catalogs.build / "build.duckdb") as connection:
        connection.execute(f"attach '{refresh.catalogs.build / 'warehouse.duckdb'}' as warehouse (read_only)")
        connection.execute("create schema if not exists python")
        connection.execute("create table python.notes as select lead_id, 'seen' as note from warehouse.marts.dim_leads")


@dg.asset(key=["python", "notes"], deps=[["marts", "dim_leads"]])
def notes(refresh: dg.ResourceParam[Refresh]) -> None:
    """A Python step that reads a mart and is read by a model."""
    write_notes(refresh)


def nightly_in(settings: Settings, parts: Sequence[Part]) -> dg.JobDefinition:
    """The nightly job over a project in these parts, with the Python step."""
    project = in_parts(settings, parts)
    definitions = build_definitions(settings, project, refresh_resource(settings, project))
    return dg.Definitions.merge(definitions, dg.Definitions(assets=[notes])).resolve_job_def("nightly")


@pytest.fixture(scope="module")
def run_in_halves(workplace: Workplace, settings: Settings) -> dg.JobDefinition:
    """The job of two halves, after a whole run of it."""
    job = nightly_in(settings, HALVES)
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(run_config=QUIET, instance=instance)
        shown = {event.asset_key for event in result.get_asset_materialization_events()}
        assert shown == job.asset_layer.executable_asset_keys
        checks = {check.asset_key.path[-1] for check in result.get_asset_check_evaluations() if check.passed}
        assert {NOTES, "dim_leads"} <= checks
    return job


def test_python_writes_between_two_halves_of_one_published_refresh(
    workplace: Workplace, run_in_halves: dg.JobDefinition
) -> None:
    notes, leads = workplace.rows(
        f"select (select count(*) from marts.{NOTES}), (select count(*) from marts.dim_leads)"
    )[0]
    assert notes == leads > 0
    assert checkpoints.read(DataFolder(workplace.data).night) is not None


@pytest.mark.parametrize(
    "asked",
    [
        [["marts", "dim_leads"]],
        [["marts", NOTES]],
        [["seeds", "stages"], ["marts", "dim_leads"], ["published", "warehouse"]],
    ],
    ids=["of the first half", "of the second half", "of several"],
)
def test_some_of_the_models_are_refused_before_the_build_is_touched(
    workplace: Workplace, run_in_halves: dg.JobDefinition, asked: list[list[str]]
) -> None:
    refuse(workplace, run_in_halves, {dg.AssetKey(key) for key in asked})


@pytest.mark.parametrize("number", range(len(HALVES)), ids=[part.name for part in HALVES])
def test_a_whole_part_alone_is_refused_too(
    workplace: Workplace, settings: Settings, run_in_halves: dg.JobDefinition, number: int
) -> None:
    refuse(workplace, run_in_halves, set(transformation(in_parts(settings, HALVES))[number].keys))


def refuse(workplace: Workplace, job: dg.JobDefinition, asked: set[dg.AssetKey]) -> None:
    folder = DataFolder(workplace.data)
    published, left = workplace.published.resolve(), checkpoints.read(folder.night)
    with (
        dg.DagsterInstance.ephemeral() as instance,
        pytest.raises(dg.Failure, match="Models are built together: launch the whole job"),
    ):
        job.execute_in_process(run_config=QUIET, instance=instance, asset_selection=sorted(asked))
    assert workplace.published.resolve() == published
    assert left is not None
    assert checkpoints.read(folder.night) == left


def test_a_step_between_models_of_one_part_is_told_to_cut_it(
    workplace: Workplace, settings: Settings, run_in_halves: dg.JobDefinition
) -> None:
    published = workplace.published.resolve()
    # Dagster makes two operations of one that must wait for what waits for it.
    with (
        dg.DagsterInstance.ephemeral() as instance,
        pytest.raises(dg.Failure, match=r"transform is built at once.*parts\.py"),
    ):
        nightly_in(settings, PARTS).execute_in_process(run_config=QUIET, instance=instance)
    assert workplace.published.resolve() == published


@pytest.mark.parametrize("parts", [PARTS, HALVES], ids=["as they are", "in halves"])
def test_every_seed_model_and_test_is_in_one_part(settings: Settings, parts: Sequence[Part]) -> None:
    project = in_parts(settings, parts)
    built = [selected(project, part) for part in parts]
    assert sorted(chain(*built)) == sorted(project.manifest_content["nodes"])
    for number, names in enumerate(built):
        later = set(chain(*built[number + 1 :]))
        assert not later & {parent for name in names for parent in project.manifest_content["parent_map"][name]}


def selected(project: DbtProject, part: Part) -> list[str]:
    """The unique ids of what dbt builds of a part, as dbt itself lists them."""
    words = ["ls", "--output", "json", "--output-keys", "unique_id", *part.selection]
    listed = [json.loads(line)["unique_id"] for line in project._invoke(words, project.catalogs, project.target).result]
    return [name for name in listed if name.split(".")[0] in ("seed", "model", "test")]


class SmallProject(DbtProject):
    """Builds nothing, and says that it passed, or why it did not."""

    def __init__(self, folder: DataFolder, causes: dict[str, str]) -> None:
        catalogs = Catalogs(folder.root, folder.store, folder.night, "1GB")
        super().__init__(folder.root, folder.dbt, catalogs, HALVES)
        self.causes = causes

    def build(self, variables: object, selection: Sequence[str], **others: object) -> Build:
        [part] = [part for part in self.parts if part.selection == selection]
        return Build([], (self.causes[part.name],) if part.name in self.causes else ())


@pytest.fixture
def small_refresh(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Refresh]:
    """A refresh that has loaded its rows and is about to build, on a build that could be continued."""
    now = utc_now()
    for name in ("process_hash", "code_version", "vars_hash"):
        monkeypatch.setattr(Refresh, name, "a hash")
    monkeypatch.setattr(Refresh, "seed_hashes", {})
    monkeypatch.setattr(steps, "_continue_or_rebuild", lambda refresh: None)
    with open_database(folder.night / "build.duckdb") as connection:
        connection.execute("create schema intermediate; create table intermediate.int_lead_digests (lead_id text)")
    for name in (WAREHOUSE, PAY):
        open_database(folder.night / name).close()
    checkpoints.leave(folder.night, checkpoints.Checkpoint(now, now, "of the last night", "a hash", {}))

    def begun(**causes: str) -> Refresh:
        project = SmallProject(folder, causes)
        settings = Settings(folder.root, folder.root, folder.root, "1GB", None, "pytest")
        batch = BatchReport("r1", now, {}, [])
        return Refresh(
            settings, folder, project, Request(), "r1", now, lambda line: None, project.catalogs, batch=batch
        )

    return begun


def left_by(refresh: Refresh) -> str | None:
    """What made the build that the next refresh may continue."""
    left = checkpoints.read(refresh.folder.night)
    return left and left.code_version


def test_a_checkpoint_is_left_by_the_last_part(small_refresh: Callable[..., Refresh]) -> None:
    refresh = small_refresh()
    steps.build(refresh, SEEDS)
    assert left_by(refresh) == "of the last night"
    steps.build(refresh, BEFORE)
    assert left_by(refresh) is None
    steps.build(refresh, AFTER)
    assert left_by(refresh) == "a hash"


def test_no_part_is_built_out_of_turn(small_refresh: Callable[..., Refresh]) -> None:
    refresh = small_refresh()
    for turn in HALVES:
        for part in set(HALVES) - {turn}:
            with pytest.raises(RevloopError, match="only a whole refresh is published"):
                steps.build(refresh, part)
        steps.build(refresh, turn)
    assert len(refresh.builds) == len(HALVES)


def test_nothing_is_built_on_scores_of_another_refresh(small_refresh: Callable[..., Refresh]) -> None:
    refresh = small_refresh()
    refresh.project.parts = PARTS
    for part in PARTS[:-1]:
        steps.build(refresh, part)
    with pytest.raises(RevloopError, match="only a whole refresh is published"):
        steps.build(refresh, PARTS[-1])
    refresh.is_scored = True
    steps.build(refresh, PARTS[-1])
    assert left_by(refresh) == "a hash"


def test_nothing_is_built_or_published_on_a_part_that_failed(small_refresh: Callable[..., Refresh]) -> None:
    refresh = small_refresh(before="a test found a wrong row")
    steps.build(refresh, SEEDS)
    with pytest.raises(RevloopError, match="a test found a wrong row"):
        steps.transform(refresh)
    with pytest.raises(RevloopError, match="a test found a wrong row"):
        steps.build(refresh, AFTER)
    assert left_by(refresh) is None
    assert refresh.ending.causes == ("a test found a wrong row",)


def test_no_refresh_is_published_before_its_last_part(small_refresh: Callable[..., Refresh]) -> None:
    refresh = small_refresh()
    for part in HALVES:
        with pytest.raises(RevloopError, match="only a whole refresh is published"):
            steps.publish(refresh)
        steps.build(refresh, part)
    refresh = small_refresh(after="a test found a wrong row")
    for part in HALVES:
        steps.build(refresh, part)
    with pytest.raises(RevloopError, match="a test found a wrong row"):
        steps.publish(refresh)
