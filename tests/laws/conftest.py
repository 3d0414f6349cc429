"""Stories told to a data folder: what the laws build on."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from tests.dbt_runs import DbtFolder, Project
from tests.laws import stories

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
        for number, part in enumerate(parts):
            stories.land(part, folder.folder / "landing", f"{number}.{'jsonl' if number % 2 else 'csv'}")
            folder.load(folder.folder / "landing", FIRST_BATCH + timedelta(days=number))
        return folder

    return load


@pytest.fixture(scope="session")
def one_story(told: Tell) -> OneStory:
    """The one random story that is read a second time in plain Python, and its build as of a moment."""
    story = stories.tell(ONE_SEED, LEADS_OF_ONE_STORY)

    @cache
    def build(as_of: str) -> tuple[stories.Story, DbtFolder]:
        folder = told(story)
        folder.build(as_of)
        return story, folder

    return build
