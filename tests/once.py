"""What a session makes once, however many workers run its tests: whoever needs it first makes it, the others wait.

What is made belongs to the fixtures; nobody writes into it afterwards, tests work on copies.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


class Once:
    """The folder that all workers of a session share."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def made(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder of that name, filled by `make` if nobody has done it yet."""
        folder, mark = self.root / name, self.root / f"{name}.made"
        with FileLock(self.root / f"{name}.lock"):
            if not mark.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                make(folder)
                mark.touch()
        return folder
