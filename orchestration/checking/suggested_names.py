"""The names of files and columns in a suggested mapping: what the files at hand are called goes beside what it says."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from ingest.files import export_ending
from ingest.mapped.library import Mapping
from orchestration.checking.guessing import substitutes, wanted_of
from orchestration.checking.texts import Texts
from orchestration.checking.yaml_edits import Edits, member, quoted, scalars


def name_columns(edits: Edits, mapping: Mapping, name: str, texts: Texts) -> dict[str, str]:
    """Put the columns of a file beside the names of an object that it lacks; returns what stands for what."""
    found = substitutes(wanted_of(mapping, name).names, texts.names)
    stand_ins = {group[0]: header for group, header in found.items()}
    node = member(edits.root, "objects", name)
    for path, scalar, parent in scalars(node) if node is not None else ():
        header = stand_ins.get(scalar.value)
        if header is None or path[-1] in ("constant", "with", "table", "feed", "zone", "each", "as"):
            continue
        given, column = edits.own_text(scalar), quoted(header)
        if "for" in path:
            edits.replace(scalar, column)
        elif isinstance(parent, yaml.SequenceNode) and path[-2:-1] == ("column",):
            between = ", " if parent.flow_style else f"\n{' ' * (scalar.start_mark.column - 2)}- "
            edits.replace(scalar, f"{given}{between}{column}")
        elif path[-1] == "column":
            edits.replace(scalar, f"[{given}, {column}]")
        elif "files" not in path and path[-1] != "object":
            edits.replace(scalar, f"{{column: [{given}, {column}]}}")
    return stand_ins


def name_items(edits: Edits, mapping: Mapping, name: str, items: Iterable[dict[str, str]]) -> None:
    """Put items at the end of the list `for` of an object that has such ones."""
    rules = member(edits.root, "objects", name, "rows")
    lists = [member(rule, "for") for rule in rules.value] if isinstance(rules, yaml.SequenceNode) else []
    for item in items:
        like = (
            one
            for one in lists
            if isinstance(one, yaml.SequenceNode)
            and not one.flow_style
            and any({key.value for key, _ in first.value} == item.keys() for first in one.value[:1])
        )
        node = next(like, None)
        if node is not None:
            first = f"\n{' ' * (node.value[-1].start_mark.column)}"
            text = first.join(f"{key}: {quoted(value)}" for key, value in item.items())
            start = f"{' ' * (node.value[-1].start_mark.column - 2)}- "
            edits.insert(edits.line_end(node.value[-1].value[-1][1].end_mark.index), f"{start}{text}\n")


def name_ends(edits: Edits, name: str, items: Iterable[dict[str, str]], meant: Callable[[str], str | None]) -> None:
    """Put the columns of won and lost stages beside that of the stage of the same end that an object has."""
    more: dict[int, tuple[yaml.Node, list[str]]] = {}
    node = member(edits.root, "objects", name)
    lists = {
        id(parent): parent for path, _, parent in scalars(node) if path[-2:-1] == ("column",) and "for" not in path
    }
    for item in items:
        value = next(text for text in item.values() if not text.endswith("*"))
        starts = {text: text.partition(value)[0] for text in item.values() if text.endswith("*")}
        for place, parent in lists.items():
            given = [scalar.value for scalar in parent.value]
            ends = {
                meant(one.removeprefix(start).rstrip("*"))
                for one in given
                for start in starts.values()
                if one.startswith(start)
            }
            if ends == {meant(value)}:
                more.setdefault(place, (parent, []))[1].extend(starts)
    for parent, texts in more.values():
        last = parent.value[-1]
        between = ", " if parent.flow_style else f"\n{' ' * (last.start_mark.column - 2)}- "
        edits.replace(last, between.join([edits.own_text(last), *map(quoted, texts)]))


def name_files(edits: Edits, mapping: Mapping, name: str, paths: Iterable[Path]) -> None:
    """Let an object take these files too, where its patterns do not."""
    patterns = sorted({pattern_of(path) for path in paths if mapping.object_of(path.name) != name})
    node = member(edits.root, "objects", name, "files")
    if patterns and node is not None:
        edits.replace(node, f"[{', '.join(map(quoted, [*mapping.source.objects[name].files, *patterns]))}]")


def pattern_of(path: Path) -> str:
    """The pattern that takes the file of another day too: what stands before its digits."""
    ending = export_ending(path.name) or path.suffix
    stem = path.name[: len(path.name) - len(ending)]
    return f"{re.sub(r'[-_ ().]*[0-9][-0-9_ ().T:]*$', '', stem) or stem}*"
