"""What a quiet refresh leaves as it is: models and tests that would say what they said.

A refresh is quiet when it continues the last whole one, no seed changed and no row was loaded since. Only as_of moves
then, and what the refresh says of itself. Who reads neither, and only what is left as it is, is left as it is. A model
made per lead is, whatever it reads, while no lead is touched: an increment replaces the rows of the touched leads only.
Only the parsed project is read here; where a word of it may mean a moving thing, it does.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from orchestration.dbt_results import Node as Result
from orchestration.lineage import TOUCHED, is_made_per_lead, keeps_other_rows
from orchestration.process_vars import RULES
from orchestration.publication import PUBLISHED_SCHEMAS

Node = Mapping[str, Any]

# Vars that are the same in two refreshes one of which continues the other quietly, or that choose among rows that were
# loaded or touched in between. All others move, as does one whose name is put together.
STILL_VARS = frozenset({*RULES, "known_at", "process_hash", "code_version", "increment", "changed_since", "rebuilt"})
# Whatever else differs from run to run, in dbt's language and in SQL.
MOVING_WORDS = frozenset(
    {
        *("env_var", "invocation_id", "modules", "run_query", "run_started_at", "statement", "get_current_time"),
        *("current_date", "current_time", "current_timestamp", "current_localtime", "current_localtimestamp"),
        *("getdate", "now", "sysdate", "today", "transaction_timestamp", "txid_current"),
        *("gen_random_uuid", "random", "setseed", "uuid", "uuidv4", "uuidv7"),
    }
)
VAR = re.compile(r"\bvar\b\W*(\w*)")
WORD = re.compile(r"\w+")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
INCREMENT = "is_increment"
ITSELF = "this"
SQL_IN_CONFIG = ("pre-hook", "post-hook", "sql_header", "where")
# Rows that are loaded: those of a quiet refresh are those of the last one.
LOADED = "raw"


@dataclass(frozen=True)
class QuietProject:
    """A parsed project, as a refresh sees it of which only the clock has moved."""

    content: Mapping[str, Any]

    @property
    def nodes(self) -> frozenset[str]:
        """The models, and the tests that look at any of them."""
        return frozenset(self._nodes)

    def below(self, source: str) -> frozenset[str]:
        """The models that read what such a source holds, themselves or by others, and the tests that look at them."""
        found: set[str] = set()
        waiting = [name for name, node in self.content["sources"].items() if node["source_name"] == source]
        while waiting:
            children = {child for child in self.content["child_map"][waiting.pop()] if child in self._nodes}
            waiting += children - found
            found |= children
        return frozenset(found)

    def names_of(self, nodes: Iterable[str]) -> list[str]:
        """What dbt selects them by."""
        return sorted(self._nodes[name]["name"] for name in nodes)

    def in_order(self, results: Iterable[Result]) -> list[Result]:
        """Results of nodes, each after those of what it reads."""
        places = {name: place for place, name in enumerate(self._order)}
        return sorted(results, key=lambda result: places.get(result.unique_id, len(places)))

    def to_learn_what_is_touched(self) -> frozenset[str]:
        """The models to make first: those that say which leads are touched."""
        return self._above(TOUCHED) - self.unchanged(is_any_touched=True)

    def left_as_it_is(self, *, is_any_touched: bool) -> frozenset[str]:
        """The models and tests that need not be made: unchanged, or read by nobody who is made.

        The latter are models that hold no more than what one refresh has touched.
        """
        unchanged = self.unchanged(is_any_touched=is_any_touched)
        left = {name for name, node in self._nodes.items() if node["resource_type"] == "test" and name in unchanged}
        for name in reversed(self._order):
            readers = [reader for reader in self.content["child_map"][name] if reader in self._nodes]
            is_unread = bool(readers) and left.issuperset(readers)
            if name in unchanged or (is_unread and self._is_forgotten(name)):
                left.add(name)
        return frozenset(left)

    def unchanged(self, *, is_any_touched: bool) -> frozenset[str]:
        """The models and tests that would say what they said."""
        unchanged: set[str] = set()
        for name in (*self._order, *(name for name, node in self._nodes.items() if node["resource_type"] == "test")):
            if self._is_kept_per_lead(name):
                is_unchanged = not is_any_touched
            elif self._is_for_one_refresh(name) or self._is_moving(name):
                is_unchanged = False
            else:
                is_unchanged = all(self._is_still(parent, unchanged) for parent in self._read_by(name))
            if is_unchanged:
                unchanged.add(name)
        return frozenset(unchanged)

    @cached_property
    def _nodes(self) -> Mapping[str, Node]:
        """The models, and the tests that look at any of them."""
        nodes = self.content["nodes"]
        models = {name for name, node in nodes.items() if node["resource_type"] == "model"}
        tests = {
            name
            for name, node in nodes.items()
            if node["resource_type"] == "test" and models.intersection(node["depends_on"]["nodes"])
        }
        return {name: nodes[name] for name in sorted(models | tests)}

    @cached_property
    def _order(self) -> list[str]:
        """The models, each after those that it reads."""
        models = {name for name, node in self._nodes.items() if node["resource_type"] == "model"}
        return list(
            TopologicalSorter({name: models.intersection(self._read_by(name)) for name in models}).static_order()
        )

    @cached_property
    def _macros(self) -> Mapping[str, "Said"]:
        """The project's own macros, by the words that may mean them: one may be dispatched to that of its engine."""
        package = self._nodes[TOUCHED]["package_name"]
        macros = [macro for macro in self.content["macros"].values() if macro["package_name"] == package]
        said = {macro["name"]: Said.of(macro["macro_sql"]) for macro in macros}
        called = {name.partition("__")[2] or name for name in said}
        return {
            word: Said.together(said[name] for name in said if word in (name, name.partition("__")[2]))
            for word in called | said.keys()
        }

    @cached_property
    def _said(self) -> Mapping[str, "Said"]:
        """What each node says, itself and by each macro that a word of it may mean."""
        return {name: self._said_by(node) for name, node in self._nodes.items()}

    def _said_by(self, node: Node) -> "Said":
        configured = [node["config"].get(name) for name in SQL_IN_CONFIG]
        own = Said.of(node["raw_code"], json.dumps([configured, node.get("test_metadata")]))
        met: set[str] = set()
        waiting = own.words & self._macros.keys()
        while waiting:
            met |= waiting
            waiting = set().union(*(self._macros[word].words for word in waiting)) & self._macros.keys() - met
        return Said.together([own, *(self._macros[word] for word in met)])

    def _read_by(self, name: str) -> Collection[str]:
        """What a node reads. A test asks which leads were touched only to look at no others."""
        node = self._nodes[name]
        parents = node["depends_on"]["nodes"]
        return [parent for parent in parents if parent != TOUCHED or node["resource_type"] == "model"]

    def _above(self, name: str) -> frozenset[str]:
        found, waiting = {name}, [name]
        while waiting:
            parents = {parent for parent in self._nodes[waiting.pop()]["depends_on"]["nodes"] if parent in self._nodes}
            waiting += parents - found
            found |= parents
        return frozenset(found)

    def _is_still(self, parent: str, unchanged: Collection[str]) -> bool:
        if parent in self.content["sources"]:
            return self.content["sources"][parent]["source_name"] == LOADED
        return parent in unchanged or self.content["nodes"].get(parent, {}).get("resource_type") == "seed"

    def _is_kept_per_lead(self, name: str) -> bool:
        node = self._nodes[name]
        return keeps_other_rows(node) and is_made_per_lead(node)

    def _is_for_one_refresh(self, name: str) -> bool:
        """Whether it is a model that an increment fills with something else than a whole build does."""
        node = self._nodes[name]
        is_made_anew = node["resource_type"] == "model" and not keeps_other_rows(node)
        return name == TOUCHED or (is_made_anew and INCREMENT in self._said[name].words)

    def _is_forgotten(self, name: str) -> bool:
        """Whether nobody would miss what such a model holds once the refresh has ended."""
        is_asked = name == TOUCHED or self._nodes[name]["schema"] in PUBLISHED_SCHEMAS
        return self._is_for_one_refresh(name) and not is_asked and ITSELF not in self._said[name].words

    def _is_moving(self, name: str) -> bool:
        said = self._said[name]
        return not MOVING_WORDS.isdisjoint(said.words) or not said.asked <= STILL_VARS


@dataclass(frozen=True)
class Said:
    """What texts say: their words, and the vars that they ask for."""

    words: frozenset[str]
    asked: frozenset[str]

    @classmethod
    def of(cls, *texts: str) -> "Said":
        """What is said in these texts, but for dbt's comments."""
        shown = [COMMENT.sub(" ", text) for text in texts]
        words = (word for text in shown for word in WORD.findall(text))
        return cls(frozenset(words), frozenset(var for text in shown for var in VAR.findall(text)))

    @classmethod
    def together(cls, parts: Iterable["Said"]) -> "Said":
        """What any of them says."""
        parts = list(parts)
        return cls(
            frozenset().union(*(part.words for part in parts)), frozenset().union(*(part.asked for part in parts))
        )
