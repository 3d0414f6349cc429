"""The rows of feeds that one file of an object becomes: its rules with their bindings, as one relation for each feed.

What a value is made of is decided in `expressions`, what a row must be like in `ingest.rows`.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from ingest.feeds import FEEDS, Feed
from ingest.mapped.export import Export
from ingest.mapped.expressions import NOTHING, Expression, Relation, items_of
from ingest.mapped.keys import Parts, are_distinct, parts_of_key
from ingest.mapped.language import Condition, Rule, Value
from ingest.mapped.names import Wanted, names_in, positions
from ingest.mapped.sources import SourceTable
from ingest.rows import Rows
from ingest.sql import literals, single_value

_NUMBERS = itertools.count()
_TRUE = "true"


@dataclass
class _Group:
    """Rules on the same rows of a source, or on the same items of a list in them: their values are worked out once."""

    source: str
    relation: Relation
    name: str
    has_items: bool
    _values: dict[str, str] = field(default_factory=dict)

    def place(self, sql: str) -> str:
        """Where a value stands once it is worked out; a constant stands for itself."""
        return sql if Expression(sql).is_fixed else self._values.setdefault(sql, f"v{len(self._values)}")

    def work_out(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the table of all values."""
        columns = [f"{sql} as {name}" for sql, name in self._values.items()]
        item = ["item"] if self.has_items else []
        connection.execute(
            f"create or replace temp table {self.name} as select {', '.join(['source_row', *item, *columns])} "
            f"from {self.source} {' '.join(self.relation.joins)}"
        )


@dataclass(frozen=True)
class _Instance:
    """A rule with one of its bindings: which rows it makes, and the SQL of their columns."""

    rule: Rule
    group: _Group
    condition: str
    columns: Mapping[str, str]
    refused: Mapping[str, str]
    key: Parts

    def rows(self, columns: Sequence[str], refused: Sequence[str], place: int) -> str:
        """The rows as a query."""
        texts = [f"{self.columns.get(name, NOTHING)} as c_{name}" for name in columns]
        faults = [f"{self.refused.get(name, NOTHING)} as refused_{name}" for name in refused]
        item = "item" if self.group.has_items else NOTHING
        return (
            f"select {', '.join(['source_row', f'{place} as rule_place', f'{item} as rule_item', *texts, *faults])} "
            f"from {self.group.name} where {self.condition}"
        )


class ObjectRules:
    """All rules of an object on one of its files."""

    def __init__(self, export: Export, name: str) -> None:
        self._export = export
        self._name = name
        self._object = export.mapping.source.objects[name]
        self.feeds = export.mapping.feeds_of(name)

    @property
    def has_rows(self) -> bool:
        """Whether the object makes rows, and is not only looked up."""
        return bool(self._object.rows)

    @property
    def wanted(self) -> Wanted:
        """The columns that the rules read."""
        parts: list[tuple[object, Mapping[str, str]]] = [
            (rule, binding) for rule in self._object.rows for binding in rule.bindings
        ]
        own: list[tuple[object, Mapping[str, str]]] = [(self._object.key, {}), (self._object.version, {})]
        return Wanted(names for part, binding in [*own, *parts] for names in names_in(part, binding))

    def applied(self, connection: duckdb.DuckDBPyConnection, table: SourceTable) -> "Applied":
        """The rules on a file whose rows stand in a table."""
        groups: dict[str, _Group] = {}
        instances = [
            _instance(self._group(connection, table, rule, binding, groups), rule, binding)
            for rule in self._object.rows
            for binding in rule.bindings
        ]
        for group in groups.values():
            group.work_out(connection)
        return Applied(connection, table, list(groups.values()), instances, self._why_absent(table.headers))

    def _group(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: SourceTable,
        rule: Rule,
        binding: Mapping[str, str],
        groups: dict[str, _Group],
    ) -> _Group:
        relation = self._export.relation(connection, self._name, table.headers)
        source = table.name
        if rule.split is not None:
            listed = items_of(relation.text(rule.split.value, "text", binding).sql, rule.split.by)
            items = f"unnest(list_distinct({listed})) as item"
            source = f"(select {table.name}.*, {items} from {table.name} {' '.join(relation.joins)})"
            relation = self._export.relation(connection, self._name, table.headers)
        name = f"mapped_values_{next(_NUMBERS)}"
        return groups.setdefault(source, _Group(source, relation, name, rule.split is not None))

    def _why_absent(self, headers: Sequence[str]) -> dict[tuple[str, str], str]:
        """What is said of columns of feeds that a mapping takes from columns that a file does not have."""
        causes = {}
        for rule in self._object.rows:
            for column, value in rule.columns.items():
                for names in names_in(value, rule.bindings[0]):
                    if not positions(names, headers):
                        told = " or ".join(f"'{name}'" for name in names)
                        causes.setdefault((rule.feed, column), f"is empty, as the file has no column {told}")
        return causes


@dataclass
class Applied:
    """What an object's rules make of one file; `release` drops it."""

    connection: duckdb.DuckDBPyConnection
    table: SourceTable
    groups: list[_Group]
    instances: list[_Instance]
    why_absent: dict[tuple[str, str], str]

    def rows(self, feed: Feed) -> Rows:
        """All rows of a feed; of two that one source row makes with the same key, the first by the mapping's order."""
        made = [one for one in self.instances if one.rule.feed == feed.name]
        columns = [name for name in feed.column_names if any(one.columns.get(name, NOTHING) != NOTHING for one in made)]
        refused = [name for name in feed.column_names if any(name in one.refused for one in made)]
        queries = [one.rows(columns, refused, place) for place, one in enumerate(made)]
        relation = f"({' union all '.join(queries)})"
        key = f"c_{feed.key}"
        has_items = any(one.group.has_items for one in made)
        is_clear = feed.key not in columns or are_distinct([one.key for one in made], has_items)
        if not is_clear and self._has_doubles(relation, key):
            place = f"row_number() over (partition by source_row, {key} order by rule_place, rule_item)"
            relation = f"(select * from {relation} qualify {place} = 1)"
        required = [column.name for column in feed.columns if column.required or column.required_for]
        absent = [self.why_absent.get((feed.name, name)) for name in required if name not in columns]
        return Rows(
            relation,
            {name: f"c_{name}" for name in columns},
            NOTHING,
            NOTHING,
            next((cause for cause in absent if cause), Rows.absent),
            {name: f"refused_{name}" for name in refused},
        )

    def left_out(self) -> int:
        """How many good rows of the file make none of any feed, by the mapping's own conditions."""
        if any(one.condition == _TRUE and not one.group.has_items for one in self.instances):
            return 0
        made = [f"select source_row from {one.group.name} where {one.condition}" for one in self.instances]
        query = " union all ".join(made) or "select null::bigint as source_row"
        return self.table.rows - single_value(self.connection, f"select count(distinct source_row) from ({query})")

    def release(self) -> None:
        """Drop the tables of values."""
        for group in self.groups:
            self.connection.execute(f"drop table if exists {group.name}")

    def _has_doubles(self, relation: str, key: str) -> bool:
        keys = f"select source_row, hash({key}) as key_hash from {relation} where {key} is not null"
        return single_value(
            self.connection,
            f"select exists (select 1 from ({keys}) group by source_row, key_hash having count(*) > 1)",
        )


def _instance(group: _Group, rule: Rule, binding: Mapping[str, str]) -> _Instance:
    feed = FEEDS[rule.feed]
    columns, refused = {}, {}
    for column in feed.columns:
        if column.name not in rule.columns:
            continue
        found = group.relation.text(rule.columns[column.name], column.type, binding, is_id=column.is_id)
        columns[column.name] = group.place(found.sql)
        if found.refused:
            refused[column.name] = group.place(f"coalesce({', '.join(found.refused)})")
    conditions = [_condition(group, one, binding) for one in rule.when]
    key = parts_of_key(group.relation, rule.columns[feed.key], binding)
    return _Instance(rule, group, " and ".join(conditions) or _TRUE, columns, refused, key)


def _condition(group: _Group, condition: Condition, binding: Mapping[str, str]) -> str:
    def text(value: Value, kind: str = "text") -> str:
        return group.place(group.relation.text(value, kind, binding).sql)

    if condition.has is not None:
        return f"{text(condition.has)} is not null"
    if condition.lacks is not None:
        return f"{text(condition.lacks)} is null"
    if condition.any is not None:
        return f"({' or '.join(_condition(group, one, binding) for one in condition.any) or 'false'})"
    assert condition.is_ is not None
    other = condition.after or condition.not_after
    if other is not None:
        compared = ">" if condition.after is not None else "<="
        moments = [f"read_timestamp({text(value, 'timestamp')})" for value in (condition.is_, other)]
        return f"coalesce({f' {compared} '.join(moments)}, false)"
    listed = literals({one.strip().lower() for one in condition.in_ or condition.not_in or ()})
    is_in = f"coalesce(lower({text(condition.is_)}), '') in ({listed})"
    return is_in if condition.in_ is not None else f"not {is_in}"


def notes(wanted: Wanted, headers: Sequence[str]) -> Iterator[str]:
    """What looks misspelt: columns that a mapping names and a file does not have, but for a letter or two."""
    for name, header in wanted.misspelt(headers):
        yield f"the file has no column '{name}'; did you mean '{header}'?"
