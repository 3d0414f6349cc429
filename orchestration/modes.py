"""Who may read what a run makes: its own files are the owner's alone, what it publishes follows the caller's umask.

Which files are whose is known where they are made.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o077
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
# Whoever knows the name of what is published gets there, and sees nothing else.
DATA_FOLDER = 0o711
READ_ONLY = 0o444

_put_aside: list[int] = []


@contextmanager
def private() -> Iterator[None]:
    """What this process makes meanwhile, its owner alone may read."""
    _put_aside.append(os.umask(PRIVATE))
    try:
        yield
    finally:
        os.umask(_put_aside.pop())


@contextmanager
def public() -> Iterator[int]:
    """What this process makes meanwhile follows the umask it was started with, which is handed out."""
    before = os.umask(PRIVATE)
    callers = _put_aside[0] if _put_aside else before
    os.umask(callers)
    try:
        yield callers
    finally:
        os.umask(before)


def close(path: Path) -> None:
    """Take a file, or a folder with all that is in it, from everybody but its owner. Links are left alone."""
    if path.is_symlink() or not path.exists():
        return
    if path.is_dir():
        path.chmod(PRIVATE_FOLDER)
        for member in path.iterdir():
            close(member)
    else:
        path.chmod(PRIVATE_FILE)
