"""Whether two warehouses hold the same marts: row counts and order-free hashes of all columns."""

from dataclasses import dataclass
from pathlib import Path

from tests.fingerprints import LOGS, fingerprints


@dataclass(frozen=True)
class Comparison:
    """Marts that are equal, that differ, and that the other warehouse lacks, logs apart; and all that it has."""

    equal: list[str]
    differing: list[str]
    missing: list[str]
    made: list[str]


def compare(warehouse: Path, other: Path) -> Comparison:
    """Compare every mart and output of `warehouse` with its namesake in the other one."""
    ours, theirs = fingerprints(warehouse), fingerprints(other)
    shared = [name for name in ours if name in theirs and name not in LOGS]
    return Comparison(
        equal=[name for name in shared if ours[name] == theirs[name]],
        differing=[name for name in shared if ours[name] != theirs[name]],
        missing=[name for name in ours if name not in theirs and name not in LOGS],
        made=list(theirs),
    )
