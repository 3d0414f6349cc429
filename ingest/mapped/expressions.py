"""A value of a mapping as an SQL expression of a text, on the columns that one file has.

What a value needs beside the file (tables of values, other objects) it joins; which rows are made is known to `rules`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.mapped import spellings
from ingest.mapped.language import Lookup, Plus, Source, SourceObject, Table, Value
from ingest.mapped.names import names_of, positions
from ingest.sql import literal

NOTHING = "null::varchar"


@dataclass(frozen=True)
class Spelled:
    """How the texts of an object are spelled."""

    zone: str
    dates: Sequence[str]
    decimals: str | None

    @classmethod
    def of(cls, mapping: Source, one: SourceObject) -> "Spelled":
        """An object's own spelling, where it has none the mapping's."""
        return cls(
            one.zone or mapping.zone or "UTC",
            one.dates or mapping.dates or (spellings.ISO,),
            one.decimals or mapping.decimals,
        )

    def changed_by(self, value: Value) -> "Spelled":
        """The spelling of one value."""
        return Spelled(value.zone or self.zone, value.dates or self.dates, value.decimals or self.decimals)


@dataclass(frozen=True)
class Expression:
    """SQL of a text, NULL where there is none; `refused` is what is wrong with it, NULL where nothing is."""

    sql: str
    refused: tuple[str, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether it is the same in all rows."""
        return self.sql == NOTHING or (self.sql.startswith("'") and self.sql.endswith("'") and "' " not in self.sql)


@dataclass
class Relation:
    """What is selected from one file, and all that is joined to it."""

    headers: Sequence[str]
    spelled: Spelled
    table_of: Callable[[Table], tuple[str, Table]]
    lookup_of: Callable[[Lookup, str], str]
    joins: list[str] = field(default_factory=list)
    _joined: dict[tuple[str, str], str] = field(default_factory=dict)

    def text(self, value: Value, kind: str, binding: Mapping[str, str], *, is_id: bool = False) -> Expression:
        """A value in the spelling of a feed's columns of a type; in an id nothing may be left out."""
        sql, refused = self._source(value, kind, binding, is_id)
        if value.first_of_list is not None:
            items = (
                f"list_transform(string_split({sql}, {literal(value.first_of_list)}), lambda item: clean_text(item))"
            )
            sql = f"list_filter({items}, lambda item: item is not null)[1]"
        if value.table is not None:
            sql, refused = self._by_table(sql, value.table, refused)
        if value.as_ is not None:
            sql = self._changed(sql, value.as_, self.spelled.changed_by(value))
        if not (value.constant or value.each or value.lookup) or value.dates or value.decimals:
            sql = self._respelled(sql, value, kind)
        if value.plus is not None:
            zone = "UTC" if kind == "date" or value.as_ == "day" else self.spelled.changed_by(value).zone
            sql = self._plus(sql, value.plus, zone, binding)
        if value.divide_by is not None:
            sql = f"divided({sql}, {self.text(value.divide_by, 'decimal', binding).sql})"
        if value.default is not None:
            default = self.text(value.default, kind, binding, is_id=is_id)
            sql, refused = f"coalesce({sql}, {default.sql})", (*refused, *default.refused)
        return Expression(sql, refused)

    def _source(self, value: Value, kind: str, binding: Mapping[str, str], is_id: bool) -> tuple[str, tuple[str, ...]]:
        if value.constant is not None:
            return literal(value.constant), ()
        if value.each is not None:
            return literal(binding[value.each]), ()
        if value.item is not None:
            return "item", ()
        if value.column is not None:
            places = [f"c{place}" for place in positions(names_of(value, binding), self.headers)]
            return _first(places), ()
        if value.lookup is not None:
            by = self.text(value.lookup.by, "text", binding, is_id=True)
            joined = self._join(self.lookup_of(value.lookup, kind), by.sql)
            return f"{joined}.value", by.refused
        parts = [self.text(part, "text", binding, is_id=is_id) for part in value.join or ()]
        refused = tuple(one for part in parts for one in part.refused)
        texts = [part.sql for part in parts]
        if is_id:
            between = f" || {literal(value.with_)} || "
            return f"({between.join(texts)})", refused
        return f"nullif(concat_ws({literal(value.with_)}, {', '.join(texts)}), '')", refused

    def _join(self, table: str, given: str) -> str:
        """The alias under which a table of (given, value) is joined by an expression."""
        if (table, given) not in self._joined:
            alias = f"j{len(self._joined)}"
            self._joined[table, given] = alias
            self.joins.append(f"left join {table} as {alias} on {alias}.given = {given}")
        return self._joined[table, given]

    def _by_table(self, sql: str, table: Table, refused: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        name, told = self.table_of(table)
        listed = self._join(name, f"lower(nfc_normalize(coalesce({sql}, '')))")
        otherwise = told.otherwise
        if otherwise.kind == "empty":
            return f"{listed}.value", refused
        if otherwise.kind == "constant":
            unlisted = f"case when {sql} is not null then {literal(otherwise.constant or '')} end"
            return f"case when {listed}.given is null then {unlisted} else {listed}.value end", refused
        kept = f"case when {listed}.given is null then {sql} else {listed}.value end"
        if otherwise.kind == "keep":
            return kept, refused
        keys = literal(json.dumps(list(told.values), ensure_ascii=False))
        cause = literal(f"' is not in the mapping's table{f' {table.named}' if table.named else ''}")
        cause = f"'''' || {sql} || {cause} || nearest_in({sql}, {keys})"
        return kept, (*refused, f"case when {listed}.given is null and {sql} is not null then {cause} end")

    def _changed(self, sql: str, how: str, spelled: Spelled) -> str:
        if how == "country":
            listed = self._join("mapped_countries", f"lower(nfc_normalize({sql}))")
            return f"coalesce({listed}.value, {sql})"
        if how == "day":
            return spellings.day(sql, spelled.dates, spelled.zone)
        return {
            "lower": f"lower({sql})",
            "upper": f"upper({sql})",
            "salesforce_id": f"salesforce_id({sql})",
            "domain": f"domain_of({sql})",
        }[how]

    def _respelled(self, sql: str, value: Value, kind: str) -> str:
        spelled = self.spelled.changed_by(value)
        is_dated = value.dates is not None or value.zone is not None or value.plus is not None
        if value.as_ == "day":
            return sql
        if kind == "timestamp" or (is_dated and kind not in ("date", "decimal", "integer")):
            return spellings.timestamp(sql, spelled.dates, spelled.zone)
        if kind == "date":
            return spellings.date(sql, spelled.dates)
        is_number = kind in ("decimal", "integer") or value.decimals is not None or value.divide_by is not None
        return spellings.decimal(sql, spelled.decimals) if is_number and spelled.decimals else sql

    def _plus(self, sql: str, plus: Plus, zone: str, binding: Mapping[str, str]) -> str:
        months, days = (
            "'0'" if one is None else self.text(one, "integer", binding).sql for one in (plus.months, plus.days)
        )
        return f"later({sql}, {months}, {days}, {literal(zone)})"


def items_of(sql: str, by: str) -> str:
    """The items of a list in a text, trimmed, without empty ones."""
    items = f"list_transform(string_split({sql}, {literal(by)}), lambda item: clean_text(item))"
    return f"list_filter({items}, lambda item: item is not null)"


def _first(expressions: Sequence[str]) -> str:
    if not expressions:
        return NOTHING
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(expressions)})"
