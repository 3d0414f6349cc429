"""Stories told to a data folder: what the laws build on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.dbt_runs import DbtFolder, Project
from tests.laws import stories

FIRST_BATCH = datetime(2026, 4, 1, tzinfo=UTC)

Tell = Callable[..., DbtFolder]


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
