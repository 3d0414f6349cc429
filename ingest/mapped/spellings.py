"""How a mapping may say that dates, decimals and files are spelled, and the SQL that respells dates and decimals.

What a spelling does not fit stays as it is, so that the judgement of the row refuses it with its own text.
"""

import codecs
import contextlib
import datetime as dt
import itertools
import re
import zoneinfo
from collections.abc import Sequence
from functools import cache

from ingest.errors import did_you_mean
from ingest.sql import literal

ISO = "iso"
# What Windows writes under these names holds more characters than the standards of the names.
_CODECS = {"shift_jis": "cp932", "sjis": "cp932", "euc_kr": "cp949", "ks_c_5601_1987": "cp949", "latin_1": "cp1252"}
_COMMON_CODECS = ("utf-8", "utf-16", "shift_jis", "cp949", "euc_kr", "cp1252", "gb18030", "big5", "euc_jp")
_DECIMALS = re.compile(r"1(?P<group>[.,' ]?)234(?P<mark>[.,])50")
_DIRECTIVES = frozenset("aAbBdfHImMpSyYzZ")
# Days that no two orders of year, month and day read as the same.
_SAMPLES = tuple(dt.datetime(*parts, tzinfo=dt.UTC) for parts in ((2001, 2, 3, 4, 5, 6), (2012, 11, 10, 9, 8, 7)))
# `%p` in Korean and in Japanese.
_HALVES = {"AM": "오전|午前", "PM": "오후|午後"}
_BLANKS = r"\s\x{00A0}\x{202F}"
_TIME_WITHOUT_ZONE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def check_zone(name: str) -> str:
    """A time zone by its name of the tz database; ValueError for any other."""
    known = _zones()
    if name not in known:
        raise ValueError(f"'{name}' is no time zone (like Asia/Seoul){did_you_mean(name, known)}")
    return name


def check_date_format(text: str) -> str:
    """`iso`, or a format of strftime that names a whole day; ValueError for any other."""
    if text == ISO:
        return text
    directives = re.findall(r"%-?(.?)", text.replace("%%", ""))
    unknown = [letter for letter in directives if letter not in _DIRECTIVES]
    if unknown:
        raise ValueError(f"'{text}' is no format of dates: %{unknown[0]} means nothing; write it like %d/%m/%Y %H:%M")
    if not (set(directives) & set("yY") and set(directives) & set("mbB") and set(directives) & set("d")):
        nearest = did_you_mean(text, [ISO])
        raise ValueError(f"'{text}' names no year, month and day: write it like %d/%m/%Y %H:%M, or iso{nearest}")
    return text


def check_date_formats(names: tuple[str, ...]) -> tuple[str, ...]:
    """Formats of which no two read a text as other moments; ValueError for any other."""
    for place, name in enumerate(names):
        for earlier in names[:place]:
            if (text := _read_otherwise(earlier, name)) is not None:
                raise ValueError(
                    f"'{earlier}' and '{name}' read {text} as other days: keep the one that the files are written in; "
                    "where an object or a column differs, name 'dates' there"
                )
    return names


def _read_otherwise(one: str, other: str) -> str | None:
    """A text that two formats read as other moments, None where they differ in none of some."""
    for mine, others in itertools.product(_python_formats(one), _python_formats(other)):
        for sample in _SAMPLES:
            text = sample.strftime(mine)
            with contextlib.suppress(ValueError):
                told, meant = (dt.datetime.strptime(text, name).replace(tzinfo=None) for name in (mine, others))
                if told != meant:
                    return text
    return None


def _python_formats(name: str) -> Sequence[str]:
    """A format as Python has it; of the feeds' own spelling those without a zone."""
    if name != ISO:
        return [re.sub("%-", "%", name)]
    return ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]


def check_decimals(sample: str) -> str:
    """The number 1234.50 as the source writes it; ValueError for what is none of it."""
    found = _DECIMALS.fullmatch(sample)
    if found is None or found["group"] == found["mark"]:
        raise ValueError(
            f"'{sample}' is not the number 1234.50: write it as the source does, like 1.234,50 or 1,234.50"
        )
    return sample


def check_codec(name: str) -> str:
    """An encoding of text; ValueError for any other."""
    try:
        is_text = codecs.lookup(name)._is_text_encoding
    except LookupError:
        is_text = False
    if not is_text:
        raise ValueError(f"'{name}' is no encoding of text{did_you_mean(name, _COMMON_CODECS)}")
    return name


def codec(name: str) -> str:
    """The codec that reads what is meant by the name of an encoding."""
    canonical = codecs.lookup(name).name
    return _CODECS.get(canonical.replace("-", "_").replace("iso8859_1", "latin_1"), canonical)


def timestamp(text: str, formats: Sequence[str], zone: str) -> str:
    """An expression of a timestamp's text in the feed's spelling; one without a zone is local time in `zone`.

    Of a local time that a change of clocks leaves out the time an hour later counts, of one that comes twice the later.
    """
    if zone == "UTC" and tuple(formats) == (ISO,):
        return text
    return _first([*(_instant(text, name, zone) for name in formats), *_unless_listed(text, formats, zone), text])


def date(text: str, formats: Sequence[str]) -> str:
    """An expression of a date's text in the feed's spelling, its time of day kept, where there is one."""
    written = [f"cast({local} as varchar)" for name in formats if name != ISO and (local := _local(text, name))]
    return _first([*written, text])


def day(text: str, formats: Sequence[str], zone: str) -> str:
    """An expression of the day of a timestamp's text: of one with a zone, the day that it is in `zone` then."""
    days = [f"cast({_local(text, name)} as date)" for name in formats if not _has_zone(name)]
    instant = f"read_timestamp({timestamp(text, formats, zone)})"
    days.append(f"cast(timezone({literal(zone)}, {instant}) as date)")
    return _first([*(f"cast({one} as varchar)" for one in days), text])


def decimal(text: str, sample: str) -> str:
    """An expression of a number's text in the feed's spelling, signs of currency and blanks around it cut."""
    found = _DECIMALS.fullmatch(sample)
    assert found
    group = {"": "", " ": f"[{_BLANKS}]", "'": r"['\x{2019}]"}.get(found["group"], f"[{found['group']}]")
    whole = f"(?:[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+)" if group else "[0-9]+"
    pattern = literal(f"-?{whole}(?:[{found['mark']}][0-9]+)?")
    # In Shift_JIS the sign of the yen is the byte of the backslash.
    around = rf"[{_BLANKS}\p{{Sc}}원円\\]*"
    bare = f"regexp_replace({text}, '^{around}(-?){around}(.*?){around}$', '\\1\\2')"
    plain = f"regexp_replace({bare}, {literal(group)}, '', 'g')" if group else bare
    point = f"replace({plain}, {literal(found['mark'])}, '.')"
    return f"case when regexp_full_match({bare}, {pattern}) then {point} else {text} end"


def _first(expressions: Sequence[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"


def _unless_listed(text: str, formats: Sequence[str], zone: str) -> list[str]:
    """A typed cell of a workbook counts as its ISO text, whatever the mapping says of texts."""
    return [] if ISO in formats else [_instant(text, ISO, zone)]


def _instant(text: str, name: str, zone: str) -> str:
    """The text of a moment in UTC, NULL where the format does not fit."""
    if _has_zone(name):
        return f"cast(try_strptime({_halves(text, name)}, {literal(name)}) as varchar)"
    local = _local(text, name)
    if zone == "UTC":
        return f"cast({local} as varchar)"
    return f"cast(timezone({literal(zone)}, {local}) as varchar)"


def _local(text: str, name: str) -> str:
    """The timestamp without zone that a text tells, NULL where the format does not fit."""
    if name == ISO:
        return f"case when regexp_full_match({text}, '{_TIME_WITHOUT_ZONE}') then try_cast({text} as timestamp) end"
    return f"try_strptime({_halves(text, name)}, {literal(name)})"


def _halves(text: str, name: str) -> str:
    """A text with the halves of the day that a format asks for, as they are named in English."""
    if "%p" not in name.replace("%%", ""):
        return text
    for half, names in _HALVES.items():
        text = f"regexp_replace({text}, {literal(names)}, {literal(half)})"
    return text


def _has_zone(name: str) -> bool:
    return bool(re.search("%[zZ]", name.replace("%%", "")))
