"""Parquet values that hold further ones (objects, lists, maps) into the JSON text that they count as.

What the innermost values count as is decided in `parquet_values`.
"""

from itertools import pairwise

import pyarrow as pa

from ingest.json_lines import DEEPEST_LEVEL, TOO_DEEP
from ingest.parquet_values import Texts, flat_texts
from ingest.texts import json_string


def texts_of(values: pa.Array, level: int = 2) -> Texts:
    """The texts that the values of any type count as; `level` is that of their own objects, the row's being 1."""
    kind = values.type
    if isinstance(kind, pa.DictionaryType):
        return texts_of(values.dictionary_decode(), level)
    if isinstance(kind, pa.BaseExtensionType) and not isinstance(kind, pa.UuidType):
        return texts_of(values.storage, level)
    if not pa.types.is_nested(kind):
        return flat_texts(values)
    if level > DEEPEST_LEVEL:
        return _too_deep(values)
    if pa.types.is_struct(kind):
        return _objects(values, level)
    if pa.types.is_map(kind):
        return _maps(values, level)
    return _lists(values, level)


def _too_deep(values: pa.Array) -> Texts:
    rows = [row for row, is_valid in enumerate(values.is_valid().to_pylist()) if is_valid]
    return Texts(
        pa.nulls(len(values), pa.large_string()),
        True,
        dict.fromkeys(rows, TOO_DEEP),
        dict.fromkeys(rows, json_string(TOO_DEEP)),
    )


def _objects(values: pa.Array, level: int) -> Texts:
    names = [f"{json_string(values.type.field(index).name)}:" for index in range(values.type.num_fields)]
    members = [texts_of(member, level + 1) for member in values.flatten()]
    columns = [
        [f"{name}{text or 'null'}" for text in member.fragments()] for name, member in zip(names, members, strict=True)
    ]
    rows = [",".join(row) for row in zip(*columns, strict=True)] if columns else [""] * len(values)
    faults = {row: why for member in members for row, why in member.faults.items()}
    return _joined(values, [f"{{{row}}}" for row in rows], faults)


def _lists(values: pa.Array, level: int) -> Texts:
    if pa.types.is_fixed_size_list(values.type):
        size = values.type.list_size
        starts, position = [0], 0
        for is_valid in values.is_valid().to_pylist():
            position += size if is_valid else 0
            starts.append(position)
        items = texts_of(values.flatten(), level + 1)
    else:
        starts = values.offsets.to_pylist()
        items = texts_of(values.values.slice(starts[0], starts[-1] - starts[0]), level + 1)
    fragments = [text or "null" for text in items.fragments()]
    return _in_spans(values, starts, fragments, items.faults, "[]")


def _maps(values: pa.Array, level: int) -> Texts:
    starts = values.offsets.to_pylist()
    keys, items = (
        texts_of(part.slice(starts[0], starts[-1] - starts[0]), level + 1) for part in (values.keys, values.items)
    )
    names = [text if text and text.startswith('"') else json_string(text or "null") for text in keys.fragments()]
    fragments = [f"{name}:{text or 'null'}" for name, text in zip(names, items.fragments(), strict=True)]
    return _in_spans(values, starts, fragments, {**keys.faults, **items.faults}, "{}")


def _in_spans(
    values: pa.Array, starts: list[int], fragments: list[str], item_faults: dict[int, str], brackets: str
) -> Texts:
    """Rows that hold the fragments from their start to the next row's."""
    offset = starts[0]
    spans = [(start - offset, end - offset) for start, end in pairwise(starts)]
    rows = [f"{brackets[0]}{','.join(fragments[start:end])}{brackets[1]}" for start, end in spans]
    owners = [row for row, (start, end) in enumerate(spans) for _ in range(start, end)] if item_faults else []
    faults = {owners[item]: why for item, why in item_faults.items() if item < len(owners)}
    return _joined(values, rows, faults)


def _joined(values: pa.Array, rows: list[str], faults: dict[int, str]) -> Texts:
    """A row with a fault has no text, but its JSON stands for it."""
    valid = values.is_valid().to_pylist()
    faults = {row: why for row, why in faults.items() if valid[row]}
    texts = [text if valid[row] and row not in faults else None for row, text in enumerate(rows)]
    return Texts(pa.array(texts, pa.large_string()), True, faults, {row: rows[row] for row in faults})
