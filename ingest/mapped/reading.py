"""A mapping's YAML into its models, each mistake told as one line: file, line, keys, cause.

Every scalar is a text, as it is written: `NO` is a country and `012` an id. A key that stands twice is a mistake.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ingest.errors import RevloopError
from ingest.mapped.checking import faults
from ingest.mapped.language import Source

# Raised whenever the same mapping would make other rows of the same file: what still lies there is read again.
ENGINE_VERSION = 1
_MOST_NODES = 100_000
_NOTHING = ("", "~", "null", "Null", "NULL")

Place = tuple[str | int, ...]


class _Faulty(Exception):
    """A mistake in a mapping's YAML, with its line."""

    def __init__(self, line: int, place: Place, cause: str) -> None:
        super().__init__(cause)
        self.line, self.place, self.cause = line, place, cause


def read_mapping(path: Path, stages: frozenset[str] | None = None) -> Source:
    """The mapping that a file holds; RevloopError with all of its mistakes. No stages: they are not looked up."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is no UTF-8"
        raise RevloopError(f"the mapping {path} cannot be read: {cause}") from error
    try:
        content, lines = _Builder().build(text)
    except _Faulty as mistake:
        raise RevloopError(_told(path, mistake.line, mistake.place, mistake.cause)) from mistake
    # What `<<` brings in more than once is wrong once.
    found = {(_where(place, lines)[0], cause): place for place, cause in reversed([*_mistakes(content, stages)])}
    if found:
        told = (_told(path, *_where(place, lines), cause) for (_, cause), place in sorted(found.items()))
        raise RevloopError(*told)
    return Source.model_validate(content)


def content_hash(mapping: Source) -> str:
    """What changes when a mapping says something else, and does not when it says the same in other words."""
    content = json.dumps(mapping.model_dump(by_alias=True), sort_keys=True)
    return hashlib.sha256(f"{ENGINE_VERSION}\n{content}".encode()).hexdigest()


def _mistakes(content: Any, stages: frozenset[str] | None) -> Iterator[tuple[Place, str]]:
    try:
        mapping = Source.model_validate(content)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        for one in mistakes:
            context, loc = one.get("ctx", {}), one["loc"]
            if one["type"] == "too_short" and any(
                loc == other["loc"][: len(loc)] != other["loc"] for other in mistakes
            ):
                continue
            place = (*one["loc"], context["key"]) if one["type"] == "unknown_key" else one["loc"]
            yield place, _cause(one["type"], one["msg"])
        return
    yield from faults(mapping, stages)


def _cause(kind: str, message: str) -> str:
    known = {
        "missing": "this key is missing",
        "string_type": "a text is expected here",
        "string_too_short": "a text is expected here, and it is empty",
        "tuple_type": "a list is expected here: begin each of its lines with -",
        "dict_type": "a list of keys is expected here",
        "bool_parsing": "true or false is expected here",
        "too_short": "at least one is expected here",
    }
    return known.get(kind, message.removeprefix("Value error, "))


def _where(place: Place, lines: dict[Place, int]) -> tuple[int, Place]:
    """The line of the innermost of these keys that the file holds, and the keys so far."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1), place


def _told(path: Path, line: int, place: Place, cause: str) -> str:
    keys = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).removeprefix(".")
    return f"{path}:{line}: {f'{keys}: ' if keys else ''}{cause}"


class _Builder:
    """YAML nodes into dicts, lists and texts, and the line of each key."""

    def __init__(self) -> None:
        self._lines: dict[Place, int] = {}
        self._nodes = 0

    def build(self, text: str) -> tuple[Any, dict[Place, int]]:
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            if root is None:
                raise _Faulty(1, (), "the file is empty")
            return self._content(root, ()), self._lines
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            cause = f"this is no YAML: {error.problem or error.context}"
            raise _Faulty(mark.line + 1 if mark else 1, (), cause) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise _Faulty(1, (), f"this is no YAML: {error}") from error

    def _content(self, node: yaml.Node, place: Place) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise _Faulty(node.start_mark.line + 1, place, "the mapping is too long")
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return None if node.style is None and node.value in _NOTHING else node.value
        if isinstance(node, yaml.SequenceNode):
            return [self._content(member, (*place, index)) for index, member in enumerate(node.value)]
        return self._members(node, place)

    def _members(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        members: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key, str):
                raise _Faulty(line, place, "a key is a text")
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged |= self._merged(value_node, place)
                continue
            if key in members:
                raise _Faulty(line, (*place, key), f"'{key}' stands here twice: keep one")
            self._lines[*place, key] = line
            members[key] = self._content(value_node, (*place, key))
        return {**merged, **members}

    def _merged(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        """What `<<` brings in: keys that stand beside it count before its own."""
        content = self._content(node, place)
        parts = content if isinstance(content, list) else [content]
        if not all(isinstance(part, dict) for part in parts):
            raise _Faulty(node.start_mark.line + 1, place, "<< takes the keys of other lists of keys: name them with *")
        return {key: value for part in reversed(parts) for key, value in part.items()}
