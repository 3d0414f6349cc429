"""A whole check: files into a folder of its own, what is found in each, the models, and the funnel they would give."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from ingest import accepted_rows, refused_rows
from ingest.feeds import FEEDS
from ingest.files import LandedFile
from ingest.landing import Ignored, discover
from ingest.macros import create_macros
from ingest.outliers import outliers
from ingest.store import connect
from orchestration import modes, publication, steps
from orchestration.catalogs import WAREHOUSE, Catalogs
from orchestration.checking import build, columns, dates, funnel, ids, refusals, values
from orchestration.checking.files import CheckedFile, uses_of_feed
from orchestration.checking.findings import Chapter, Finding, Report, look, note, rows
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
        laid = lay_out(files, place / "landing") if files else Laid(settings.landing)
        laid.folder.mkdir(exist_ok=True) if files else None
        refresh = _refresh(settings, DataFolder(place / "data"), Request(as_of), progress)
        steps.ingest(refresh, laid.folder)
        return Report([*laid.refused, *_chapters(refresh, laid)])


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
    return Refresh(settings, folder, project, request, refresh_id, started_at, progress, catalogs)


def _chapters(refresh: Refresh, laid: Laid) -> Iterator[Chapter]:
    found = discover(laid.folder)
    vocabulary = Vocabulary.read(refresh.project.folder)
    with connect(refresh.folder.store, read_only=True) as store:
        chapters = {(file.feed, file.source): _chapter(refresh, store, file, laid, vocabulary) for file in found.files}
        together = Chapter("all files together", [*ids.lost(store), *map(look, outliers(store))])
        is_any_accepted = accepted_rows.has_rows(store)
    if is_any_accepted:
        funnel_chapter = _funnel(refresh, vocabulary, chapters)
    else:
        funnel_chapter = Chapter("the funnel", [look("no row was accepted, so there is none")])
    places = list(FEEDS)
    yield from (chapters[key] for key in sorted(chapters, key=lambda key: (places.index(key[0]), key[1])))
    if found.ignored or found.unlisted:
        unlisted = (look(f"{file.source} {why}") for file, why in found.unlisted)
        yield Chapter("not read", [*map(_ignored, found.ignored), *unlisted])
    if together.findings:
        yield together
    yield funnel_chapter


def _ignored(ignored: Ignored) -> Finding:
    return look(str(ignored)) if ignored.reason.startswith("its ending") else note(str(ignored))


def _chapter(
    refresh: Refresh, store: duckdb.DuckDBPyConnection, landed: LandedFile, laid: Laid, vocabulary: Vocabulary
) -> Chapter:
    """What is found in one file."""
    name = laid.names.get(landed.source, landed.source)
    counted = refused_rows.counted(store).get((landed.feed, landed.source))
    if counted is None:
        return Chapter(f"{name}: not read again, as another file here has the same bytes")
    accepted = f"{counted.rows - counted.refused:,} accepted, {counted.refused:,} refused"
    chapter = Chapter(f"{name}: {rows(counted.rows)} of {landed.feed}, {accepted}")
    if landed.source in laid.guessed:
        chapter.findings.append(note(laid.guessed[landed.source]))
    if not counted.rows:
        chapter.findings.append(look("it has no rows"))
    causes = refused_rows.causes(store, landed.feed, landed.source)
    texts = read_texts(landed.path)
    uses = uses_of_feed(landed.feed, texts.names) if texts else {}
    file = CheckedFile(name, landed.source, landed.feed, landed.path, texts, uses)
    # What is written in another way is told as that alone.
    is_table = texts is not None and (bool(uses) or texts.is_as_feeds_are)
    lacking = columns.lacking(file) if is_table else []
    chapter.findings += columns.told(file, lacking) if is_table else []
    # What a header lacks is said once, not again for each row.
    chapter.findings += refusals.told([] if lacking else causes, vocabulary)
    chapter.findings += refusals.emptied(refused_rows.emptied(store, landed.feed, landed.source))
    if texts is not None and is_table:
        zone = read_vars(refresh.project.folder).get("reporting_timezone", "UTC")
        with duckdb.connect() as own:
            create_macros(own)
            own.register("texts", texts.table)
            chapter.findings += [*ids.damaged(own, file), *dates.zones(own, file, zone)]
    chapter.findings += values.without_rates(store, landed.feed, landed.source, vocabulary)
    chapter.findings += dates.span(store, landed.feed, landed.source, refresh.as_of)
    return chapter


def _funnel(refresh: Refresh, vocabulary: Vocabulary, chapters: dict[tuple[str, str], Chapter]) -> Chapter:
    """The funnel; what the models find of a file goes to that file's chapter."""
    refresh.progress("check: building the funnel")
    build.build(refresh)
    chapter = Chapter("the funnel that this would give")
    with (
        open_database(refresh.catalogs.build / WAREHOUSE, read_only=True) as marts,
        connect(refresh.folder.store, read_only=True) as store,
    ):
        for key, found in values.unlisted(marts, store, vocabulary).items():
            chapters[key].findings += found
        chapter.findings += funnel.worries(marts, store, vocabulary)
        chapter.findings += funnel.told(marts, refresh.project.folder, vocabulary, refresh.as_of)
    return chapter
