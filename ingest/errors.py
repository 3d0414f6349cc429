"""The error a user can meet: its causes, one line each, that name what is wrong and the remedy.

Faults of the programmer are not wrapped in it.
"""

import difflib
from collections.abc import Iterable


class RevloopError(Exception):
    """A refusal or failure that the user can act upon.

    `causes` are its lines, in the order in which a person should read them, the first cause first; a text with
    line ends or runs of blanks in it becomes one line.
    """

    def __init__(self, *causes: str) -> None:
        self.causes = tuple(" ".join(cause.split()) for cause in causes)
        super().__init__("\n".join(self.causes))


class NothingToDoError(RevloopError):
    """A command that found nothing to do: it is refused, but nothing is wrong with what there is."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """What a refusal of a word ends with: the known one that was most likely meant, nothing where none is near."""
    by_lower = {word.lower(): word for word in known}
    near = difflib.get_close_matches(given.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean '{by_lower[near[0]]}'?" if near else ""
