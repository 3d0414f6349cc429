"""The story that a made-up company tells: what broke, where and since when.
One plant in its process; that a source brings volume and little else is in `vocabulary`, who is leant on in `reps`.
"""

import datetime as dt

from ingest.simulate.clock import months_later
from ingest.simulate.plants import Plant

# A conversion is known when its month's last lead had so many days; a fall is seen between two windows of months.
_KNOWN_AFTER = dt.timedelta(days=90)
_WINDOW_MONTHS = 3


def began_on(until: dt.date) -> dt.date:
    """The first day of the latest three months of which the conversions are known when `until` begins."""
    month = until.replace(day=1)
    while months_later(month, 1) - dt.timedelta(days=1) + _KNOWN_AFTER > until:
        month = months_later(month, -1)
    return months_later(month, 1 - _WINDOW_MONTHS)


def plant_of(until: dt.date) -> Plant:
    """Since then small companies are talked with and then left lying: fewer and later become opportunities."""
    return Plant("working", "smb", began_on(until), conversion=0.28, slowness=1.5, tidiness=0.45)
