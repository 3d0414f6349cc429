"""A whole check: files into a folder of its own, what is found in each, the models, and the funnel they would give."""

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from ingest import accepted_rows
from ingest.feeds import FEEDS
from ingest.files import EXPORT_ENDINGS
from ingest.landing import HIDDEN, NO_FEED, Ignored, discover
from ingest.macros import create_macros
from ingest.mapped.library import Mappings
from ingest.outliers import outliers
from ingest.store import connect
from orchestration import modes, publication, steps
from orchestration.catalogs import WAREHOUSE, Catalogs
from orchestration.checking import build, funnel, ids, values
from orchestration.checking.chapters import chapter
from orchestration.checking.files import CheckedFile, checked_files
from orchestration.checking.findings import Chapter, Finding, Report, look, note
from orchestration.checking.guessing import best_guess
from orchestration.checking.landing import Laid, lay_out
from orchestration.checking.texts import read_texts
from orchestration.checking.vocabulary import Vocabulary
from orchestration.data_folder import DataFolder
from orchestration.database import open_database
from orchestration.dbt_runner import DbtProject
from orchestration.process_vars import read_vars
from orchestration.refresh import Refresh
from orchestration.request import Request
from orchestration.settings import Settings, utc_now

Progress = Callable[[str], None]


def check(settings: Settings, files: Sequence[Path], as_of: datetime | None, progress: Progress) -> Report:
    """What would become of the landing folder, or of these files alone; nothing of it stays."""
    with _place() as place:
        mappings = Mappings(settings.mappings)
        laid = lay_out(files, place / "landing", mappings) if files else Laid(settings.landing)
        refresh = _refresh(settings, DataFolder(place / "data"), Request(as_of), progress)
        batch = steps.ingest(refresh, laid.folder)
        return Report([*laid.refused, *_report(refresh, laid, mappings, batch.notes)])


@contextmanager
def _place() -> Iterator[Path]:
    """A folder that is nobody else's, and goes away."""
    with tempfile.TemporaryDirectory(prefix="revloop-check-") as folder, modes.private():
        yield Path(folder)


def _refresh(settings: Settings, folder: DataFolder, request: Request, progress: Progress) -> Refresh:
    """A refresh of a data folder of its own, which is not published."""
    started_at = utc_now()
    request.require_near(started_at)
    folder.make()
    folder.prepare()
    catalogs = Catalogs(folder.root, folder.store, folder.night, settings.memory_limit)
    project = DbtProject(settings.project, folder.dbt, catalogs)
    refresh_id = publication.refresh_id_at(started_at)

    def tell(line: str) -> None:
        # Where nothing is kept, nothing is said to be stored.
        if "storing" not in line:
            progress(f"check: {line.removeprefix('ingest: ').removeprefix('transform: ')}")

    return Refresh(settings, folder, project, request, refresh_id, started_at, tell, catalogs)


def _report(refresh: Refresh, laid: Laid, mappings: Mappings, notes: Sequence[str]) -> Iterator[Chapter]:
    vocabulary = Vocabulary.read(refresh.project.folder)
    found = discover(laid.folder, mappings)
    zone = read_vars(refresh.project.folder).get("reporting_timezone", "UTC")
    with connect(refresh.folder.store, read_only=True) as store, duckdb.connect() as own:
        create_macros(own)
        places = list(FEEDS)
        files = sorted(
            checked_files(own, found, laid, mappings, refresh.folder.tmp),
            key=lambda file: (file.mapping or "", places.index(file.feeds[0]), file.source),
        )
        zoneless: set[str] = set()
        chapters = {file.source: chapter(store, own, file, vocabulary, refresh.as_of, zone, zoneless) for file in files}
        together = Chapter("all files together", [*ids.lost(store), *map(look, outliers(store))])
        is_any_accepted = accepted_rows.has_rows(store)
    for text in notes:
        # A note begins with the file that it is about, whatever that one is called.
        source = max((one for one in chapters if text.startswith(f"{one}: ")), key=len, default=None)
        (together if source is None else chapters[source]).findings.append(look(text.removeprefix(f"{source}: ")))
    if is_any_accepted:
        funnel_chapter = _funnel(refresh, vocabulary, files, chapters)
    else:
        funnel_chapter = Chapter("the funnel", [look("no row was accepted, so there is none")])
    yield from (chapters[file.source] for file in files)
    if found.ignored or found.unlisted:
        ignored = (_ignored(one, laid, mappings) for one in found.ignored)
        unlisted = (look(f"{file.source} {why}") for file, why in found.unlisted)
        yield Chapter("not read", [*ignored, *unlisted])
    if together.findings:
        yield together
    yield funnel_chapter


def _ignored(ignored: Ignored, laid: Laid, mappings: Mappings) -> Finding:
    """Why a name in the landing folder is not read, and where it belongs or what reads it, where that can be told."""
    if ignored.name.startswith(".") or ignored.reason == HIDDEN:
        return note(str(ignored))
    path = laid.folder / ignored.name
    is_source = ignored.name.endswith("/") and ignored.name.count("/") == 1
    found = [path] if not is_source else sorted(path.iterdir()) if os.access(path, os.R_OK | os.X_OK) else []
    exports = [one for one in found if one.name.lower().endswith(EXPORT_ENDINGS) and one.is_file()]
    read = {one: texts for one in exports if (texts := read_texts(one)) is not None}
    guesses = [guess for texts in read.values() if (guess := best_guess(texts.names, mappings)) is not None]
    guess = max(guesses, key=lambda guess: guess.fit, default=None)
    if guess is not None and ignored.name.startswith(f"{guess.source}/"):
        return look(str(ignored))
    if guess is not None:
        what, it_is = ("what lies in it", f"are of {guess.source}") if is_source else ("it", f"is {guess.name}")
        by = "their columns they" if is_source else "its columns it"
        return look(f"{ignored}: put {what} into {laid.folder / guess.source}, by {by} {it_is}")
    if not read or not (is_source or ignored.reason == NO_FEED):
        return look(str(ignored))
    name = ignored.name.rstrip("/") if is_source else "ourcrm"
    where = f"{shlex.quote(str(path))}/*" if is_source else shlex.quote(str(path))
    into = "" if is_source else f"put it into {laid.folder / name}; "
    out = shlex.quote(f"mappings/{name}.yml")
    return look(
        f"{ignored}: {into}`revloop check --suggest {where} --out {out}` writes a mapping to start from, "
        "and `--mappings mappings` reads by it"
    )


def _funnel(
    refresh: Refresh, vocabulary: Vocabulary, files: Sequence[CheckedFile], chapters: Mapping[str, Chapter]
) -> Chapter:
    """The funnel; what the models find of a file goes to that file's chapter."""
    refresh.progress("building the funnel")
    build.build(refresh)
    made = Chapter("the funnel that this would give")
    with (
        open_database(refresh.catalogs.build / WAREHOUSE, read_only=True) as marts,
        connect(refresh.folder.store, read_only=True) as store,
    ):
        for file, finding in values.unlisted(marts, store, files, vocabulary):
            chapters[file.source].findings.append(finding)
        made.findings += funnel.worries(marts, store, vocabulary)
        made.findings += funnel.told(marts, refresh.project.folder, vocabulary, refresh.as_of)
    return made
