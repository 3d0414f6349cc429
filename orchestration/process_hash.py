"""What a night's numbers depend on besides data: process (seeds and vars) and code, each as a short text.

Two refreshes of the same raw data and clocks give the same marts while both texts are equal.
"""

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from orchestration.process_vars import read_vars

CODE = ("*.py", "*.sql", "*.yml")


def process_hash(project: Path) -> str:
    """SHA-256 over the seeds and the vars of dbt_project.yml."""
    digest = _digest(project, project.glob("seeds/**/*.csv"))
    digest.update(_vars(project))
    return digest.hexdigest()


def seed_hashes(project: Path) -> dict[str, str]:
    """SHA-256 of each seed, by its name."""
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in project.glob("seeds/**/*.csv")}


def vars_hash(project: Path) -> str:
    """SHA-256 over the vars of dbt_project.yml."""
    return hashlib.sha256(_vars(project)).hexdigest()


def code_version(project: Path) -> str:
    """The package's version and a hash of the models, macros and Python that run, and of the engine."""
    installed = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256(version("duckdb").encode())
    for root, folders in (
        (project, ("models", "macros", "tests")),
        (installed, ("ingest", "orchestration")),
    ):
        files = (path for folder in folders for pattern in CODE for path in (root / folder).rglob(pattern))
        digest.update(_digest(root, files).digest())
    return f"{version('revloop')}+{digest.hexdigest()[:12]}"


def _vars(project: Path) -> bytes:
    return json.dumps(read_vars(project), sort_keys=True, default=str).encode()


def _digest(root: Path, files: Iterable[Path]) -> "hashlib._Hash":
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest
