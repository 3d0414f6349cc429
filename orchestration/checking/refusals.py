"""Rows that would be refused, by cause, each with an example and what to do about it; and values that would be emptied.

Why a row is refused is decided in `ingest.rows` and `ingest.values`, in whose words a cause is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ingest.refused_rows import Cause, Emptied
from orchestration.checking.files import CheckedFile
from orchestration.checking.findings import Finding, look, rows, shown
from orchestration.checking.spellings import date_format, date_formats
from orchestration.checking.vocabulary import DEAL, PHASE, Vocabulary

_WRONG = {
    "country": "is no two-letter country",
    "details": "is no JSON object",
    "employee_count": "is no whole number of 0 or more",
    "acquisition_cost": "is no number of 0 or more",
}
_NAME_OF_COUNTRY = "write its name in English, Korean or Japanese, or its ISO code"
_AS = {"is no timestamp": "2026-03-02T09:15:00+09:00", "is no date": "2026-03-02"}
# By what is said of a value or a row; the first that stands in it.
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "is empty, as the file has no column": "export that column too, or give the mapping its name in your files",
        "is not in the mapping's table": "add it there",
        "has none of the columns that its mapping knows": "see whether it is another file, or name its columns there",
        "is no column of the file": "name the column so, or let a mapping read the file",
        "is empty": "give it a value where the row comes from, or leave the row out",
        "is no timestamp": "write it as 2026-03-02T09:15:00+09:00, or name its format under `dates` of a mapping",
        "is no date": "write it as 2026-03-02, or name its format under `dates` of a mapping",
        "is outside the years": "mend the year",
        "is no number": "write digits with a point, as 1234.50, or name the spelling under `decimals` of a mapping",
        "is no whole number": "write digits alone, as 450",
        "has too many digits": "see whether the column holds another number",
        "is below 0": "it must be 0 or more: mend it where it comes from",
        "is no yes or no": "write true or false",
        "is no two-letter country": "write its ISO code, as KR, or let a mapping read names (`as: country`)",
        "is no three-letter currency": "write its ISO code, as USD",
        "is no JSON object": 'write an object, as {"forecast": "commit"}',
        "is no stage of stages.csv": "write a stage of stages.csv, or put the value into a table of a mapping",
        "is no opportunity phase": "write p1 to p5, or put the value into a table of a mapping",
        "was cut by a spreadsheet": "",
        "fields where the header has": "put a field that holds a comma into quotes",
        "is no JSON": "write one JSON object a line",
        "is nested deeper": "leave out what lies so deep",
        "more than once": "name each column once",
        "a quote is not closed": "close the quote",
        "is no valid UTF-8": "save the file as CSV UTF-8, or name its encoding under `files` of a mapping",
        "is longer than": "see whether a quote is missing in it, or before",
        "half a surrogate": "write the whole character",
        "is a time out of range": "mend the time",
    }
)


def told(file: CheckedFile, feed: str, found: Sequence[Cause], vocabulary: Vocabulary) -> Iterator[Finding]:
    """A line for each cause."""
    for cause in found:
        if " is no column of the file, which " in cause.detail:
            kind = cause.detail.partition(", which ")[2]
            yield look(f"every row is refused, as the file {kind}, or {file.other_reader}")
        elif cause.row is None and cause.count == 1:
            yield look(f"the file is refused whole: {cause.detail}{_because(file, feed, cause, vocabulary)}")
        else:
            of = f" of {feed}" if len(file.feeds) > 1 else ""
            example = f", as in row {cause.row}" if cause.row is not None else ""
            said = f"{_said(file, feed, cause)}{example}{_because(file, feed, cause, vocabulary)}"
            yield look(f"{rows(cause.count)}{of} refused: {said}")


def emptied(file: CheckedFile, feed: str, found: Sequence[Emptied]) -> Iterator[Finding]:
    """A line for each column that only describes and has wrong values."""
    for one in found:
        phrase = _WRONG[one.column]
        remedy = _NAME_OF_COUNTRY if file.mapping and one.column == "country" else remedy_of(phrase)
        yield look(
            f"{file.said(feed, one.column)} emptied in {rows(one.count)}: {shown(one.value)} {phrase}, as in row "
            f"{one.row}; {remedy}, else the row loads without it"
        )


def remedy_of(phrase: str) -> str | None:
    """What to do about what is said of a value or a row, None where it says so itself."""
    return next((remedy for words, remedy in REMEDIES.items() if words in phrase), None) or None


def _said(file: CheckedFile, feed: str, cause: Cause) -> str:
    if cause.column is None:
        return cause.detail
    value = "" if cause.value is None else f" {shown(cause.value)}"
    return f"{file.said(feed, cause.column, cause.value, cause.row)}{value} {cause.phrase}"


def _because(file: CheckedFile, feed: str, cause: Cause, vocabulary: Vocabulary) -> str:
    """The remedy, and what was probably meant."""
    remedy = remedy_of(cause.phrase)
    if cause.column is not None and cause.value is not None and cause.phrase in _AS:
        forms = date_formats([cause.value])
        if len(forms) > 1:
            # The other dates of the column may tell the day from the month.
            others = date_formats([text for text in file.texts_behind(feed, cause.column) if date_format(text)])
            forms = [form for form in forms if form in others] or forms
        if forms:
            told = " or ".join(forms)
            remedy = f"it looks like {told}: name that under `dates` of a mapping, or write it as {_AS[cause.phrase]}"
    if cause.value is not None and cause.column == "stage" and "did you mean" not in cause.phrase:
        is_phase = "phase" in cause.phrase
        if is_phase and (end := vocabulary.nearest(DEAL, cause.value)):
            remedy = f"it reads like {end}: put it into a table of what is won or lost of a mapping"
        else:
            near = vocabulary.nearest(PHASE if is_phase else "stage", cause.value)
            remedy = f"{f'did you mean {near!r}? ' if near else ''}{remedy}"
    if remedy and file.mapping is not None:
        remedy = remedy.replace("a mapping", f"{file.mapping}.yml")
    return f"; {remedy}" if remedy else ""
