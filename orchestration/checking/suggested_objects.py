"""An object of a suggested mapping for a file that no shipped mapping knows: a feed, its columns matched by name."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ingest.feeds import FEEDS, Column, Feed
from ingest.mapped.library import Mappings
from ingest.mapped.looking import Use
from orchestration.checking.matching import alike
from orchestration.checking.spellings import date_format
from orchestration.checking.suggested_names import pattern_of
from orchestration.checking.suggested_values import MOST_VALUES, SeenValues, value_line
from orchestration.checking.texts import Texts
from orchestration.checking.vocabulary import Vocabulary
from orchestration.checking.yaml_edits import comment, plain, quoted

UNDECIDED = "?"
_ROWS_LOOKED_AT = 1_000
_WORDS: Mapping[str, tuple[str, ...]] = {
    "lead_id": ("contact", "person", "lead", "id"),
    "activity_id": ("activity", "id"),
    "contract_id": ("contract", "subscription", "id"),
    "customer_id": ("customer", "account", "company"),
    "occurred_at": ("date", "time", "created", "when"),
    "activity_type": ("type", "activity", "event"),
    "mrr": ("mrr", "amount", "price", "monthly"),
}


def object_of(
    name: str, path: Path, texts: Texts, mappings: Mappings, vocabulary: Vocabulary
) -> tuple[str, Mapping[str, tuple[Use, ...]]]:
    """The YAML of an object below `objects:`, and which columns of the file fill which of the feed's."""
    feed, columns = _best_feed(texts, _aliases(mappings))
    missing = [column.name for column in feed.columns if column.required and column.name not in columns]
    for column in missing:
        if (header := _by_content(feed, column, texts, columns)) is not None:
            columns[column] = header
    lines = [
        f"  {plain(name)}:",
        f"    files: {quoted(pattern_of(path))}",
        f"    key: {quoted(columns.get(feed.key, UNDECIDED))}",
        "    rows:",
        f"      - feed: {feed.name}",
        "        columns:",
    ]
    for column in feed.columns:
        header = columns.get(column.name)
        if header is not None:
            doubt = "  # ? by what it holds" if column.name in missing else ""
            lines += _filled(column, header, doubt, texts, vocabulary)
        elif column.required:
            lines.append(f"          {column.name}: {quoted(UNDECIDED)}  # ? name the column: {column.about}")
    used = {header: (Use(feed.name, column),) for column in feed.columns if (header := columns.get(column.name))}
    unused = [header for header in texts.names if header not in used]
    if unused:
        lines.append(f"          # not used: {', '.join(map(comment, unused))}")
    return "\n".join(lines) + "\n", used


def _filled(column: Column, header: str, doubt: str, texts: Texts, vocabulary: Vocabulary) -> list[str]:
    """The lines that say where a column of a feed comes from, with a table of the values that no seed lists."""
    if column.type == "country":
        return [f"          {column.name}: {{column: {quoted(header)}, as: country}}{doubt}"]
    seen = SeenValues()
    seen.add(texts, header, column.name, ())
    known_as = {"actor_id": "owner_id"}.get(column.name, column.name)
    unlisted = [value for value in seen.counts if not vocabulary.knows(known_as, value)]
    if known_as not in vocabulary.words or not unlisted or len(seen.counts) > MOST_VALUES:
        return [f"          {column.name}: {quoted(header)}{doubt}"]
    codes = {value: seen.code_of(value, (), vocabulary) for value in unlisted}
    values = [value_line(16, value, code, seen.counts[value]).rstrip("\n") for value, code in codes.items()]
    if not any(codes.values()):
        table = ["            # ? table:", "            # ?   values:"]
    else:
        table = ["            table:", "              values:"]
    return [f"          {column.name}:{doubt}", f"            column: {quoted(header)}", *table, *values]


def _best_feed(texts: Texts, aliases: Mapping[tuple[str, str], Sequence[str]]) -> tuple[Feed, dict[str, str]]:
    """The feed of which a file has the most columns, the required ones counting most."""
    found = {}
    for feed in FEEDS.values():
        free, columns = list(texts.names), {}
        for column in feed.columns:
            header = alike([column.name, *aliases.get((feed.name, column.name), ())], free)
            if header is not None:
                columns[column.name] = header
                free.remove(header)
        found[feed.name] = columns
    required = {feed.name: {column.name for column in feed.columns if column.required} for feed in FEEDS.values()}
    best = max(found, key=lambda name: len(found[name]) + 2 * len(required[name] & found[name].keys()))
    return FEEDS[best], found[best]


def _aliases(mappings: Mappings) -> Mapping[tuple[str, str], Sequence[str]]:
    """What the mappings that there are call the columns of each feed."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for source in mappings.names:
        for one in mappings.read(source).source.objects.values():
            for rule in one.rows:
                for column, value in rule.columns.items():
                    names = [name.text for name in value.column or () if name.text]
                    found.setdefault((rule.feed, column), {}).update(dict.fromkeys(names))
    return {key: list(names) for key, names in found.items()}


def _by_content(feed: Feed, column: str, texts: Texts, taken: Mapping[str, str]) -> str | None:
    """A column of the file that holds what a required one of the feed does: ids, dates, or a few words."""
    free = [header for header in texts.names if header not in taken.values()]
    kind = next(one.type for one in feed.columns if one.name == column)
    fitting = [header for header in free if _holds(kind, column == feed.key, _values(texts, header))]
    words = _WORDS.get(column, ())
    fitting.sort(key=lambda header: -sum(word in header.lower() for word in words))
    if kind == "text" and column != feed.key:
        fitting = [header for header in fitting if any(word in header.lower() for word in words)]
    return fitting[0] if fitting else None


def _holds(kind: str, is_key: bool, values: Sequence[str]) -> bool:
    if not values:
        return False
    if is_key:
        return len(set(values)) == len(values)
    if kind in ("timestamp", "date"):
        return _share(values, lambda text: bool(date_format(text) or re.match(r"\d{4}-\d{2}-\d{2}", text))) > 0.9
    if kind in ("decimal", "integer"):
        return _share(values, lambda text: bool(re.fullmatch(r"[0-9.,]+", text))) > 0.9
    return True


def _share(values: Iterable[str], holds: Callable[[str], bool]) -> float:
    found = [holds(value) for value in values]
    return sum(found) / len(found)


def _values(texts: Texts, header: str) -> list[str]:
    return [text for text in texts.table[texts.column(header)][:_ROWS_LOOKED_AT].to_pylist() if text]
