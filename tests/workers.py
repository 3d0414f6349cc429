"""How tests are spread over the workers of pytest-xdist: what a module makes for its tests is made by one worker.

Which tests are long is said by the marker `whole`; what all workers share is in `once`.
"""

import os
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

MOST_WORKERS = 4
ROOT = Path(__file__).resolve().parents[1]
MADE_FOR_A_MODULE = 'scope="module"'


class Pieces(LoadScopeScheduling):
    """Hands out a test at a time, but a module whole if it has a fixture of its own for all its tests."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if _stays_together(module) else nodeid


@cache
def _stays_together(module: str) -> bool:
    return MADE_FOR_A_MODULE in (ROOT / module).read_text(encoding="utf-8")


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Pieces:
    """Who hands out the tests."""
    return Pieces(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each core; none where only files are named, as one does who looks for a fault."""
    named = [Path(argument.partition("::")[0]) for argument in config.args]
    return 0 if all(path.is_file() for path in named) else min(len(os.sched_getaffinity(0)), MOST_WORKERS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones first, so that at the end no worker waits for another."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("whole") is None)
