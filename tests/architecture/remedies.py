"""What a failing rule says: a rule that only a failing test tells names its remedy."""

from collections.abc import Iterable


def told(found: Iterable[str], remedy: str) -> str:
    """Each place the fault was found in, and what to do instead."""
    return "\n".join([*found, remedy])
