"""Whether two warehouses hold the same marts: row counts and order-free hashes of all columns."""

from dataclasses import dataclass
from pathlib import Path

from tests.fingerprints import LOGS, fingerprints


@dataclass(frozen=True)
class Comparison:
    """Marts of both that are equal and that differ, logs apart; and all that the other warehouse has."""

    equal: list[str]
    differing: list[str]
    made: list[str]


def compare(warehouse: Path, other: Path) -> Comparison:
    """Compare every mart and output of the other warehouse with its namesake in `warehouse`."""
    ours, theirs = fingerprints(warehouse), fingerprints(other)
    shared = [name for name in ours if name in theirs and name not in LOGS]
    return Comparison(
        equal=[name for name in shared if ours[name] == theirs[name]],
        differing=[name for name in shared if ours[name] != theirs[name]],
        made=list(theirs),
    )
