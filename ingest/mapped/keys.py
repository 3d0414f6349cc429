"""Whether the rules of a feed can make two rows of one key from one source row, as the mapping itself shows.

Where it does not show it, `rules` looks into the rows.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ingest.mapped.expressions import Expression, Relation
from ingest.mapped.language import Value
from ingest.sql import literal

# SQL of a part of a key, and whether it is a constant.
Parts = tuple[tuple[str, bool], ...]
ITEM = ("item", False)


def parts_of_key(relation: Relation, value: Value, binding: Mapping[str, str]) -> Parts:
    """What the texts of a key are joined of, neighbouring constants made one."""
    is_joined = value.join is not None and not (value.table or value.as_ or value.default or value.first_of_list)
    between = (literal(value.with_), True)
    parts: list[tuple[str, bool]] = []
    for part in value.join if is_joined and value.join else (value,):
        sql = relation.text(part, "text", binding, is_id=True).sql
        parts += [(sql, Expression(sql).is_fixed), between]
    runs: list[tuple[str, bool]] = []
    for is_fixed, run in groupby(parts[:-1], lambda one: one[1]):
        texts = [sql for sql, _ in run]
        runs += [("".join(text[1:-1] for text in texts), True)] if is_fixed else [(text, False) for text in texts]
    return tuple(runs)


def are_distinct(keys: Sequence[Parts], has_items: bool) -> bool:
    """Whether the keys differ whatever the row holds: by one constant alone, or by the item of a list."""
    if has_items:
        return len(keys) == 1 and ITEM in keys[0]
    if len({tuple(is_fixed or sql for sql, is_fixed in key) for key in keys}) > 1:
        return False
    differing = [place for place, part in enumerate(zip(*keys, strict=True)) if len(set(part)) > 1]
    return len(keys) == 1 or (len(differing) == 1 and len(set(keys)) == len(keys))
