"""The error a user can meet: its causes, one line each, that name what is wrong and the remedy.

Faults of the programmer are not wrapped in it.
"""


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
