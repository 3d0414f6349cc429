"""Make the site: one folder of files that needs nothing else, of what a publication holds.

Where it lies and who finds it is the affair of `publication_folders`; how a page looks, of `page.html` and `assets`.
"""

import importlib.util
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import yaml

from ingest.errors import RevloopError
from ingest.sql import literal
from orchestration.dashboard.pages import read_pages
from orchestration.dashboard.queries import ask
from orchestration.dashboard.seeds import strangers
from orchestration.database import open_database

ASSETS = Path(__file__).parent / "assets"
_TEMPLATE = "page.html"
_WORDS = Path(__file__).parent / "words"
_PLOTLY = Path("package_data", "plotly.min.js")


def make(publication: Path, site: Path, *, memory_limit: str | None = None, temp_directory: Path | None = None) -> None:
    """Write the site of a publication into a folder that is not there yet. RevloopError if a page cannot be made.

    What does not fit into `memory_limit` lies in `temp_directory` meanwhile; without one, beside the publication.
    """
    pages = read_pages()
    template = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    ).get_template(_TEMPLATE)
    assets = site / "assets"
    shutil.copytree(ASSETS, assets, copy_function=shutil.copyfile)
    shutil.copyfile(_plotly(), assets / "plotly.min.js")
    # The charts' script is not among them: a page that has charts asks for it when the rest of it can be read.
    scripts = [
        "shared.js",
        "core.js",
        *sorted(p.name for p in ASSETS.glob("*.js") if p.stem != "core"),
    ]
    limits = {"memory_limit": memory_limit, "temp_directory": temp_directory}
    with open_database(publication, read_only=True) as connection:
        for name, value in limits.items():
            if value is not None:
                connection.execute(f"set {name} = {literal(str(value))}")
        head = _head(connection)
        shared = {
            "head": head,
            "pages": [{"file": page.file, "name": page.name, "title": page.title.model_dump()} for page in pages],
            "stages": _stages(connection),
            "people": _people(connection),
            "strangers": strangers(connection),
            "words": {path.stem: _yaml(path) for path in sorted(_WORDS.glob("*.yml"))},
        }
        (assets / "shared.js").write_text(f"revloop = {_json(shared)};\n", encoding="utf-8")
        for page in pages:
            content = {
                "refresh_id": head["refresh_id"],
                "name": page.name,
                "title": page.title.model_dump(),
                "question": page.question.model_dump(),
                "panels": [panel.model_dump(exclude_none=True) for panel in page.panels],
                "sets": {query.name: ask(connection, query).to_json() for query in page.queries},
            }
            text = template.render(page=page, scripts=scripts, content=_json(content))
            (site / page.file).write_text(text, encoding="utf-8")


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def _plotly() -> Path:
    """The charts' script, which the library brings; importing it would cost a second."""
    found = importlib.util.find_spec("plotly")
    script = Path(found.origin).parent / _PLOTLY if found and found.origin else None
    if script is None or not script.is_file():
        raise RevloopError("plotly is not installed whole: install requirements.lock again")
    return script


def _head(connection: Any) -> Mapping[str, Any]:
    """The refresh that the publication is of, its currency, and when anything last happened that it knows."""
    found = connection.execute(
        "select refresh_id, as_of, finished_at, reporting_currency, "
        "(select max(latest_occurred_at) from marts.kpi_data_quality "
        "where feed = 'activities' and latest_occurred_at <= as_of) as last_activity_at "
        "from marts.fct_refreshes order by refresh_number desc limit 1"
    )
    names = [name for name, *_ in found.description]
    row = found.fetchone()
    if row is None:
        raise RevloopError("marts.fct_refreshes is empty: run `revloop refresh` again")
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in zip(names, row, strict=True)
    }


def _stages(connection: Any) -> list[Mapping[str, Any]]:
    """The stages in their order, success stages first, and whether anybody ever was in each, where anybody is known."""
    rows = connection.execute(
        "select stage, rank, kind, department, label_en, label_ko, label_ja, "
        "stage in (select stage from marts.kpi_stage_daily) or not exists (select 1 from marts.kpi_stage_daily) "
        "from marts.dim_stages order by rank nulls last, stage"
    ).fetchall()
    return [
        {
            "stage": stage,
            "rank": rank,
            "kind": kind,
            "department": of,
            "en": en,
            "ko": ko or en,
            "ja": ja or en,
            "is_used": is_used,
        }
        for stage, rank, kind, of, en, ko, ja, is_used in rows
    ]


def _people(connection: Any) -> Mapping[str, str]:
    """What the people of the company are called."""
    rows = connection.execute(
        "select rep_id, name from marts.dim_reps where is_current and name is not null order by rep_id"
    ).fetchall()
    return dict(rows)


def _json(content: Any) -> str:
    """JSON that may stand in a page's script: nothing in it can end the script or begin another."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
