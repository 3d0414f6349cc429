"""What tests of whole nights share: a workplace with its own copy of the project, and where real data may lie."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import duckdb
import pytest

from ingest.simulate.clock import END_DATE
from ingest.simulate.staff import USUAL_LEADS
from orchestration import cli
from orchestration.dbt_runner import DbtProject
from orchestration.kept_parse import SEED, Parsed
from tests.dbt_runs import DbtFolder, Project, read_manifest
from tests.fingerprints import Fingerprint, lasting
from tests.once import Once

ROOT = Path(__file__).resolve().parents[1]
REVLOOP = Path(sys.executable).with_name("revloop")
# Whoever needs one of these runs or reads a whole refresh or build, as do all tests of these folders.
WHOLE_FIXTURES = frozenset({"come_in", "checked_once", "refreshed_once", "run_in_halves", "usual_company"})
WHOLE_FOLDERS = frozenset({"benchmark", "laws", "nights", "realdata"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is whole."""
    for item in items:
        if item.path.parent.name in WHOLE_FOLDERS or WHOLE_FIXTURES.intersection(item.fixturenames):
            item.add_marker("whole")


class Workplace:
    """A working directory with a project, a landing folder and a data folder, all its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "dbt_project"
        self.landing = folder / "landing"
        self.data = folder / "data"
        if not self.project.exists():
            shutil.copytree(ROOT / "dbt_project", self.project, ignore=shutil.ignore_patterns("target", "logs"))
        self.landing.mkdir(exist_ok=True)

    def copied_to(self, folder: Path) -> "Workplace":
        """The same project, landing and data folder at another place."""
        return Workplace(shutil.copytree(self.folder, folder, symlinks=True))

    @property
    def published(self) -> Path:
        """The link that BI opens."""
        return self.data / "published" / "revloop.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command here: nothing of the caller's folders."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("REVLOOP_")}
        return {**others, **self._folders}

    @property
    def _folders(self) -> dict[str, str]:
        """What a command finds and keeps here, and nowhere else."""
        return {
            "REVLOOP_LANDING": str(self.landing),
            "REVLOOP_DATA": str(self.data),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

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
        """Run `revloop` with these words to its end, inside this process: importing dbt and Dagster takes seconds."""
        arguments = list(map(str, words))
        out, error = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as surroundings, redirect_stdout(out), redirect_stderr(error):
            surroundings.chdir(self.folder)
            surroundings.setattr(sys, "argv", ["revloop", *arguments])
            for name in os.environ.keys() - self.environment.keys():
                surroundings.delenv(name)
            for name, folder in self._folders.items():
                surroundings.setenv(name, folder)
            code = cli.run(arguments)
        return subprocess.CompletedProcess(words, code, out.getvalue(), error.getvalue())

    def revloop_process(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `revloop` with these words to its end, as the process that a user starts."""
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


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """What all workers of this session make once."""
    root = tmp_path_factory.getbasetemp()
    return Once(root.parent if hasattr(request.config, "workerinput") else root)


def _parse_and_seed(folder: Path) -> None:
    """The shipped project parsed, and its seeds built, in a folder that all share."""
    shipped = DbtFolder(folder)
    shipped.parse()
    shipped.build_seeds()


@pytest.fixture(scope="session")
def shipped(once: Once) -> Path:
    """Where the shipped project is parsed and its seeds are built: anew for each session, so that nothing is stale."""
    return once.made("shipped", _parse_and_seed)


@pytest.fixture(scope="session")
def parsed(shipped: Path) -> Project:
    """The shipped project, for folders that build it in this process."""
    return Project(read_manifest(shipped / "dbt"), shipped / "night")


@pytest.fixture(scope="session", autouse=True)
def shipped_is_parsed_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let workplaces whose project is the shipped one, but for what seeds say, take what the session has parsed."""
    parse = DbtProject._parse_anew

    def parse_or_take(project: DbtProject, target: Path) -> Parsed:
        if _bytes_of(project.folder) != _bytes_of_shipped():
            return parse(project, target)
        shipped = request.getfixturevalue("shipped") / "dbt"
        manifest, content = read_manifest(shipped), json.loads((shipped / "manifest.json").read_bytes())
        for node in manifest.nodes.values():
            if node.resource_type == "seed":
                node.root_path = str(project.folder)
        return Parsed(manifest, content)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DbtProject, "_parse_anew", parse_or_take)
        yield


def _bytes_of(project: Path) -> dict[Path, bytes]:
    """What a parse depends on: every file of a project but those that runs leave, and which seeds there are."""
    files = (path for path in project.rglob("*") if path.suffix in (SEED, ".sql", ".yml"))
    return {
        path.relative_to(project): b"" if path.suffix == SEED else path.read_bytes()
        for path in files
        if "target" not in path.parts
    }


@cache
def _bytes_of_shipped() -> dict[Path, bytes]:
    """The same of the shipped project, which nobody changes while tests run."""
    return _bytes_of(ROOT / "dbt_project")


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A workplace of one test."""
    return Workplace(tmp_path)


@pytest.fixture(scope="session")
def make_workplace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workplace]:
    """Workplaces that several tests share."""
    return lambda name: Workplace(tmp_path_factory.mktemp(name))


def _make_usual_company(folder: Path) -> None:
    company = Workplace(folder)
    day = END_DATE.isoformat()
    made = company.revloop("simulate", "--leads", str(USUAL_LEADS), "--until", day, "--out", company.landing)
    assert made.returncode == 0, made.stderr
    company.refresh("--as-of", day)


@pytest.fixture(scope="session")
def usual_company(once: Once) -> Workplace:
    """The README's company after one refresh, to be read alone."""
    return Workplace(once.made("usual_company", _make_usual_company))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets, which are no part of the project: beside it, or where REVLOOP_SHARED_DATA says."""
    folder = Path(os.environ.get("REVLOOP_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder
