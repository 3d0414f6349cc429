"""Stories told to a data folder: what the laws build on."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.dbt_runs import DbtFolder, Project
from tests.laws import stories
from tests.once import Once

ONE_SEED = random.Random(7).getrandbits(32)
LEADS_OF_ONE_STORY = 400
FIRST_BATCH = datetime(2026, 4, 1, tzinfo=UTC)

Tell = Callable[..., DbtFolder]
OneStory = Callable[[str], tuple[stories.Story, DbtFolder]]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, parsed: Project) -> Tell:
    """Stories into a data folder of their own, one batch each."""

    def load(*parts: stories.Story) -> DbtFolder:
        folder = DbtFolder(tmp_path_factory.mktemp("told"), parsed)
        tell(folder, *parts)
        return folder

    return load


def tell(folder: DbtFolder, *parts: stories.Story) -> None:
    """Land and load each part as a batch, a day after the other."""
    for number, part in enumerate(parts):
        stories.land(part, folder.folder / "landing", f"{number}.{'jsonl' if number % 2 else 'csv'}")
        folder.load(folder.folder / "landing", FIRST_BATCH + timedelta(days=number))


@pytest.fixture(scope="session")
def one_story(once: Once, parsed: Project) -> OneStory:
    """The one random story that is read a second time in plain Python, and its build as of a moment, to be read."""
    story = stories.tell(ONE_SEED, LEADS_OF_ONE_STORY)

    def build(as_of: str) -> tuple[stories.Story, DbtFolder]:
        def make(place: Path) -> None:
            folder = DbtFolder(place, parsed)
            tell(folder, story)
            folder.build(as_of)

        return story, DbtFolder(once.made(f"story_{''.join(filter(str.isdigit, as_of))}", make), parsed)

    return build
