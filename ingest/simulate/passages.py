"""Leads on one pass through the process: who they are and the moment they have come to.
What happens on the way is decided in `journeys` and `touches`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass
class Passage:
    """Leads on one pass: their places in the chunk and the moment they have come to."""

    lead: NDArray[np.int64]
    at: NDArray[np.int64]

    def only(self, rows: NDArray) -> "Passage":
        """The same for some of the rows."""
        return Passage(self.lead[rows], self.at[rows])

    def places(self) -> NDArray[np.int64]:
        """0 .. number of leads."""
        return np.arange(len(self.lead))


def together(parts: list[Passage]) -> Passage:
    """Several passages as one."""
    return Passage(np.concatenate([part.lead for part in parts]), np.concatenate([part.at for part in parts]))
