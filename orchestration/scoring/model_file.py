"""Models as files that a person can read: parameters, training window, features, measures, versions of libraries.

A file depends on nothing but what its model was fitted on, so that the same data give the same bytes.
"""

import json
from pathlib import Path
from typing import Any

from orchestration import modes
from orchestration.data_folder import write_whole
from orchestration.scoring.tables import TABLES

KEPT = 12


def read(folder: Path, key: str) -> dict[str, Any] | None:
    """The model that was kept under this key; None if there is none, or its file is damaged."""
    for path in folder.glob(f"*-{key[:16]}.json"):
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # A file that cannot be read costs a fit.
            continue
        if isinstance(found, dict) and found.get("fit_key") == key and found.keys() >= TABLES.keys():
            path.touch()
            return found
    return None


def write(folder: Path, found: dict[str, Any]) -> Path:
    """Keep a model, and forget those that were not used for longest."""
    path = folder / f"{found['models'][0]['model_version']}-{found['fit_key'][:16]}.json"
    with modes.private():
        folder.mkdir(exist_ok=True)
        write_whole(path, json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    others = sorted(folder.glob("*.json"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    for forgotten in [file for file in others if file != path][KEPT - 1 :]:
        forgotten.unlink()
    return path
