"""The dbt project as dbt reads it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def manifest(shipped: Path) -> Mapping[str, Any]:
    """manifest.json as a dictionary."""
    return json.loads((shipped / "dbt" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def models(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The project's models by name."""
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
