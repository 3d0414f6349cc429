"""The dbt project as dbt reads it, parsed anew for each session so that no stale manifest can pass."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.dbt_runs import DbtFolder


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """manifest.json as a dictionary."""
    parsed = DbtFolder(tmp_path_factory.mktemp("parsed")).parse()
    return parsed.writable_manifest().to_dict(omit_none=False)


@pytest.fixture(scope="session")
def models(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The project's models by name."""
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
