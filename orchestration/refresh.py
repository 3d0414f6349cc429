"""One refresh: what it was asked, what it goes by, and what its steps have done so far; and how it begins and ends.

What the steps do is said in `steps`. Neither Dagster nor click is known here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from ingest.errors import RevloopError
from ingest.load import BatchReport
from ingest.store import connect, has_rows_since
from orchestration import attempts, leftovers, lineage, modes, publication
from orchestration.catalogs import Catalogs
from orchestration.checkpoints import Checkpoint
from orchestration.data_folder import DataFolder, empty, exclusive
from orchestration.dbt_results import Build
from orchestration.dbt_runner import DbtProject
from orchestration.parts import Part
from orchestration.process_hash import code_version, process_hash, seed_hashes, vars_hash
from orchestration.request import Request
from orchestration.settings import Settings, utc_now
from orchestration.timestamps import iso

Progress = Callable[[str], None]

WHOLE = "only a whole refresh is published: run all of its steps, not one alone"


@dataclass
class Refresh:
    """One refresh on its way: what it was asked, and what its steps have done so far."""

    settings: Settings
    folder: DataFolder
    project: DbtProject
    request: Request
    refresh_id: str
    started_at: datetime
    progress: Progress
    catalogs: Catalogs
    builds: list[Build] = field(default_factory=list)
    batch: BatchReport | None = None
    is_scored: bool = False
    publication: Path | None = None
    last: Checkpoint | None = None
    changed_seeds: frozenset[str] = frozenset()
    causes: tuple[str, ...] = ()
    site_causes: tuple[str, ...] = ()

    @property
    def ending(self) -> attempts.Ending:
        """What the refresh reached, and why it got no further."""
        broken = (build.causes for build in self.builds if build.causes)
        causes = self.causes or next(broken, ())
        return attempts.Ending(self.refresh_id, self.publication is not None, causes, self.site_causes)

    def require_built(self, parts: Sequence[Part]) -> None:
        """RevloopError unless these parts are what this very refresh has built, and all of them passed."""
        if len(self.builds) != len(parts):
            raise RevloopError(WHOLE)
        for build in self.builds:
            build.require_passed()

    def build(self, selection: Sequence[str]) -> Build:
        """Build a selection of the project at this refresh's clocks, into its own files."""
        return self.project.build(
            self.variables,
            selection,
            catalogs=self.catalogs,
            full_refresh=self.last is None,
            progress=self.progress,
        )

    @property
    def is_quiet(self) -> bool:
        """Whether nothing but the clock has moved since the refresh that this one continues."""
        return (
            self.last is not None
            and not self.changed_seeds
            and not has_rows_since(self.folder.store, self.last.loaded_at)
        )

    @property
    def checks_count(self) -> int:
        """Data tests that passed, now or when what they look at was last made."""
        return sum(build.checks_count for build in self.builds)

    @property
    def as_of(self) -> datetime:
        return self.request.as_of or self.started_at

    @cached_property
    def process_hash(self) -> str:
        """What the seeds and vars are that this refresh goes by."""
        return process_hash(self.project.folder)

    @cached_property
    def code_version(self) -> str:
        """What this refresh is made by."""
        return code_version(self.project.folder)

    @cached_property
    def vars_hash(self) -> str:
        """What the vars are that this refresh goes by."""
        return vars_hash(self.project.folder)

    @cached_property
    def seed_hashes(self) -> Mapping[str, str]:
        """What each seed is that this refresh goes by."""
        return seed_hashes(self.project.folder)

    @cached_property
    def rebuilt(self) -> frozenset[str]:
        """What a refresh that continues another makes and checks of everything: what depends on a changed seed."""
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
    """The project of a run, building into the refresh's files."""
    folder = DataFolder(settings.data)
    catalogs = Catalogs(folder.root, folder.store, folder.night, settings.memory_limit)
    return DbtProject(settings.project, folder.dbt, catalogs)


@contextmanager
def begin(settings: Settings, request: Request, project: DbtProject, progress: Progress) -> Iterator[Refresh]:
    """Hold the data folder, clear up and finish what a killed run left, and begin a refresh."""
    started_at = utc_now()
    request.require_near(started_at)
    folder = DataFolder(settings.data)
    with exclusive(folder, settings.command, started_at):
        refresh_id = publication.refresh_id_at(started_at)
        begun = Refresh(settings, folder, project, request, refresh_id, started_at, progress, project.catalogs)
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


@contextmanager
def aside(settings: Settings, request: Request, progress: Progress) -> Iterator[Refresh]:
    """Hold the data folder for a refresh that builds beside all others, and is neither published nor recorded."""
    folder = DataFolder(settings.data)
    folder.require()
    started_at = utc_now()
    request.require_near(started_at)
    with exclusive(folder, settings.command, started_at), modes.private():
        _clear_up(folder, progress)
        catalogs = Catalogs(folder.root, folder.store, folder.tmp / "out", settings.memory_limit)
        refresh_id = publication.new_refresh_id(folder, started_at)
        yield Refresh(settings, folder, dbt_project(settings), request, refresh_id, started_at, progress, catalogs)
        empty(folder.tmp)


def _clear_up(folder: DataFolder, progress: Progress) -> None:
    """Finish what a killed run left half done, and remove what it left."""
    folder.require_store()
    folder.prepare()
    connect(folder.store).close()
    leftovers.finish(folder, progress)


def _recorded(begun: Refresh) -> AbstractContextManager[None]:
    """Write down that a refresh began, and what becomes of it."""
    return attempts.recorded(
        begun.folder.attempt,
        begun.settings.command,
        begun.started_at,
        begun.settings.private,
        lambda: begun.ending,
    )
