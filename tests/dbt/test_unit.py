"""The unit tests that stand beside the models, run on an empty store.

What a model should do is said there; here they only run, and fail by their names.
"""

from dataclasses import dataclass

import pytest
import yaml

from tests.dbt_runs import DBT_PROJECT, DbtFolder, Project

WRITTEN = sorted(
    unit_test["name"]
    for twin in (DBT_PROJECT / "models").rglob("*.yml")
    for unit_test in yaml.safe_load(twin.read_text(encoding="utf-8")).get("unit_tests", [])
)


@dataclass(frozen=True)
class Outcome:
    """How a unit test ended, and what dbt says of it."""

    status: str
    message: str


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, parsed: Project) -> dict[str, Outcome]:
    """Every unit test of the project, by name."""
    folder = DbtFolder(tmp_path_factory.mktemp("unit"), parsed)
    folder.load_nothing()
    folder.build("2026-01-31T00:00:00+00:00")
    night = {
        "as_of": "2026-01-31T00:00:00+00:00",
        "refresh_id": "r1",
        "started_at": "2026-01-31T00:00:00+00:00",
    }
    run = folder.dbt("test", "--select", "test_type:unit", variables=night)
    return {result.node.name: Outcome(str(result.status), result.message or "") for result in run.results}


@pytest.mark.parametrize("name", WRITTEN)
def test_unit(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].status == "pass", outcomes[name].message


def test_no_two_unit_tests_share_a_name(outcomes: dict[str, Outcome]) -> None:
    assert sorted(outcomes) == WRITTEN
