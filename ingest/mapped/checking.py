"""What must hold between the parts of a mapping: everything that is named is there, and nothing idle is left.

The keys themselves are checked by the models in `language`.
"""

from collections.abc import Iterator, Sequence

from ingest.errors import did_you_mean
from ingest.feeds import FEEDS, PHASE_CHANGE, PHASES, STAGE_CHANGE
from ingest.mapped.language import Lookup, Name, Rule, Source, Table, Value, parts_of

Place = tuple[str | int, ...]
Fault = tuple[Place, str]


def faults(mapping: Source, stages: frozenset[str] | None) -> Iterator[Fault]:
    """All that is wrong between the parts of a mapping, each with its keys. No stages: they are not looked up."""
    if not any(one.rows for one in mapping.objects.values()):
        yield ("objects",), "none of the objects makes rows of a feed: give one of them 'rows'"
    yield from _unknown_names(mapping)
    for name, one in mapping.objects.items():
        for index, rule in enumerate(one.rows):
            place: Place = ("objects", name, "rows", index)
            if rule.feed not in FEEDS:
                yield (
                    (*place, "feed"),
                    f"'{rule.feed}' is none of the feeds {', '.join(FEEDS)}" + did_you_mean(rule.feed, FEEDS),
                )
                continue
            yield from _faults_of_columns(rule, place)
            yield from _faults_of_bindings(rule, place)
            if stages is not None:
                yield from _unknown_stages(mapping, rule, place, stages)
        for part in ("key", "version"):
            yield from _misplaced(getattr(one, part), ("objects", name, part), frozenset(), has_items=False)


def _unknown_names(mapping: Source) -> Iterator[Fault]:
    """Tables and objects that are named and not there, and tables that nothing names."""
    used: set[str] = set()
    for place, part in parts_of(mapping):
        if isinstance(part, Table) and part.named is not None:
            used.add(part.named)
            if "values" in part.model_fields_set or "otherwise" in part.model_fields_set:
                yield place, "a table is either named, or its values stand here"
            elif part.named not in mapping.tables or place[:-1] == ("tables",):
                yield place, f"'{part.named}' is no table of this mapping" + did_you_mean(part.named, mapping.tables)
        elif isinstance(part, Table) and not part.values:
            yield place, "the table lists no values"
        if isinstance(part, Table):
            yield from _doubled_values(part, place)
        if isinstance(part, Lookup) and part.object not in mapping.objects:
            known = mapping.objects
            yield (*place, "object"), f"'{part.object}' is no object of this mapping{did_you_mean(part.object, known)}"
        if isinstance(part, Lookup):
            yield from _refusals_in(mapping, part, place)
    for name in mapping.tables:
        if name not in used:
            yield ("tables", name), f"no value uses the table '{name}'{did_you_mean(name, used)}"


def _refusals_in(mapping: Source, lookup: Lookup, place: Place) -> Iterator[Fault]:
    """Tables that refuse where nothing is refused: a row of another object costs none of this one."""
    for key in ("on", "take", "first"):
        for inner, found in parts_of(getattr(lookup, key), (*place, key)):
            table = mapping.tables.get(found.named or "", found) if isinstance(found, Table) else None
            if table is not None and table.otherwise.kind == "refuse":
                yield inner, "a table that refuses has no effect in a lookup: write it beside the lookup"


def _doubled_values(table: Table, place: Place) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for given in table.values:
        known = seen.setdefault(given.strip().lower(), given)
        if known != given:
            yield (*place, "values", given), f"'{given}' is listed as '{known}' too: values compare in any case"


def _faults_of_columns(rule: Rule, place: Place) -> Iterator[Fault]:
    feed = FEEDS[rule.feed]
    for name in rule.columns:
        if name not in feed.column_names:
            cause = f"'{name}' is no column of {feed.name}{did_you_mean(name, feed.column_names)}"
            yield (*place, "columns", name), cause
    for column in feed.columns:
        if column.name not in rule.columns and column.required:
            yield (*place, "columns"), f"{column.name} is missing, which {feed.name} require"
    for column in feed.columns:
        types = [kind for kind in _constants(rule, "activity_type") if _is_required_for(column.required_for, kind)]
        if types and column.name not in rule.columns:
            yield (*place, "columns"), f"{column.name} is missing, which {types[0]} requires"


def _is_required_for(patterns: Sequence[str], kind: str) -> bool:
    return any(kind.startswith(one[:-1]) if one.endswith("*") else kind == one for one in patterns)


def _faults_of_bindings(rule: Rule, place: Place) -> Iterator[Fault]:
    names = frozenset(rule.bindings[0])
    for index, binding in enumerate(rule.bindings):
        if frozenset(binding) != names:
            yield (*place, "for", index), f"this has other keys than the first ({', '.join(sorted(names))})"
    has_items = rule.split is not None
    if rule.split is not None:
        yield from _misplaced(rule.split.value, (*place, "split", "value"), names, has_items=False)
    for part in ("when", "columns"):
        yield from _misplaced(getattr(rule, part), (*place, part), names, has_items)
    for name in sorted(names):
        if not any(name == used for _, used in _each_in(rule, place)):
            yield (*place, "for"), f"no 'each' of this rule uses '{name}'"


def _each_in(part: object, place: Place) -> Iterator[tuple[Place, str]]:
    for where, found in parts_of(part, place):
        if isinstance(found, Value | Name) and found.each is not None:
            yield where, found.each


def _misplaced(part: object, place: Place, names: frozenset[str], has_items: bool) -> Iterator[Fault]:
    """Words that mean nothing where they stand: `each` without its binding, `item` without a list."""
    for where, used in _each_in(part, place):
        if used not in names:
            yield (*where, "each"), f"'{used}' is no key of the rule's 'for'{did_you_mean(used, names)}"
    for where, found in parts_of(part, place):
        if isinstance(found, Name) and (found.text is None) == (found.each is None):
            yield where, "a column is named by a text, or by 'each'"
        if isinstance(found, Lookup):
            yield from (
                ((*where, key), "in the other object there is no item and no 'each'")
                for key in ("on", "take", "first")
                for _, inner in parts_of(getattr(found, key))
                if isinstance(inner, Value | Name) and (inner.each or getattr(inner, "item", None))
            )
        if isinstance(found, Value) and found.item and not has_items:
            yield (*where, "item"), "'item' is an item of the rule's 'split', and there is none"


def _unknown_stages(mapping: Source, rule: Rule, place: Place, stages: frozenset[str]) -> Iterator[Fault]:
    """Stages that can never be right, where the rule's type of activity says that they are read."""
    kinds = set(_constants(rule, "activity_type"))
    known = sorted(stages)
    if kinds == {PHASE_CHANGE}:
        known = [stage for stage in PHASES if stage in stages]
    elif kinds != {STAGE_CHANGE}:
        return
    if rule.feed != "activities" or "stage" not in rule.columns:
        return
    for where, stage in _outcomes(mapping, rule, rule.columns["stage"], (*place, "columns", "stage"), place):
        if stage not in known:
            what = "an opportunity phase" if kinds == {PHASE_CHANGE} else "a stage of stages.csv"
            apart = "; what is won or lost goes into a table of its own" if stage in ("won", "lost") else ""
            yield where, f"'{stage}' is not {what}{did_you_mean(stage, known) or apart}"


def _constants(rule: Rule, column: str) -> list[str]:
    """What a column of a rule is, where the mapping itself says so; empty where the file does."""
    value = rule.columns.get(column)
    if value is None or value.table is not None or value.as_ is not None:
        return []
    if value.constant is not None:
        return [value.constant]
    if value.each is not None:
        return [binding[value.each] for binding in rule.bindings if value.each in binding]
    return []


def _outcomes(mapping: Source, rule: Rule, value: Value, place: Place, of_rule: Place) -> Iterator[tuple[Place, str]]:
    """The texts that a value may become by the mapping's own words, each with its keys."""
    if value.table is not None:
        named = value.table.named
        table = mapping.tables.get(named, Table()) if named else value.table
        at: Place = ("tables", named) if named else (*place, "table")
        yield from (((*at, "values", given), made) for given, made in table.values.items() if made)
        if table.otherwise.constant:
            yield (*at, "otherwise", "constant"), table.otherwise.constant
    elif value.constant is not None:
        yield (*place, "constant"), value.constant
    elif value.each is not None:
        for index, binding in enumerate(rule.bindings):
            if value.each in binding:
                yield (*of_rule, "for", index, value.each), binding[value.each]
    if value.default is not None:
        yield from _outcomes(mapping, rule, value.default, (*place, "default"), of_rule)
