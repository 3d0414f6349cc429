"""What a night is, step by step, in plain Python: begin, ingest, transform, publish.

Dagster assets and the command line call these; neither Dagster nor click is known here.
"""

import csv
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from ingest.errors import RevloopError
from ingest.load import BatchReport, load_landing
from ingest.store import connect
from orchestration import attempts, by_hand, increments, leftovers, lineage, modes, publication
from orchestration.data_folder import DataFolder, empty, exclusive
from orchestration.dbt_runner import MODELS, SEEDS, Build, Catalogs, DbtProject
from orchestration.increments import WholeNight
from orchestration.process_hash import code_version, process_hash, seed_hashes, vars_hash
from orchestration.request import Request
from orchestration.settings import Settings, utc_now
from orchestration.timestamps import iso

Progress = Callable[[str], None]

WHOLE = "only a whole refresh is published: run all of its steps, not one alone"


@dataclass
class Night:
    """One refresh on its way: what it was asked, and what its steps have done so far."""

    settings: Settings
    folder: DataFolder
    project: DbtProject
    request: Request
    refresh_id: str
    started_at: datetime
    progress: Progress
    catalogs: Catalogs
    process: Build | None = None
    batch: BatchReport | None = None
    models: Build | None = None
    publication: Path | None = None
    last: WholeNight | None = None
    changed_seeds: frozenset[str] = frozenset()
    causes: tuple[str, ...] = ()

    @property
    def ending(self) -> attempts.Ending:
        """What the refresh reached, and why it got no further."""
        broken = (build.causes for build in (self.process, self.models) if build and build.causes)
        return attempts.Ending(self.refresh_id, self.publication is not None, self.causes or next(broken, ()))

    def part(self, part: Sequence[str]) -> Build:
        """Build a part of the project at this night's clocks, into its own files."""
        return self.project.build(
            self.variables,
            part,
            catalogs=self.catalogs,
            full_refresh=self.last is None,
            progress=self.progress,
        )

    @property
    def checks_count(self) -> int:
        """Data tests that ran and passed."""
        return sum(build.checks_count for build in (self.process, self.models) if build)

    @property
    def as_of(self) -> datetime:
        return self.request.as_of or self.started_at

    @cached_property
    def process_hash(self) -> str:
        """What the seeds and vars are that this night goes by."""
        return process_hash(self.project.folder)

    @cached_property
    def code_version(self) -> str:
        """What this night is made by."""
        return code_version(self.project.folder)

    @cached_property
    def vars_hash(self) -> str:
        """What the vars are that this night goes by."""
        return vars_hash(self.project.folder)

    @cached_property
    def seed_hashes(self) -> Mapping[str, str]:
        """What each seed is that this night goes by."""
        return seed_hashes(self.project.folder)

    @cached_property
    def rebuilt(self) -> frozenset[str]:
        """What a night that continues another makes and checks of everything: what depends on a changed seed."""
        return lineage.nodes_to_rebuild(self.project.manifest_content, self.changed_seeds)

    @property
    def variables(self) -> Mapping[str, str | bool | list[str]]:
        """The vars that dbt gets. Without known_at nothing that is known is left out."""
        variables: dict[str, str | bool | list[str]] = {
            "as_of": iso(self.as_of),
            "is_as_of_asked": self.request.is_as_of_asked,
            "refresh_id": self.refresh_id,
            "started_at": iso(self.started_at),
            "process_hash": self.process_hash,
            "code_version": self.code_version,
        }
        if self.request.known_at:
            variables["known_at"] = iso(self.request.known_at)
        if self.last:
            variables |= {
                "increment": True,
                "changed_since": iso(self.last.loaded_at),
                "previous_as_of": iso(self.last.as_of),
                "rebuilt": sorted(self.rebuilt),
            }
        return variables


def dbt_project(settings: Settings) -> DbtProject:
    """The project of a run, building into the night's files."""
    folder = DataFolder(settings.data)
    catalogs = Catalogs(folder.root, folder.store, folder.night, settings.memory_limit)
    return DbtProject(settings.project, folder.dbt, catalogs)


@contextmanager
def night(settings: Settings, request: Request, project: DbtProject, progress: Progress) -> Iterator[Night]:
    """Hold the data folder, clear up and finish what a killed run left, and begin a refresh."""
    started_at = utc_now()
    request.require_near(started_at)
    folder = DataFolder(settings.data)
    with exclusive(folder, settings.command, started_at):
        refresh_id = publication.refresh_id_at(started_at)
        begun = Night(settings, folder, project, request, refresh_id, started_at, progress, project.catalogs)
        try:
            with _recorded(begun):
                with modes.private():
                    _clear_up(folder, progress)
                    begun.refresh_id = publication.new_refresh_id(folder, started_at)
                yield begun
        except KeyboardInterrupt as interruption:
            if begun.publication is not None:
                raise
            raise RevloopError(attempts.INTERRUPTED_CAUSE) from interruption


def _clear_up(folder: DataFolder, progress: Progress) -> None:
    """Finish what a killed run left half done, and remove what it left."""
    folder.require_store()
    folder.prepare()
    connect(folder.store).close()
    leftovers.finish(folder, progress)


def _recorded(begun: Night) -> AbstractContextManager[None]:
    """Write down that a refresh began, and what becomes of it."""
    return attempts.recorded(
        begun.folder.attempt,
        begun.settings.command,
        begun.started_at,
        begun.settings.private,
        lambda: begun.ending,
    )


def ingest(night: Night, landing: Path) -> BatchReport:
    """Load what has landed, as one batch."""
    with _step(night, "ingest"):
        night.batch = load_landing(
            landing,
            night.folder.store,
            batch_id=night.refresh_id,
            now=night.started_at,
            stages=_stages(night.project.folder),
            hash_key=night.folder.hash_key(),
            memory_limit=night.settings.memory_limit,
            temp_directory=night.folder.tmp,
            progress=lambda line: night.progress(f"ingest: {line}"),
        )
    return night.batch


def prepare(night: Night) -> Build:
    """Build and test the seeds that changed, before rows are judged by what they say."""
    with _step(night, "process"):
        by_hand.mark_unfinished(night.catalogs.build)
        _continue_or_rebuild(night)
        if night.last:
            night.process = night.project.build_changed_seeds(night.changed_seeds, night.part)
        else:
            night.process = night.part(SEEDS)
    return night.process


def transform(night: Night) -> Build:
    """Build and test every model on the seeds, of the leads that anything touched if the last build was whole."""
    with _step(night, "transform"):
        if night.process is None:
            raise RevloopError(WHOLE)
        night.process.require_passed()
        increments.take(night.catalogs.build)
        night.models = night.part(MODELS)
        if not night.models.causes and night.batch and not night.request.known_at:
            whole = WholeNight(
                night.as_of, night.batch.loaded_at, night.code_version, night.vars_hash, night.seed_hashes
            )
            increments.leave(night.catalogs.build, whole)
    return night.models


def _continue_or_rebuild(night: Night) -> None:
    """Let the night begin where the last whole one ended, or with empty files where it cannot."""
    # A project that cannot be read costs the next night nothing.
    _ = night.project.manifest
    last = increments.read(night.catalogs.build)
    if night.request.full or night.request.known_at:
        reason: str | None = "as asked"
    elif last is None:
        reason = "there is no whole build to continue"
    else:
        reason = last.why_not(night.as_of, night.code_version, night.vars_hash, night.seed_hashes)
    if last is None or reason:
        empty(night.catalogs.build)
        night.progress(f"process: rebuilding everything, {reason}")
        return
    night.last = last
    night.changed_seeds = last.changed_seeds(night.seed_hashes)
    night.progress(f"process: the build as of {iso(last.as_of)} is continued")
    increments.unsettle(night.catalogs.build, night.changed_seeds)
    if night.changed_seeds:
        changed = ", ".join(f"{seed}.csv" for seed in sorted(night.changed_seeds))
        night.progress(f"process: {changed} changed, {len(night.rebuilt)} models and checks are made anew")


def publish(night: Night) -> Path:
    """Give readers this refresh. Only what this very run loaded, built and tested is published."""
    with _step(night, "publish"):
        if night.batch is None:
            raise RevloopError(WHOLE)
        night.publication = publication.publish(night.folder, _audited(night), night.refresh_id)
        try:
            publication.log(night.folder, night.publication)
            publication.clean(night.folder)
        except RevloopError as error:
            night.progress(f"publish: the next refresh will write this one into the log ({error})")
        by_hand.mark_published(night.catalogs.build, night.refresh_id)
        leftovers.end_erasure(night.folder)
    return night.publication


def write_marts(settings: Settings, request: Request, out: Path, progress: Progress) -> None:
    """The marts at a request's clocks as a file of its own: nothing is loaded, published or logged."""
    folder = DataFolder(settings.data)
    folder.require()
    if not out.parent.is_dir():
        raise RevloopError(f"no folder {out.parent} to write {out.name} into: make it first")
    started_at = utc_now()
    request.require_near(started_at)
    with exclusive(folder, settings.command, started_at), modes.private():
        _clear_up(folder, progress)
        aside = Catalogs(folder.root, folder.store, folder.tmp / "out", settings.memory_limit)
        refresh_id = publication.new_refresh_id(folder, started_at)
        asked = Night(settings, folder, dbt_project(settings), request, refresh_id, started_at, progress, aside)
        prepare(asked)
        transform(asked)
        publication.copy_whole(_audited(asked), out)
        empty(folder.tmp)


def _audited(night: Night) -> Path:
    """The marts of a night that passed all checks, with that written into them."""
    if night.process is None or night.models is None:
        raise RevloopError(WHOLE)
    night.models.require_passed()
    warehouse = night.catalogs.build / "warehouse.duckdb"
    publication.stamp(warehouse, night.refresh_id, utc_now(), night.checks_count)
    return warehouse


def _stages(project: Path) -> frozenset[str]:
    """The stages that rows may name."""
    path = next(project.glob("seeds/**/stages.csv"), None)
    if path is None:
        raise RevloopError(f"no stages.csv under {project / 'seeds'}: it lists the stages that rows may name")
    with path.open(newline="", encoding="utf-8-sig") as file:
        stages = frozenset(row.get("stage") or "" for row in csv.DictReader(file)) - {""}
    if not stages:
        raise RevloopError(f"{path} names no stage: it needs a column `stage` with one row per stage")
    return stages


@contextmanager
def _step(night: Night, name: str) -> Iterator[None]:
    """Time a step, whose files are the owner's alone, and let the night know why it failed.

    Whoever runs the steps may keep the error to himself.
    """
    begun = time.monotonic()
    night.progress(f"{name}: begun")
    try:
        with modes.private():
            yield
    except BaseException as error:
        night.causes = attempts.causes_of(error)
        raise
    night.progress(f"{name}: {time.monotonic() - begun:.1f} s")
