"""How a date is spelled that is none of a feed's, told by its text alone."""

import re
from collections.abc import Iterable

# Parts by what stands between digits: year first, day or month first, with a name of the month.
_TIME = (
    r"(?P<time>[ T](?P<before>(?:[AaPp][Mm]|오전|오후|午前|午後)\s?)?\d{1,2}:\d{2}(?P<seconds>:\d{2})?"
    r"(?P<half>\s?[AaPp][Mm])?)?"
)
_YEAR_FIRST = re.compile(
    r"\d{4}(?P<first_mark>[/.] ?|[년年] ?)\d{1,2}(?P<second_mark>[/.] ?|[월月] ?)\d{1,2}(?P<behind>[.일日])?" + _TIME
)
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[/.-])(?P<second>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_TIME}"
)


def date_format(text: str) -> str | None:
    """The format that a date is probably spelled in, as strptime names it, None where it cannot be told."""
    return next(iter(date_formats([text])), None)


def date_formats(texts: Iterable[str]) -> list[str]:
    """The formats that all of these dates can be spelled in, the likelier first: day before month where both fit."""
    candidates: list[str] | None = None
    for text in texts:
        fitting = _formats_of(text.strip())
        candidates = fitting if candidates is None else [form for form in candidates if form in fitting]
        if not candidates:
            return []
    return candidates or []


def all_formats(texts: Iterable[str]) -> tuple[list[str], bool]:
    """The formats that dates of any shape are spelled in, and whether day and month could be the other way round."""
    shapes: dict[str, list[str]] = {}
    for text in texts:
        shapes.setdefault(re.sub(r"[0-9]+", "0", text.strip()), []).append(text)
    found = [forms for its in shapes.values() if (forms := date_formats(its))]
    is_month_first = any(len(forms) == 1 and forms[0].startswith("%m") for forms in found)
    is_day_first = any(len(forms) == 1 and forms[0].startswith("%d") for forms in found)
    chosen = [forms[-1] if is_month_first and not is_day_first else forms[0] for forms in found]
    doubtful = any(len(forms) > 1 for forms in found) and is_month_first == is_day_first
    return list(dict.fromkeys(chosen)), doubtful


def _formats_of(text: str) -> list[str]:
    if found := _YEAR_FIRST.fullmatch(text):
        return [f"%Y{found['first_mark']}%m{found['second_mark']}%d{found['behind'] or ''}{_time(found)}"]
    if found := _YEAR_LAST.fullmatch(text):
        mark, first, second = found["mark"], int(found["first"]), int(found["second"])
        year = "%Y" if len(found["year"]) == 4 else "%y"
        forms = []
        if first <= 31 and second <= 12:
            forms.append(f"%d{mark}%m{mark}{year}{_time(found)}")
        if first <= 12 and second <= 31:
            forms.append(f"%m{mark}%d{mark}{year}{_time(found)}")
        return forms
    return []


def _time(found: re.Match[str]) -> str:
    if found["time"] is None:
        return ""
    seconds = ":%S" if found["seconds"] else ""
    blank = " " if found["time"].startswith(" ") else "T"
    if found["before"]:
        return f"{blank}%p{' ' if found['before'].endswith(' ') else ''}%I:%M{seconds}"
    if found["half"]:
        return f"{blank}%I:%M{seconds}{' ' if found['half'].startswith(' ') else ''}%p"
    return f"{blank}%H:%M{seconds}"
