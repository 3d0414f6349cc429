"""Changes of a mapping's own text, so that its comments and its order stay: where a part stands, and what goes there.

What is changed is decided in `suggest`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

Node = yaml.Node
Path = tuple[str | int, ...]
_NO_TEXTS = frozenset({"yes", "no", "true", "false", "null", "on", "off", "y", "n"})
_ANCHOR = re.compile(r"&\S+\s+")


@dataclass
class Edits:
    """A YAML text and what is to be changed in it; each place is changed once."""

    text: str
    _changes: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def root(self) -> Node:
        """The text's nodes."""
        return yaml.compose(self.text, Loader=yaml.SafeLoader)

    def replace(self, node: Node, new: str) -> None:
        """Put something else in the place of a node, behind its anchor."""
        start = node.start_mark.index
        if anchor := _ANCHOR.match(self.text, start):
            start = anchor.end()
        self._changes[start, node.end_mark.index] = new

    def insert(self, index: int, new: str) -> None:
        """Put something in between."""
        self._changes[index, index] = self._changes.get((index, index), "") + new

    def mark(self, index: int) -> None:
        """Mark what follows as a thing to decide."""
        self.insert(index, "? ")

    def own_text(self, node: Node) -> str:
        """How a node is written, without its anchor."""
        return _ANCHOR.sub("", self.text[node.start_mark.index : node.end_mark.index], count=1)

    def line_end(self, index: int) -> int:
        """Where the line of a place ends, its line end included."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def applied(self) -> str:
        """The text with all changes."""
        text = self.text
        for (start, end), new in sorted(self._changes.items(), reverse=True):
            text = text[:start] + new + text[end:]
        return text


def member(node: Node | None, *keys: str) -> Node | None:
    """What stands under these keys, None where nothing does."""
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    return node


def scalars(node: Node, path: Path = (), seen: frozenset[int] = frozenset()) -> Iterator[tuple[Path, Node, Node]]:
    """All texts below a node, each with the keys that lead to it and the node it stands in."""
    if id(node) in seen:
        return
    seen = seen | {id(node)}
    children: list[tuple[str | int, Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(key.value, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = list(enumerate(node.value))
    for key, child in children:
        if isinstance(child, yaml.ScalarNode):
            yield (*path, key), child, node
        else:
            yield from scalars(child, (*path, key), seen)


def quoted(text: str) -> str:
    """A text as YAML on one line, whatever it holds."""
    return yaml.dump(text, default_style='"', allow_unicode=True, width=float("inf")).rstrip("\n")


def comment(text: str) -> str:
    """A text that may stand in a comment: what is no letter of a line is shown escaped."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def plain(text: str) -> str:
    """A text as YAML, without quotes where it is a mere word."""
    is_word = re.fullmatch(r"[A-Za-z][\w.-]*", text) and text.lower() not in _NO_TEXTS
    return text if is_word else quoted(text)
