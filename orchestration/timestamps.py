"""Timestamps as text: read in the forms that feeds may use, written as ISO in UTC.

The clock itself is read in `settings`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

CLOCK = r"(\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?"
ZONE = r" ?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)"
TIMESTAMP = re.compile(rf"(\d{{4}}-\d\d-\d\d)(?:[Tt ]{CLOCK}(?:{ZONE})?)?", re.ASCII)


def parse_timestamp(text: str) -> datetime:
    """A timestamp in the forms that feeds may use, in UTC; ValueError for any other."""
    match = TIMESTAMP.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no timestamp like 2026-03-31T16:30:00Z or 2026-03-31")
    day, minute, second, fraction, zone = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}.{(fraction or '0')[:6]:0<6}")
        moment = local.replace(tzinfo=UTC) - _offset(zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time that there is: {error}") from error
    if not 1900 <= local.year <= 2200:
        raise ValueError(f"{text!r} lies outside the years 1900 to 2200")
    return moment


def _offset(zone: str | None) -> timedelta:
    if zone in (None, "Z", "z", "UTC"):
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    timezone(offset)  # ValueError beyond a day
    return -offset if zone[0] == "-" else offset


def iso(moment: datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return moment.isoformat(timespec="microseconds")
