"""The parsed project, kept from one refresh to the next: a project of which nothing changed is not parsed again.

What the project says is known elsewhere; here it is one piece, which belongs to all that dbt reads when it parses.
"""

import hashlib
import os
import pickle
import re
import sys
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import catalogs, modes
from orchestration.process_hash import code_version

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

FILE = "parsed.pickle"
PARSERS = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb")
# What dbt writes into a project folder when it is called by hand.
WRITTEN = ("target", "logs")
# What is in such a file dbt reads when it builds.
SEED = ".csv"
ASKED = re.compile(rb"env_var\(\s*['\"]([^'\"]+)")


@dataclass(frozen=True)
class Parsed:
    """The project as dbt holds it, and as manifest.json spells it."""

    manifest: "Manifest"
    content: dict[str, Any]

    @classmethod
    def of(cls, manifest: "Manifest") -> "Parsed":
        """Both of them, from the first."""
        return cls(manifest, manifest.writable_manifest().to_dict(omit_none=False))


def identity(project: Path) -> bytes:
    """A hash of all that dbt reads to parse a project: its files, the code, the versions, the settings.

    Not where the files lie that a build reads and writes, nor what seeds say: no node is another for it.
    """
    digest = hashlib.sha256()
    asked: set[str] = set()
    for path in sorted(project.rglob("*")):
        place = path.relative_to(project)
        if place.parts[0] not in WRITTEN and path.is_file():
            content = b"" if path.suffix == SEED else path.read_bytes()
            digest.update(f"{place}\0{len(content)}\0".encode(errors="surrogateescape"))
            digest.update(content)
            asked.update(name.decode(errors="surrogateescape") for name in ASKED.findall(content))
    asked -= set(catalogs.NAMES)
    settings = {name: value for name, value in os.environ.items() if name in asked or name.startswith("DBT_")}
    versions = [sys.version, *map(version, PARSERS), code_version(project)]
    digest.update(ascii([str(project), sorted(settings.items()), versions]).encode())
    return digest.digest()


def read(file: Path, wanted: bytes) -> Parsed | None:
    """What was kept of this identity; None if it was of another, or is damaged."""
    try:
        kept = file.read_bytes()
    except OSError:
        # Where it cannot be read, be it another user's, nothing is lost but time.
        return None
    head, body = kept[: 2 * len(wanted)], kept[2 * len(wanted) :]
    # Nothing is made of bytes that are not those that were written, by these very versions.
    if head != wanted + hashlib.sha256(body).digest():
        return None
    from dbt.contracts.graph.manifest import Manifest

    said, content = pickle.loads(body)
    return Parsed(Manifest(**said), content)


def write(file: Path, identity: bytes, parsed: Parsed) -> None:
    """Keep it, whole or not at all."""
    # Not what dbt has looked up in it meanwhile: that finds itself anew.
    names = [field.name for field in fields(parsed.manifest) if not field.name.startswith("_")]
    said = {name: getattr(parsed.manifest, name) for name in names}
    body = pickle.dumps((said, parsed.content), protocol=pickle.HIGHEST_PROTOCOL)
    half_made = file.with_name(f".{file.name}.tmp")
    with modes.private():
        half_made.write_bytes(identity + hashlib.sha256(body).digest() + body)
        half_made.replace(file)
