"""What a run is told by its surroundings: folders, memory, the project it works on.

The only place that reads the environment and the machine's clock; nothing is opened or made here.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import RevloopError
from orchestration import modes

# Three octal digits, the first one the owner's: he reads, and nobody executes a file of data.
PAY_MODE = re.compile(r"0?[46][0246]{2}")
MEMORY_LIMIT = re.compile(r"\d+(\.\d+)?\s?([KMGT]i?B)", re.IGNORECASE)
CGROUP_MEMORY = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class Settings:
    """Absolute folders and limits of one run.

    `command` is how the run was called, for others to read; `private` are the words that were left out of it, as they
    name a person. `mappings` is the company's own folder of mappings, which count before the shipped ones.
    """

    project: Path
    landing: Path
    data: Path
    memory_limit: str
    dagster_home: Path | None
    command: str
    private: tuple[str, ...] = ()
    pay_mode: int = modes.PRIVATE_FILE
    mappings: Path | None = None

    @classmethod
    def read(cls, landing: Path | None = None, data: Path | None = None, mappings: Path | None = None) -> "Settings":
        """The environment's settings, folders given on the command line before them."""
        home = os.environ.get("DAGSTER_HOME")
        command, private = _command(sys.argv)
        return cls(
            project=in_utf8("project folder", project_folder(Path.cwd()), "run from a folder with another name"),
            landing=_folder(landing, "REVLOOP_LANDING", "landing"),
            data=in_utf8("data folder", _folder(data, "REVLOOP_DATA", "data"), "name another with --data"),
            memory_limit=_memory_limit(os.environ.get("REVLOOP_MEMORY_LIMIT")),
            dagster_home=Path(home) if home else None,
            command=command,
            private=private,
            pay_mode=_pay_mode(os.environ.get("REVLOOP_PAY_MODE")),
            mappings=_own_folder(mappings, "REVLOOP_MAPPINGS"),
        )


def project_folder(working_directory: Path) -> Path:
    """`./dbt_project` of the working directory, else the one beside the installed code."""
    beside_the_code = Path(__file__).resolve().parent.parent
    for place in (working_directory, beside_the_code):
        folder = place / "dbt_project"
        if (folder / "dbt_project.yml").is_file():
            return folder.resolve()
    raise RevloopError(f"no dbt_project in {working_directory} and none beside the code: run from the project's folder")


def in_utf8(what: str, path: Path, remedy: str) -> Path:
    """The path, or RevloopError where its name is no UTF-8, as DuckDB wants it."""
    named = os.fsencode(path).decode("utf-8", errors="backslashreplace")
    if os.fsencode(named) != os.fsencode(path):
        raise RevloopError(f"the {what} {named} has a name that is no UTF-8: {remedy}")
    return path


def cache_folder() -> Path:
    """Where a command may keep what it can do without, and finds again next time."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "revloop"


def utc_now() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


@contextmanager
def environment_set(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables for a library that can be told in no other way; put back as they were afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def called_as(*words: str) -> Iterator[None]:
    """A command line for a library that writes down its process's own, which may name a person."""
    before = sys.argv
    sys.argv = list(words)
    try:
        yield
    finally:
        sys.argv = before


def _folder(given: Path | None, variable: str, default: str) -> Path:
    return Path(given or os.environ.get(variable) or default).absolute()


def _own_folder(given: Path | None, variable: str) -> Path | None:
    named = given or os.environ.get(variable)
    return Path(named).absolute() if named else None


def _command(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The command line, and the words of it that nobody else may read: whom an erasure is about."""
    name = Path(words[0]).name
    if "erase" not in words[1:2]:
        return os.fsencode(" ".join([name, *words[1:]])).decode("utf-8", errors="backslashreplace"), ()
    private = (word.partition("=")[2] if word.startswith("--") else word for word in words[2:])
    return f"{name} erase", tuple(word for word in private if word)


def _pay_mode(text: str | None) -> int:
    if not text:
        return modes.PRIVATE_FILE
    if not PAY_MODE.fullmatch(text):
        raise RevloopError(
            f"REVLOOP_PAY_MODE is {text!r}: give the mode of a file that its owner reads and nobody executes, like 0640"
        )
    return int(text, 8)


def _memory_limit(text: str | None) -> str:
    if not text:
        return f"{_memory_bytes() // 3 // 2**20}MiB"
    if not MEMORY_LIMIT.fullmatch(text):
        raise RevloopError(f"REVLOOP_MEMORY_LIMIT is {text!r}: give a size with its unit, like 8GB")
    return text


def _memory_bytes() -> int:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    container = CGROUP_MEMORY.read_text().strip() if CGROUP_MEMORY.is_file() else "max"
    return min(machine, int(container)) if container.isdigit() else machine
