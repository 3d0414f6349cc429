"""The error a user can meet: one line that names the cause and the remedy.

Faults of the programmer are not wrapped in it.
"""


class RevloopError(Exception):
    """A refusal or failure that the user can act upon; its text is one line."""
