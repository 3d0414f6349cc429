"""Labelled rows to learn from, column by column: what was known of a lead at an instant, and what came of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

RULE = "rule"
NEWEST_FIRST = "newest_first"
SOURCE_RATE = "source_rate"

Column = np.ndarray


@dataclass(frozen=True)
class Frame:
    """One place per lead and instant in each column.

    A feature is of floats (NaN where it is not known) or of texts (None where it is not known). `period` is the
    instant, the earlier the smaller, `settled_by` the first period by whose instant the label was known. `lists` are
    the orders that a model has to beat: the greater the number, the earlier on the list. A group is in one fold whole.
    """

    features: Mapping[str, Column]
    label: Column
    period: Column
    settled_by: Column
    lead: Column
    group: Column
    segment: Column
    source: Column
    lists: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.label)

    def where(self, chosen: Column) -> "Frame":
        """Some of the rows, in their order."""
        return Frame(
            **{
                name: {key: column[chosen] for key, column in value.items()}
                if isinstance(value, Mapping)
                else value[chosen]
                for name, value in vars(self).items()
            }
        )

    def without(self, left_out: frozenset[str]) -> "Frame":
        """The same rows without some of the features."""
        return replace(self, features={name: values for name, values in self.features.items() if name not in left_out})

    @property
    def periods(self) -> Column:
        """The instants, in order."""
        return np.unique(self.period)

    @property
    def positive_leads(self) -> int:
        """How many different leads reached an opportunity."""
        return len(np.unique(self.lead[self.label]))

    @property
    def has_both_outcomes(self) -> bool:
        """Whether there is anything to tell apart."""
        return bool(self.label.any() and not self.label.all())


def shares(groups: Column, digits: slice = slice(0, 8)) -> Column:
    """Of each group a number in [0, 1) that depends on its name alone: eight hex digits of its md5, / 2^32."""
    names, places = np.unique(groups.astype(str), return_inverse=True)
    drawn = [int(hashlib.md5(name.encode()).hexdigest()[digits], 16) / 2**32 for name in names]
    return np.array(drawn, dtype=float)[places]
