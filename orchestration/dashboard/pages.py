"""The pages of the dashboard, as their files in `pages` say: titles, panels, queries.

How a kind of panel is drawn is the affair of `assets`.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pydantic
import yaml

from ingest.errors import RevloopError
from orchestration.dashboard.queries import Query, read_queries
from orchestration.dashboard.seeds import Seed

FOLDER = Path(__file__).parent / "pages"
# In the order of the menu; the first is what opens.
NAMES = ("monday", "loop", "funnel", "paths", "bottlenecks", "departments", "pipeline", "revenue", "scores", "data")


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The same in each language of the dashboard."""

    en: str
    ko: str
    ja: str


class Panel(pydantic.BaseModel):
    """A panel: which kind draws which rows. What else it says is for that kind."""

    model_config = pydantic.ConfigDict(extra="allow", frozen=True)

    draws: str
    of: str
    title: Words
    says: Words | None = None
    empty: Words | None = None
    # How wide it is, of 12.
    span: int = pydantic.Field(default=12, ge=2, le=12)
    # Whether it stands among what a page could do without, which a reader opens.
    more: bool = False
    # What of it is not the data's but a seed's, which it says where the seed is of another company.
    seeds: Sequence[Seed] = ()
    # What a reader may choose, and the column that it is chosen by.
    slices: Mapping[str, str] = {}


class Page(_Strict):
    """A page: a question, and the panels that answer it."""

    name: str
    title: Words
    question: Words
    panels: Sequence[Panel]

    @property
    def file(self) -> str:
        """What the page is called in the site."""
        return "index.html" if self.name == NAMES[0] else f"{self.name}.html"

    @cached_property
    def queries(self) -> Sequence[Query]:
        """What it asks of the marts."""
        return read_queries(FOLDER / f"{self.name}.sql")


def read_pages() -> Sequence[Page]:
    """All pages, in the order of the menu. RevloopError for one that is misspelt."""
    return [_read(name) for name in NAMES]


def _read(name: str) -> Page:
    path = FOLDER / f"{name}.yml"
    content: Mapping[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    try:
        page = Page(name=name, **content)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RevloopError(f"{path}: {where}: {first['msg']}") from error
    known = {query.name for query in page.queries}
    for panel in page.panels:
        if panel.of not in known:
            raise RevloopError(f"{path}: a panel is of {panel.of}, which is no query of {name}.sql")
    return page
