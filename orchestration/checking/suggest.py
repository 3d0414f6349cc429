"""A mapping to start from, for files that no mapping reads or one reads badly: the shipped one that fits best, changed.

Its own text is kept, comments and all; what the files call their columns and which values they hold goes into it, and
what a person must decide is marked `# ?`. The result is a mapping that loads.
"""

import itertools
import re
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import yaml

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.files import EXPORT_ENDINGS, legible
from ingest.mapped.language import Source, Value, parts_of
from ingest.mapped.library import Mapping as SourceMapping
from ingest.mapped.library import Mappings
from ingest.mapped.looking import Use, uses_of
from ingest.mapped.names import names_in, names_of, positions
from ingest.mapped.reading import read_mapping
from ingest.origins import UnreadableError
from orchestration.checking.guessing import EXAMPLE, best_guess, substitutes, wanted_of
from orchestration.checking.strangers import strangers
from orchestration.checking.suggested_names import name_columns, name_ends, name_files, name_items
from orchestration.checking.suggested_objects import Suggestion
from orchestration.checking.suggested_values import SeenValues, SuggestedTables, fill_tables, spell
from orchestration.checking.texts import Texts, texts_of
from orchestration.checking.unnamed_columns import unnamed_items
from orchestration.checking.vocabulary import DEAL, Vocabulary
from orchestration.checking.yaml_edits import Edits, comment, member
from orchestration.settings import Settings

# Of a mapping that fits worse than this nothing is left but its words.
_LEAST_FIT = 0.25
_ENDS = frozenset({"won", "lost"})
# What a column counts whose name is only like one that the mapping knows.
_LIKE = 0.7

Uses = Mapping[str, Sequence[Use]]


@dataclass(frozen=True)
class _File:
    path: Path
    texts: Texts


def suggest(settings: Settings, given: Sequence[Path]) -> str:
    """The text of a mapping for these files, or for those in the landing folder that are none of a feed's.

    RevloopError where there is no such file, or none that can be read as a table.
    """
    mappings = Mappings(settings.mappings)
    files, left_out = _read(_paths(settings, given))
    if not given:
        files = [file for file in files if not _is_a_feeds(file, mappings)]
    if not files:
        raise RevloopError(
            "there is no file to suggest a mapping for: "
            + ("; ".join(left_out) or "name one that can be read as a table")
        )
    best = _best(files, mappings)
    vocabulary = Vocabulary.read(settings.project)
    made = _new(files, vocabulary) if best is None else _changed(best, files, mappings, vocabulary)
    _loaded(made)
    return "".join([f"# Left out: {comment(one)}\n" for one in left_out]) + made


def _read(paths: Iterable[Path]) -> tuple[list[_File], list[str]]:
    """The files that can be read as tables, and what is said of the others."""
    files, left_out = [], []
    for path in paths:
        try:
            files.append(_File(path, texts_of(path)))
        except UnreadableError as error:
            left_out.append(f"{legible(path)} {error}")
    return files, left_out


def _paths(settings: Settings, given: Sequence[Path]) -> list[Path]:
    for path in given:
        if not path.is_file():
            raise RevloopError(f"{path} is no file: name files, or a folder with --landing")
    found = given or sorted(settings.landing.rglob("*"))
    return [path for path in found if path.is_file() and path.name.lower().endswith(EXPORT_ENDINGS)]


def _is_a_feeds(file: _File, mappings: Mappings) -> bool:
    guess = best_guess(file.texts.names, mappings)
    return guess is not None and guess.source in FEEDS


def _best(files: Sequence[_File], mappings: Mappings) -> SourceMapping | None:
    """The mapping that fits the files best, each counted by its best object."""
    fits = {
        name: sum(max(_fits(mappings.read(name), file.texts).values()) for file in files) / len(files)
        for name in mappings.names
        if name != EXAMPLE
    }
    best = max(fits, key=lambda name: fits[name], default=None)
    return mappings.read(best) if best is not None and fits[best] >= _LEAST_FIT else None


def _fits(mapping: SourceMapping, texts: Texts) -> Mapping[str, float]:
    """How well a file fits each object: the mean of the shares of its columns that are known, and of those it has."""
    found = {}
    for name, one in mapping.source.objects.items():
        groups = [group for group in wanted_of(mapping, name).names if not group[0].endswith("*")]
        like = substitutes(groups, texts.names)
        keys = list(names_in(one.key, {}))
        has_key = all(positions(group, texts.names) or group in like for group in keys)
        score = sum(bool(positions(group, texts.names)) for group in groups) + _LIKE * len(like)
        found[name] = has_key * (score / max(len(groups), 1) + score / len(texts.names)) / 2
    return found


def _changed(mapping: SourceMapping, files: Sequence[_File], mappings: Mappings, vocabulary: Vocabulary) -> str:
    """The text of a mapping with what the files have that it does not know."""
    edits = Edits(mappings.paths[mapping.name].read_text(encoding="utf-8-sig"))
    by_object: dict[str, list[_File]] = defaultdict(list)
    unknown = []
    for file in files:
        fits = _fits(mapping, file.texts)
        best = max(fits, key=lambda name: fits[name])
        # What its name says it is, it is, unless its columns say that it is another's.
        named = mapping.object_of(file.path.name)
        best = named if named is not None and fits[named] >= _LEAST_FIT else best
        if fits[best] >= _LEAST_FIT:
            by_object[best].append(file)
        else:
            unknown.append(file)
    tables: dict[str, SeenValues] = defaultdict(SeenValues)
    # What is won or lost is no phase.
    end_of = partial(vocabulary.nearest, DEAL)
    spelled: list[tuple[Texts, Uses]] = []
    for name, its in by_object.items():
        name_files(edits, mapping, name, [file.path for file in its])
        items: dict[str, dict[str, str]] = {}
        for file in its:
            stand_ins = name_columns(edits, mapping, name, file.texts)
            known = _renamed(file.texts, stand_ins)
            uses = uses_of(mapping.source.objects[name], list(known.names))
            spelled.append((known, uses))
            _see(tables, mapping, name, known, uses, end_of)
            for item in unnamed_items(mapping.source.objects[name], known, uses).values():
                items.setdefault("\n".join(item.values()), item)
        ends = [item for item in items.values() if any(map(end_of, item.values()))]
        name_items(edits, mapping, name, [item for item in items.values() if item not in ends])
        name_ends(edits, name, ends, end_of)
    _see_looked_up(tables, mapping, by_object)
    fill_tables(edits, tables, vocabulary)
    more = _New(unknown, vocabulary, mapping.source.objects, mapping.source.tables)
    _add(edits, "objects", more.objects)
    _add(edits, "tables", more.tables)
    spell(edits, [*spelled, *more.spelled()])
    told = "".join(f"# {legible(file.path.name)} as {name}\n" for name, its in by_object.items() for file in its)
    # What was put in the place of a value on one line leaves a blank behind it.
    changed = re.sub(r" +\n", "\n", edits.applied()).rstrip()
    return f"{_heading(f'of {mapping.name}.yml')}{told}\n{changed}\n"


def _add(edits: Edits, part: str, text: str) -> None:
    """Put objects or tables before those that a mapping has, as far to the right as they stand."""
    node = member(edits.root, part)
    if text and isinstance(node, yaml.MappingNode):
        first = node.value[0][0].start_mark
        indented = textwrap.indent(textwrap.dedent(text), " " * first.column)
        edits.insert(first.index - first.column, indented)


class _New:
    """The objects for files that no mapping knows, and their tables, under names that are nobody's."""

    def __init__(
        self, files: Sequence[_File], vocabulary: Vocabulary, objects: Iterable[str], tables: Collection[str]
    ) -> None:
        self._taken = set(objects)
        self.files = strangers([(file.path, file.texts) for file in files], self._name_of)
        made = SuggestedTables(vocabulary, tables)
        self.objects = Suggestion(self.files, vocabulary, made).objects()
        self.tables = made.text()

    def text(self) -> str:
        """All of it as a mapping."""
        tables = f"tables:\n{self.tables}\n" if self.tables else ""
        return f"{tables}objects:\n{self.objects}"

    def spelled(self) -> list[tuple[Texts, Uses]]:
        """Each file with what its columns fill."""
        if not self.files:
            return []
        source = _loaded(self.text())
        found = ((one, source.objects[one.name]) for one in self.files)
        return [(texts, uses_of(read_as, list(texts.names))) for one, read_as in found for texts in one.texts]

    def _name_of(self, path: Path, kind: str) -> str:
        slug = re.sub(r"\W+", "_", path.name.partition(".")[0].lower()).strip("_")
        name = slug if slug.isascii() and slug else kind
        name = next(
            one for number in itertools.count(1) if (one := name + f"_{number}" * (number > 1)) not in self._taken
        )
        self._taken.add(name)
        return name


def _see(
    tables: dict[str, SeenValues],
    mapping: SourceMapping,
    name: str,
    texts: Texts,
    uses: Uses,
    end_of: Callable[[str], str | None],
) -> None:
    """Take the values that a file has for the tables of a mapping, where unlisted ones are kept as they are.

    What is won or lost goes into the table beside it that says so.
    """
    named = mapping.source.tables
    for header, used in uses.items():
        beside = {
            one.table.named
            for _, one in parts_of(mapping.source.objects[name].rows)
            if isinstance(one, Value) and one.table and header in _headers_of(one, texts)
        }
        known = {key.strip().casefold() for table in beside if table in named for key in named[table].values}
        ends = next((one for one in sorted(beside & named.keys()) if _ENDS & {*named[one].values.values()}), None)
        for use in used:
            if use.table in named and named[use.table].otherwise.kind in ("keep", "refuse"):
                values = {value.strip() for value in texts.table[texts.column(header)].to_pylist() if value}
                closed = {value.casefold() for value in values if ends and use.column.name == "stage" and end_of(value)}
                tables[use.table].add(texts, header, use.column.name, known | closed)
                if ends and closed:
                    others = {value.casefold() for value in values} - closed
                    tables[ends].add(texts, header, DEAL, known | others)


def _see_looked_up(
    tables: dict[str, SeenValues], mapping: SourceMapping, by_object: Mapping[str, Sequence[_File]]
) -> None:
    """Take what a table gets from another object: it is that object's values that the table lists."""
    named = mapping.source.tables
    looked_up: dict[str, SeenValues] = defaultdict(SeenValues)
    for one in mapping.source.objects.values():
        for rule in one.rows:
            for column, value in rule.columns.items():
                if value.lookup is None or value.table is None or value.table.named not in named:
                    continue
                table = value.table.named
                for file in by_object.get(value.lookup.object, []):
                    for header in _headers_of(value.lookup.take, file.texts):
                        known = {key.strip().casefold() for key in named[table].values}
                        looked_up[table].add(file.texts, header, column, known)
    tables.update(looked_up)


def _headers_of(value: Value, texts: Texts) -> list[str]:
    return [texts.names[place] for place in positions(names_of(value, {}), texts.names)] if value.column else []


def _new(files: Sequence[_File], vocabulary: Vocabulary) -> str:
    """A mapping of objects that are told by the names of their columns and by what they hold."""
    made = _New(files, vocabulary, (), ())
    edits = Edits(made.text())
    spell(edits, made.spelled())
    told = "".join(f"# {legible(path.name)} as {one.name}\n" for one in made.files for path in one.paths)
    return f"{_heading('by the names of the columns')}{told}\n{edits.applied()}"


def _heading(made: str) -> str:
    return (
        f"# Suggested by revloop check, {made}. Decide what is marked # ?, name the file after its source\n"
        "# (ourcrm.yml reads <landing>/ourcrm/), and let revloop check look again with --mappings and its folder.\n"
    )


def _renamed(texts: Texts, stand_ins: Mapping[str, str]) -> Texts:
    """A file whose columns have the names that the mapping knows them by."""
    known = {header: name for name, header in stand_ins.items()}
    return replace(texts, names=tuple(known.get(name, name) for name in texts.names))


def _loaded(text: str) -> Source:
    """A mapping as it is read from its text."""
    with tempfile.TemporaryDirectory(prefix="revloop-") as folder:
        place = Path(folder) / "suggested.yml"
        place.write_text(text, encoding="utf-8")
        return read_mapping(place)
