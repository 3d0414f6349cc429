"""Features cut into bins, so that an additive model is a table: one contribution per feature and bin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from orchestration.scoring.frame import Column

# Finer at both ends, where the order of a list is decided.
CUTS = np.array([0.01, 0.025, 0.05, *np.arange(1, 10) / 10, 0.95, 0.975, 0.99])
MOST_BINS = len(CUTS) + 1
MOST_VALUES = 50
LEAST_ROWS_OF_A_VALUE = 20


@dataclass(frozen=True)
class Bin:
    """Where a feature's value falls: from `low` up to but not `high`, a text, not known, or, with none of these, any
    other."""

    low: float | None = None
    high: float | None = None
    value_text: str | None = None
    is_missing: bool = False


@dataclass(frozen=True)
class Bins:
    """The bins of one feature, numbered: those of numbers in order, those of texts by name, then others, not known."""

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] | None = None

    @classmethod
    def of(cls, column: Column) -> "Bins":
        """Bins at fixed shares of the rows, or one per value if these are few; or the texts that are seen often."""
        if column.dtype == object:
            places, texts = _numbered(column)
            counts = np.bincount(places[places >= 0], minlength=len(texts))
            often = sorted((-int(count), text) for count, text in zip(counts, texts, strict=True))[:MOST_VALUES]
            return cls(values=tuple(sorted(text for count, text in often if -count >= LEAST_ROWS_OF_A_VALUE)))
        known = column[~np.isnan(column)]
        different = np.unique(known)
        if len(different) <= MOST_BINS:
            return cls(edges=tuple(map(float, different[1:])))
        cuts = np.quantile(known, CUTS, method="higher")
        return cls(edges=tuple(float(cut) for cut in np.unique(cuts) if cut > different[0]))

    def __iter__(self) -> Iterator[Bin]:
        if self.values is None:
            yield from (Bin(low, high) for low, high in zip((None, *self.edges), (*self.edges, None), strict=True))
        else:
            yield from (Bin(value_text=value) for value in self.values)
            yield Bin()
        yield Bin(is_missing=True)

    @property
    def count(self) -> int:
        """How many there are, with that of what is not known."""
        return len(self.edges if self.values is None else self.values) + 2

    @property
    def is_text(self) -> bool:
        """Whether the feature is a text."""
        return self.values is not None

    def codes(self, column: Column) -> Column:
        """The number of each value's bin."""
        if self.values is None:
            known = ~np.isnan(column)
            codes = np.searchsorted(np.array(self.edges), np.where(known, column, 0.0), side="right")
            return np.where(known, codes, self.count - 1).astype(np.int32)
        numbers = {value: number for number, value in enumerate(self.values)}
        places, texts = _numbered(column)
        # What is not known is numbered -1, the last place.
        return np.array([*(numbers.get(text, self.count - 2) for text in texts), self.count - 1], np.int32)[places]


def _numbered(column: Column) -> tuple[Column, list[str]]:
    """The number of each text among the different ones, -1 where there is none, and these."""
    from pandas import factorize

    places, texts = factorize(column)
    return places, [str(text) for text in texts]


def bins_of(features: Mapping[str, Column]) -> dict[str, Bins]:
    """The bins of each feature."""
    return {name: Bins.of(column) for name, column in features.items()}


def codes_of(bins: Mapping[str, Bins], features: Mapping[str, Column]) -> Column:
    """A row of bin numbers per row, in the order of the bins."""
    columns = [of_feature.codes(features[name]) for name, of_feature in bins.items()]
    return np.column_stack(columns) if columns else np.empty((0, 0), np.int32)
