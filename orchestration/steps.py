"""The steps of a refresh in plain Python: build the seeds, ingest, transform, score in between, publish, draw.

Dagster assets and the command line call these; neither Dagster nor click is known here, and dbt only by its results.
"""

import csv
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from ingest.errors import RevloopError
from ingest.landing import check_landing as check_folder
from ingest.landing import exports_in
from ingest.load import BatchReport, load_landing
from ingest.mapped.library import Mappings
from orchestration import attempts, by_hand, checkpoints, leftovers, modes, publication, sites
from orchestration.catalogs import PAY, WAREHOUSE
from orchestration.checkpoints import Checkpoint
from orchestration.dashboard import site
from orchestration.data_folder import empty
from orchestration.dbt_results import Build, left_alone
from orchestration.packing import packed
from orchestration.parts import MODELS, SCORED, SCORING, SEEDS, Part
from orchestration.process_vars import read_vars
from orchestration.quiet import QuietProject
from orchestration.refresh import WHOLE, Progress, Refresh, aside
from orchestration.request import Request
from orchestration.scoring.score import Terms
from orchestration.scoring.score import score as find_model
from orchestration.settings import Settings, utc_now
from orchestration.timestamps import iso


def check_landing(settings: Settings) -> None:
    """RevloopError if the landing folder cannot be read, or a mapping that it needs is wrong."""
    check_folder(settings.landing)
    needed = exports_in(settings.landing, Mappings(settings.mappings))
    if needed:
        mappings = Mappings(settings.mappings, _stages(settings.project))
        for name in needed:
            mappings.read(name)


def ingest(refresh: Refresh, landing: Path) -> BatchReport:
    """Load what has landed, as one batch."""
    with _step(refresh, "ingest"):
        refresh.batch = load_landing(
            landing,
            refresh.folder.store,
            batch_id=refresh.refresh_id,
            now=refresh.started_at,
            stages=_stages(refresh.project.folder),
            hash_key=refresh.folder.hash_key(),
            mappings=refresh.settings.mappings,
            memory_limit=refresh.settings.memory_limit,
            temp_directory=refresh.folder.tmp,
            progress=lambda line: refresh.progress(f"ingest: {line}"),
        )
    return refresh.batch


def build(refresh: Refresh, part: Part) -> Build:
    """Build and test a part of the project, on all the parts before it."""
    with _step(refresh, part.name):
        parts = refresh.project.parts
        refresh.require_built(parts[: parts.index(part)])
        if part == SCORED and not refresh.is_scored:
            raise RevloopError(WHOLE)
        built = _build_seeds(refresh) if part == SEEDS else _build_models(refresh, part)
        refresh.builds.append(built)
        if part == parts[-1] and not built.causes:
            _leave_checkpoint(refresh)
    return built


def score(refresh: Refresh) -> None:
    """Find the model by which leads are scored, or why there is none, for the models of the part that follows."""
    with _step(refresh, "score"):
        refresh.require_built(refresh.project.parts[:-1])
        asked = read_vars(refresh.project.folder)
        terms = Terms(
            refresh.as_of,
            asked["reporting_timezone"],
            asked["score_horizon_days"],
            asked["min_positive_count"],
            f"{refresh.process_hash} {refresh.code_version}",
        )
        find_model(refresh.catalogs.build, refresh.folder.models, terms, refresh.progress)
        refresh.is_scored = True


def transform(refresh: Refresh) -> None:
    """Build and test everything that is made of the rows, part by part. RevloopError with what did not pass."""
    for part in refresh.project.parts:
        if part == SCORED:
            score(refresh)
        if part != SEEDS:
            build(refresh, part).require_passed()


def run(refresh: Refresh, landing: Path) -> None:
    """All steps, in order."""
    build(refresh, SEEDS).require_passed()
    ingest(refresh, landing)
    transform(refresh)
    publish(refresh)
    make_site(refresh)


def _build_seeds(refresh: Refresh) -> Build:
    """The seeds that changed, before rows are judged by what they say."""
    by_hand.mark_unfinished(refresh.catalogs.build)
    _continue_or_rebuild(refresh)
    if refresh.last:
        return refresh.project.build_changed_seeds(refresh.changed_seeds, refresh.build)
    return refresh.build(SEEDS.selection)


def _build_models(refresh: Refresh, part: Part) -> Build:
    """Models on the seeds, of the leads that anything touched if the last build was whole."""
    checkpoints.take(refresh.catalogs.build)
    if part in (MODELS, SCORED) and refresh.is_quiet:
        return _build_what_moved(refresh, part)
    return refresh.build(part.selection)


def _build_what_moved(refresh: Refresh, part: Part) -> Build:
    """The models that the clock has moved, and their tests; first those that tell whether it touched a lead."""
    project = QuietProject(refresh.project.manifest_content)
    nodes = project.below(SCORING) if part == SCORED else project.nodes - project.below(SCORING)
    first = project.to_learn_what_is_touched() & nodes
    learnt = refresh.build(part.of_these(project.names_of(first))) if first else Build(())
    if learnt.causes:
        return learnt
    left = project.left_as_it_is(is_any_touched=checkpoints.is_any_touched(refresh.catalogs.build)) & nodes
    refresh.progress(f"{part.name}: {len(left)} models and checks are left as they are")
    built = refresh.build(part.of_these(project.names_of(nodes - first - left)))
    return Build(project.in_order([*learnt.nodes, *built.nodes, *map(left_alone, left)]), built.causes)


def _leave_checkpoint(refresh: Refresh) -> None:
    """Let the next refresh begin where this one ends, if it knew all that is loaded."""
    if refresh.batch and not refresh.request.known_at:
        checkpoint = Checkpoint(
            refresh.as_of, refresh.batch.loaded_at, refresh.code_version, refresh.vars_hash, refresh.seed_hashes
        )
        checkpoints.leave(refresh.catalogs.build, checkpoint)


def _continue_or_rebuild(refresh: Refresh) -> None:
    """Let the refresh begin where the last whole one ended, or with empty files where it cannot."""
    # A project that cannot be read costs the next refresh nothing.
    _ = refresh.project.manifest
    last = checkpoints.read(refresh.catalogs.build)
    if refresh.request.full or refresh.request.known_at:
        reason: str | None = "as asked"
    elif last is None:
        reason = "there is no whole build to continue"
    else:
        reason = last.why_not(refresh.as_of, refresh.code_version, refresh.vars_hash, refresh.seed_hashes)
    if last is None or reason:
        empty(refresh.catalogs.build)
        refresh.progress(f"process: rebuilding everything, {reason}")
        return
    refresh.last = last
    refresh.changed_seeds = last.changed_seeds(refresh.seed_hashes)
    refresh.progress(f"process: the build as of {iso(last.as_of)} is continued")
    checkpoints.unsettle(refresh.catalogs.build, refresh.changed_seeds)
    if refresh.changed_seeds:
        changed = ", ".join(f"{seed}.csv" for seed in sorted(refresh.changed_seeds))
        refresh.progress(f"process: {changed} changed, {len(refresh.rebuilt)} models and checks are made anew")


def publish(refresh: Refresh) -> Path:
    """Give readers this refresh. Only what this very run loaded, built and tested is published."""
    with _step(refresh, "publish"):
        if refresh.batch is None:
            raise RevloopError(WHOLE)
        audited = [_audited(refresh), _audited_pay(refresh)]
        with ExitStack() as copies:
            marts, pay = (
                copies.enter_context(packed(build, refresh.folder.tmp, refresh.settings.memory_limit))
                for build in audited
            )
            built = publication.Built(marts, pay, refresh.settings.pay_mode)
            refresh.publication = publication.publish(refresh.folder, built, refresh.refresh_id)
        try:
            publication.log(refresh.folder, refresh.publication)
            publication.clean(refresh.folder)
        except RevloopError as error:
            refresh.progress(f"publish: the next refresh will write this one into the log ({error})")
        by_hand.mark_published(refresh.catalogs.build, refresh.refresh_id)
        leftovers.end_erasure(refresh.folder)
    return refresh.publication


def make_site(refresh: Refresh) -> bool:
    """Make the dashboard of what this refresh published. Where that fails, it says why and is none the worse."""
    with _step(refresh, "site"):
        if refresh.publication is None:
            raise RevloopError(WHOLE)
        # What is spilled on the way must not lie where readers look.
        pages = partial(site.make, memory_limit=refresh.settings.memory_limit, temp_directory=refresh.folder.tmp)
        refresh.site_causes = sites.make(refresh.folder, refresh.publication, pages)
    return not refresh.site_causes


def write_marts(settings: Settings, request: Request, out: Path, progress: Progress) -> None:
    """The marts at a request's clocks as a file of its own: nothing is loaded, published or logged.

    Pay is not in it: whoever may read such a file need not be one who may read pay.
    """
    with aside(settings, request, progress) as refresh:
        build(refresh, SEEDS).require_passed()
        transform(refresh)
        publication.copy_whole(_audited(refresh), out)


def _audited(refresh: Refresh) -> Path:
    """The marts of a refresh that passed all checks, with that written into them."""
    refresh.require_built(refresh.project.parts)
    warehouse = refresh.catalogs.build / WAREHOUSE
    publication.stamp(warehouse, refresh.refresh_id, utc_now(), refresh.checks_count)
    return warehouse


def _audited_pay(refresh: Refresh) -> Path:
    """The marts of pay of the same refresh, as whole."""
    pay = refresh.catalogs.build / PAY
    publication.settle(pay)
    return pay


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
def _step(refresh: Refresh, name: str) -> Iterator[None]:
    """Time a step, whose files are the owner's alone, and let the refresh know why it failed.

    Whoever runs the steps may keep the error to himself.
    """
    begun = time.monotonic()
    refresh.progress(f"{name}: begun")
    try:
        with modes.private():
            yield
    except BaseException as error:
        refresh.causes = attempts.causes_of(error)
        raise
    refresh.progress(f"{name}: {time.monotonic() - begun:.1f} s")
