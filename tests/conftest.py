"""What tests of whole nights share: a workplace with its own copy of the project, and where real data may lie."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.fingerprints import Fingerprint, lasting

ROOT = Path(__file__).resolve().parents[1]
REVLOOP = Path(sys.executable).with_name("revloop")


class Workplace:
    """A working directory with a project, a landing folder and a data folder, all its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "dbt_project"
        self.landing = folder / "landing"
        self.data = folder / "data"
        shutil.copytree(ROOT / "dbt_project", self.project, ignore=shutil.ignore_patterns("target", "logs"))
        self.landing.mkdir()

    @property
    def published(self) -> Path:
        """The link that BI opens."""
        return self.data / "published" / "revloop.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command here: nothing of the caller's folders."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("REVLOOP_")}
        return {**others, "REVLOOP_LANDING": str(self.landing), "REVLOOP_DATA": str(self.data)}

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start `revloop` with these words and do not wait for it."""
        return subprocess.Popen(
            [str(REVLOOP), *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def revloop(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `revloop` with these words to its end."""
        process = self.start(*words)
        out, error = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, out, error)

    def refresh(self, *words: str | Path) -> None:
        """Run a refresh that must publish."""
        done = self.revloop("refresh", *words)
        assert done.returncode == 0, done.stderr

    def land(self, source: str, text: str) -> None:
        """Let a file land below the landing folder."""
        path = self.landing / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def seed(self, name: str) -> Path:
        """The CSV of a seed in this copy of the project."""
        return next(self.project.glob(f"seeds/**/{name}.csv"))

    def add_row(self, seed: str, row: str) -> None:
        """Append one line to a seed."""
        path = self.seed(seed)
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + f"\n{row}\n", encoding="utf-8")

    def set_var(self, name: str, value: str) -> None:
        """Set a var in dbt_project.yml."""
        path = self.project / "dbt_project.yml"
        lines = path.read_text(encoding="utf-8").splitlines()
        changed = [f"  {name}: {value}" if line.startswith(f"  {name}:") else line for line in lines]
        assert changed != lines
        path.write_text("\n".join(changed) + "\n", encoding="utf-8")

    def rows(self, query: str, file: Path | None = None) -> list[tuple]:
        """What a query on the published file (or another) returns, in UTC."""
        with duckdb.connect(str(file or self.published), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()

    def fingerprint(self, file: Path | None = None) -> dict[str, Fingerprint]:
        """What the published file (or another) shows, but for the logs of runs."""
        return lasting(file or self.published)


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A workplace of one test."""
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def make_workplace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workplace]:
    """Workplaces that several tests share."""
    return lambda name: Workplace(tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets, which are no part of the project: beside it, or where REVLOOP_SHARED_DATA says."""
    folder = Path(os.environ.get("REVLOOP_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder
