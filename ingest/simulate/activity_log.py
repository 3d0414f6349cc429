"""What happens in one chunk of leads, collected as columns and turned into rows of the feed.
It keeps what others add; it decides nothing itself.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.simulate.clock import Span
from ingest.simulate.draws import Words

SCHEMA = pa.schema(
    [
        ("activity_id", pa.string()),
        ("lead_id", pa.string()),
        ("activity_type", pa.string()),
        ("occurred_at", pa.timestamp("us", tz="UTC")),
        ("updated_at", pa.timestamp("us", tz="UTC")),
        ("opportunity_id", pa.string()),
        ("outcome", pa.string()),
        ("actor_id", pa.string()),
        ("channel", pa.string()),
        ("campaign_id", pa.string()),
        ("content_id", pa.string()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("amount", pa.decimal128(18, 2)),
        ("currency", pa.string()),
        ("expected_close_on", pa.date32()),
        ("details", pa.string()),
        ("is_deleted", pa.bool_()),
    ]
)

NONE = -1
_WORDS = (
    "activity_type",
    "outcome",
    "channel",
    "campaign_id",
    "content_id",
    "stage",
    "reason",
    "currency",
    "details",
)


@dataclass
class ActivityLog:
    """Activities of one chunk. Texts are places in `_words`; -1 stands for NULL everywhere."""

    span: Span
    _words: dict[str, int] = field(default_factory=dict)
    _blocks: list[dict[str, NDArray]] = field(default_factory=list)

    def add(
        self,
        lead: NDArray[np.int64],
        activity_type: str | Words,
        at: NDArray[np.int64],
        **columns: str | Words | NDArray[np.int64],
    ) -> None:
        """One activity per element of `lead` (a place in the chunk) at second `at`.

        `columns` are those of the feed, but `opportunity` and `actor` (their numbers), `amount`
        (whole units of the currency) and `expected_close_day` (days since 1970).
        """
        block = {"lead": lead, "at": at, "activity_type": self._coded(activity_type, len(lead))}
        for name, value in columns.items():
            block[name] = value if isinstance(value, np.ndarray) else self._coded(value, len(lead))
        seen = at < self.span.end
        self._blocks.append({name: values[seen] for name, values in block.items()})

    def _coded(self, value: str | Words, count: int) -> NDArray[np.int64]:
        if isinstance(value, str):
            return np.full(count, self._code(value))
        codes = np.array([self._code(text) if text else NONE for text in value.options] + [NONE])
        return codes[value.index]

    def _code(self, word: str) -> int:
        return self._words.setdefault(word, len(self._words))

    def table(self, lead_ids: list[str], rep_ids: tuple[str, ...], first_number: int) -> pa.Table:
        """All activities by time, numbered from `first_number`, in the feed's columns."""
        order = np.argsort(self._column("at"), kind="stable")

        def column(name: str) -> NDArray:
            return self._column(name)[order]

        count = len(order)
        occurred_at = pa.array(column("at") * 1_000_000).cast(SCHEMA.field("occurred_at").type)
        columns = {
            "activity_id": identifiers("A", np.arange(first_number, first_number + count)),
            "lead_id": _texts(lead_ids, column("lead")),
            "occurred_at": occurred_at,
            "updated_at": occurred_at,
            "opportunity_id": identifiers("O", column("opportunity")),
            "actor_id": _texts(rep_ids, column("actor")),
            "amount": _numbers(column("amount")).cast(pa.decimal128(21, 2)).cast(SCHEMA.field("amount").type),
            "expected_close_on": _numbers(column("expected_close_day").astype("int32")).cast(pa.date32()),
            "is_deleted": pa.array(np.zeros(count, dtype=bool)),
        }
        words = list(self._words)
        columns |= {name: _texts(words, column(name)) for name in _WORDS}
        return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)

    def _column(self, name: str) -> NDArray[np.int64]:
        return np.concatenate([block.get(name, np.full(len(block["at"]), NONE)) for block in self._blocks])


def identifiers(letter: str, numbers: NDArray[np.int64], width: int = 9) -> pa.StringArray:
    """`A000000012` for 12, NULL for -1. A million a second, which f-strings are not."""
    powers = 10 ** np.arange(width - 1, -1, -1)
    digits = (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
    letters = np.full((len(numbers), 1), ord(letter), dtype=np.uint8)
    characters = np.ascontiguousarray(np.hstack([letters, digits]))
    offsets = np.arange(0, (len(numbers) + 1) * (width + 1), width + 1, dtype=np.int32)
    known = pa.array(numbers >= 0)
    texts = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(characters))
    return pc.if_else(known, texts, None)


def _texts(options: list[str] | tuple[str, ...], places: NDArray[np.int64]) -> pa.Array:
    return pa.array(options, pa.string()).take(pa.array(places, mask=places < 0))


def _numbers(values: NDArray) -> pa.Array:
    return pa.array(values, mask=values < 0)
