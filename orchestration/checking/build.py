"""The models that a check needs, built in its own folder; the parsed project is kept between checks.

What a refresh has parsed is taken from the data folder, which is only read.
"""

from pathlib import Path

from orchestration import kept_parse, modes
from orchestration.checking.funnel import MODELS
from orchestration.dbt_runner import DbtProject
from orchestration.kept_parse import Parsed
from orchestration.parts import Part
from orchestration.refresh import Refresh, dbt_project
from orchestration.settings import Settings, cache_folder


def build(refresh: Refresh) -> None:
    """Build what the funnel is told from, without data tests. RevloopError where the project cannot be built."""
    _know(refresh.project, refresh.settings)
    refresh.build(Part("check", "").of_these(f"+{model}" for model in MODELS)).require_passed()


def _know(project: DbtProject, settings: Settings) -> None:
    """Take the project as a refresh or a check before this one has parsed it, else parse it anew and keep that."""
    identity = kept_parse.identity(settings.project)
    kept = cache_folder() / kept_parse.FILE
    for place in (dbt_project(settings).target / kept_parse.FILE, kept):
        if found := kept_parse.read(place, identity):
            project.take(found)
            return
    _keep(kept, identity, project.parse(project.target))


def _keep(file: Path, identity: bytes, parsed: Parsed) -> None:
    try:
        file.parent.mkdir(modes.PRIVATE_FOLDER, parents=True, exist_ok=True)
        kept_parse.write(file, identity, parsed)
    except OSError:
        # Where nothing can be kept, nothing is lost but time.
        return
