"""What a refresh is asked for: its two clocks, and whether to rebuild everything.

How a night goes by it is in `refresh`.
"""

from dataclasses import dataclass
from datetime import datetime

from ingest.errors import RevloopError


@dataclass(frozen=True)
class Request:
    """What a refresh is asked for: its two clocks (None = the defaults) and whether to rebuild everything.

    With `keeps_as_of` the as_of is one that was published and that nobody had asked for.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None
    full: bool = False
    keeps_as_of: bool = False

    @property
    def is_as_of_asked(self) -> bool:
        """Whether somebody chose the as_of; else it is, or was, when the refresh began."""
        return self.as_of is not None and not self.keeps_as_of

    def require_near(self, started_at: datetime) -> None:
        """RevloopError for an as_of more than a year after the refresh's start: marts have rows for every day."""
        if self.as_of is not None and self.as_of > _a_year_after(started_at):
            raise RevloopError(
                f"as_of {self.as_of:%Y-%m-%d %H:%M} UTC is more than a year after the refresh's start, "
                f"{started_at:%Y-%m-%d %H:%M} UTC: name an earlier one"
            )


def _a_year_after(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, month=3, day=1)
