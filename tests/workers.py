"""How tests are spread over the workers of pytest-xdist: what a module makes for its tests is made by one worker.

As there is a worker for each core, DuckDB keeps to one thread in each.

Which tests are long is said by the marker `whole`; what all workers share is in `once`.
"""

import os
from functools import cache, wraps
from pathlib import Path
from typing import Any

import duckdb
import pytest
from xdist.scheduler import LoadScopeScheduling

MOST_WORKERS = 4
ROOT = Path(__file__).resolve().parents[1]
MADE_FOR_A_MODULE = 'scope="module"'


class Pieces(LoadScopeScheduling):
    """Hands out a test at a time, but a module whole if it has a fixture of its own for all its tests."""

    def _split_scope(self, nodeid: str) -> str:
        module = _module_of(nodeid)
        return module if _stays_together(module) else nodeid


def _module_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


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


def pytest_configure(config: pytest.Config) -> None:
    """One thread for each database that a worker opens and asks for no other number."""
    if not hasattr(config, "workerinput"):
        return
    connect = duckdb.connect

    @wraps(connect)
    def connect_with_one_thread(*words: Any, config: dict[str, Any] | None = None, **others: Any) -> Any:
        return connect(*words, config={"threads": 1, **(config or {})}, **others)

    duckdb.connect = connect_with_one_thread


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones first, and of these what one worker must do alone: at the end no worker waits for another."""
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool]:
    """When a test is handed out, as it is long and in a module that stays together, or not."""
    return item.get_closest_marker("whole") is None, not _stays_together(_module_of(item.nodeid))
