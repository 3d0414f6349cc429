"""The values of a suggested mapping: those seen go into its tables, and how dates and numbers are written."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import yaml

from ingest.feeds import PHASES
from ingest.mapped.looking import Use
from ingest.mapped.names import normal
from orchestration.checking.spellings import all_formats, date_format
from orchestration.checking.strangers import Stranger, language_of
from orchestration.checking.texts import Texts
from orchestration.checking.vocabulary import PHASE, Vocabulary
from orchestration.checking.words import folded
from orchestration.checking.yaml_edits import Edits, member, plain, quoted

MOST_VALUES = 60
# Who a shipped table names for an example.
_EXAMPLES = frozenset({"Jane Doe", "jane.doe@example.com"})
_LISTS = {"actor_id": "owner_id"}
_POINT_GROUPS = re.compile(r"[^0-9]*[0-9]{1,3}(\.[0-9]{3})*,[0-9]{1,2}[^0-9]*|[^0-9]*[0-9]{1,3}(\.[0-9]{3})+[^0-9]*")
_COMMA_GROUPS = re.compile(r"[^0-9]*[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?[^0-9]*")
# A mapping whose source names no zone has a line for it that is not in force.
_OFFERED_ZONE = re.compile(r"^# zone:", re.MULTILINE)
_ZONES = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo"}
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_YES_OR_NO = frozenset({"true", "false", "yes", "no", "1", "0", "t", "f", "y", "n"})

Uses = Mapping[str, Sequence[Use]]


def fill_tables(edits: Edits, tables: Mapping[str, "SeenValues"], vocabulary: Vocabulary) -> None:
    """Write the values that were seen into the named tables of a mapping."""
    for name, seen in tables.items():
        table = member(edits.root, "tables", name)
        node = member(table, "values")
        if not isinstance(table, yaml.MappingNode) or not isinstance(node, yaml.MappingNode):
            continue
        listed = {key.value: value.value for key, value in node.value}
        new = dict(seen.counts.most_common(MOST_VALUES))
        if not new:
            continue
        codes = {value: seen.code_of(value, listed, vocabulary) for value in new}
        is_any = any(code is not None for code in codes.values())
        # A table lists at least one value, be it the example.
        kept = {key: value for key, value in listed.items() if key not in _EXAMPLES or not is_any}
        if table.flow_style:
            pairs = kept | {value: code for value, code in codes.items() if code is not None}
            edits.replace(node, f"{{{', '.join(f'{quoted(key)}: {plain(code)}' for key, code in pairs.items())}}}")
            continue
        indent = node.start_mark.column if not node.flow_style else table.start_mark.column + 2
        lines = [value_line(indent, value, codes[value], count) for value, count in new.items()]
        if node.flow_style:
            old = [f"{' ' * indent}{quoted(key)}: {plain(value)}\n" for key, value in kept.items()]
            edits.replace(node, f"\n{''.join([*old, *lines])}".rstrip("\n"))
        elif node.value:
            edits.insert(edits.line_end(node.value[-1][1].end_mark.index), "".join(lines))


class SuggestedTables:
    """The tables of objects that are new, each named once for all that read through it."""

    def __init__(self, vocabulary: Vocabulary, taken: Collection[str]) -> None:
        self._vocabulary = vocabulary
        self._taken = taken
        self._seen: dict[str, SeenValues] = {}

    def through(
        self, name: str, one: Stranger, header: str, column: str, holds: Callable[[str], bool] = lambda value: True
    ) -> str:
        """A column's value, through a table of this name where some of its values are not listed words."""
        given = {value.strip() for value in one.values(header)} - {""}
        new = [value for value in given if holds(value) and not self._is_known(column, value)]
        if not new or len(new) > MOST_VALUES:
            return quoted(header)
        table = name if name not in self._taken else f"more_{name}"
        mine = self._seen.setdefault(table, SeenValues())
        others = {value.casefold() for value in given} - {value.casefold() for value in new}
        for texts in one.texts:
            mine.add(texts, header, column, others)
        return f"{{column: {quoted(header)}, table: {table}}}"

    def _is_known(self, column: str, value: str) -> bool:
        is_read_as_it_is = {"opted_out": value.lower() in _YES_OR_NO, "currency": bool(_CURRENCY.fullmatch(value))}
        return self._vocabulary.knows(column, value) or is_read_as_it_is.get(column, False)

    def text(self) -> str:
        """The tables as YAML, as it stands below `tables:`."""
        lines = []
        for name, seen in self._seen.items():
            [column] = seen.columns
            codes = {value: seen.code_of(value, {}, self._vocabulary) for value in seen.counts}
            lines.append(f"  {name}:\n    values:\n")
            if not any(codes.values()):
                known = next(iter(self._vocabulary.words[column]))
                lines.append(f"      {quoted(known)}: {plain(known)}  # an example\n")
            lines += [value_line(6, value, codes[value], count) for value, count in seen.counts.most_common()]
        return "".join(lines)


class SeenValues:
    """The values that files have in the columns of one table, and the feed columns that it fills."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.columns: set[str] = set()
        self._spelled: dict[str, str] = {}
        self._taken: set[tuple[int, str]] = set()

    def add(self, texts: Texts, header: str, column: str, known: Collection[str]) -> None:
        """Take the values of a column of a file, but for those that are known already, in lower case."""
        if (id(texts.table), header) not in self._taken:
            values = (text.strip() for text in texts.table[texts.column(header)].to_pylist() if text)
            new = (value for value in values if value and value.casefold() not in known)
            counted = (value for value in new if column != "currency" or not _CURRENCY.fullmatch(value))
            # A table lists a value once, however its letters are written.
            self.counts.update(self._spelled.setdefault(normal(value), value) for value in counted)
        self._taken.add((id(texts.table), header))
        self.columns.add(column)

    def code_of(self, value: str, listed: Mapping[str, str], vocabulary: Vocabulary) -> str | None:
        """The listed word that a value probably means: as a table has it in other letters, of phases a phase."""
        same = {folded(name): code for name, code in listed.items()}
        if folded(value) in same:
            return same[folded(value)]
        for column in sorted(self.columns):
            are_phases = column == "stage" and listed and {*listed.values()} <= set(PHASES)
            near = vocabulary.nearest(PHASE if are_phases else _LISTS.get(column, column), value)
            if near is not None:
                return near
        return None


def spell(edits: Edits, texts: Sequence[tuple[Texts, Uses]]) -> None:
    """Say how dates, numbers and files are written, at the top of a mapping."""
    dates, numbers, has_zoneless = [], [], False
    for one, uses in texts:
        for header, used in uses.items():
            kinds = {use.column.type for use in used}
            values = [value for value in one.table[one.column(header)].to_pylist() if value]
            if kinds & {"timestamp", "date"}:
                dates += [value for value in values if date_format(value)]
                has_zoneless |= any(not re.search(r"(Z|UTC|[+-]\d\d:?\d\d)$", value) for value in values)
            elif kinds & {"decimal", "integer"}:
                numbers += values
    root = edits.root
    forms, is_doubtful = all_formats(dates)
    if forms:
        doubt = "  # ? or with the month first: %m before %d" if is_doubtful else ""
        _set(edits, root, "dates", f"[iso, {', '.join(map(quoted, forms))}]", doubt)
    sample = _decimals(numbers)
    if sample is not None:
        _set(edits, root, "decimals", quoted(sample))
    encodings = sorted({one.encoding for one, _ in texts} - {"utf-8", "utf-8-sig", "utf-16"})
    if encodings and member(root, "format") is None:
        _set(edits, root, "format", f"{{encoding: [{', '.join(['utf-8', *encodings])}]}}")
    if has_zoneless and member(root, "zone") is None:
        if offered := _OFFERED_ZONE.search(edits.text):
            edits.mark(offered.start() + len("# "))
        elif zone := _ZONES.get(language_of(name for one, _ in texts for name in one.names)):
            _set(edits, root, "zone", zone, "  # ? of the times that name none")
        else:
            _set(edits, root, "# ? zone", "Asia/Seoul", "  # of the times that name none")


def _decimals(numbers: Sequence[str]) -> str | None:
    """How the number 1234.50 is written, None where these are written as feeds have them."""
    for pattern, sample in ((_COMMA_GROUPS, "1,234.50"), (_POINT_GROUPS, "1.234,50")):
        if any(pattern.fullmatch(number) for number in numbers) and not (
            sample == "1.234,50" and all(re.fullmatch(r"[0-9]+\.[0-9]{3}", number) for number in numbers)
        ):
            return sample
    return None


def _set(edits: Edits, root: yaml.Node, key: str, value: str, comment: str = "") -> None:
    node = member(root, key)
    if node is not None:
        edits.replace(node, value + comment)
    else:
        edits.insert(root.value[0][0].start_mark.index, f"{key}: {value}{comment}\n")


def value_line(indent: int, value: str, code: str | None, count: int) -> str:
    """A line of a table; one without a code is not in force until a person writes it."""
    rows = "1 row" if count == 1 else f"{count:,} rows"
    if code is None:
        return f"{' ' * indent}# ? {quoted(value)}: CODE  # {rows}\n"
    return f"{' ' * indent}{quoted(value)}: {plain(code)}  # {rows}\n"
