"""A file that is checked: how a person calls it, what it is read as, and which columns of a feed its own fill."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow.compute as pc

from ingest.feeds import FEEDS
from ingest.landing import Landing
from ingest.mapped.export import exports_of
from ingest.mapped.library import Mappings
from ingest.mapped.looking import Looked, Use, look_at
from orchestration.checking.guessing import Guess, best_guess
from orchestration.checking.landing import Laid
from orchestration.checking.texts import MOST_ROWS, Texts, read_texts
from orchestration.checking.unnamed_columns import unnamed_items

MOST_COLUMNS_SAID = 3


@dataclass(frozen=True)
class CheckedFile:
    """One file; `source` is what the log and quarantine call it, `feeds` are those that it has rows of.

    `uses` are the feed columns that a column of the file fills, `zone` what a timestamp without one is read in and
    `decimals` how numbers are written, None where nobody has said so; `mapping` and `object` what it is read as where
    it is no feed's own file. `guessed` says by what it was taken for that, where no folder tells, `rather` what it is
    by its header instead; `lacks_objects` are those in which it looks things up in vain; `unnamed` columns that a
    list `for` should name, with the item for each.
    """

    name: str
    source: str
    feeds: tuple[str, ...]
    texts: Texts | None
    uses: Mapping[str, tuple[Use, ...]]
    zone: str | None = None
    decimals: str | None = None
    mapping: str | None = None
    object: str | None = None
    makes_rows: bool = True
    looked: Looked | None = None
    lacks_objects: tuple[str, ...] = ()
    unnamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    guessed: str | None = None
    rather: Guess | None = None

    @property
    def other_reader(self) -> str:
        """Who reads a file that is none of its feed's: the mapping that fits it, or one that can be suggested."""
        if self.rather is not None and self.rather.object is not None:
            return f"put it into <landing>/{self.rather.source}, by its columns it is {self.rather.name}"
        return "let a mapping read it (`revloop check --suggest` writes one to start from)"

    @property
    def is_table(self) -> bool:
        """Whether its columns can be looked at; what is written in another way is told as that alone."""
        return self.texts is not None and (bool(self.uses) or self.looked is not None or self.texts.is_as_feeds_are)

    @property
    def timestamps(self) -> list[str]:
        """The columns of the file that a feed's timestamps are read from."""
        return [name for name, used in self.uses.items() if any(use.column.type == "timestamp" for use in used)]

    @property
    def ids(self) -> list[str]:
        """The columns of the file that name things of the CRM's."""
        return [name for name, used in self.uses.items() if any(use.is_id for use in used)]

    def said(self, feed: str, column: str, value: str | None = None, row: int | None = None) -> str:
        """A feed's column as a person finds it again in the file, by the value that it has in a row."""
        behind = [] if self.mapping is None else self.columns_behind(feed, column)
        if value is not None and row is not None:
            behind = [name for name in behind if self.text_at(name, row) == value] or behind
        if not behind:
            return column
        more = f" and {len(behind) - MOST_COLUMNS_SAID} more" if len(behind) > MOST_COLUMNS_SAID else ""
        return f"{column} (from {' or '.join(f'`{name}`' for name in behind[:MOST_COLUMNS_SAID])}{more})"

    def text_at(self, name: str, row: int) -> str | None:
        """What stands in a column of a row, None where that is not known."""
        if self.texts is None:
            return None
        place = pc.index(self.texts.table["source_row"], row).as_py()
        return None if place < 0 else self.texts.table[self.texts.column(name)][place].as_py()

    def table_behind(self, feed: str, column: str) -> str | None:
        """The table of the mapping that a feed's column goes through."""
        uses = (use for used in self.uses.values() for use in used if (use.feed, use.column.name) == (feed, column))
        return next((use.table for use in uses if use.table), None)

    def texts_behind(self, feed: str, column: str) -> list[str]:
        """What the file has in the columns that fill one of a feed."""
        if self.texts is None:
            return []
        columns = [self.texts.table[self.texts.column(name)] for name in self.columns_behind(feed, column)]
        return [text for column in columns for text in column.to_pylist() if text]

    def columns_behind(self, feed: str, column: str) -> list[str]:
        """The columns of the file that fill one of a feed."""
        return [
            name
            for name, used in self.uses.items()
            if any((use.feed, use.column.name) == (feed, column) for use in used)
        ]


def uses_of_feed(feed: str, names: tuple[str, ...]) -> Mapping[str, tuple[Use, ...]]:
    """A feed's own columns, which a file names as they are."""
    columns = {column.name: Use(feed, column) for column in FEEDS[feed].columns}
    return {name: (columns[name],) for name in dict.fromkeys(names) if name in columns}


def checked_files(
    connection: duckdb.DuckDBPyConnection, found: Landing, laid: Laid, mappings: Mappings, temp_directory: Path
) -> Iterator[CheckedFile]:
    """Every file that a refresh would read; the connection has the macros of `ingest.macros`."""
    for file in found.files:
        texts = read_texts(file.path)
        uses = uses_of_feed(file.feed, texts.names) if texts else {}
        name, guessed = laid.names.get(file.source, file.source), laid.guessed.get(file.source)
        is_strange = texts is not None and FEEDS[file.feed].key not in texts.names
        rather = best_guess(texts.names, mappings) if texts is not None and is_strange else None
        yield CheckedFile(name, file.source, (file.feed,), texts, uses, guessed=guessed, rather=rather)
    exports = exports_of(found.mappings, found.exported, temp_directory)
    for exported in found.exported:
        export = exports[exported.mapping]
        source, one = export.mapping.source, export.mapping.source.objects[exported.object]
        looked = look_at(connection, export, exported, MOST_ROWS)
        texts = None if looked is None else Texts(looked.headers, looked.table, looked.rows <= MOST_ROWS)
        yield CheckedFile(
            laid.names.get(exported.source, exported.source),
            exported.source,
            export.mapping.feeds_of(exported.object),
            texts,
            {} if looked is None else looked.uses,
            zone=one.zone or source.zone,
            decimals=one.decimals or source.decimals,
            mapping=exported.mapping,
            object=exported.object,
            makes_rows=bool(one.rows),
            looked=looked,
            lacks_objects=tuple(sorted(export.looked_up_from(exported.object) - export.files.keys())),
            unnamed={} if looked is None or texts is None else unnamed_items(one, texts, looked.uses, looked.unused),
            guessed=laid.guessed.get(exported.source),
        )
