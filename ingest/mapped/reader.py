"""One file of an export as staging takes it: known again by its bytes, its mapping and what it looks up.

What its rows become is decided in `rules`, how it is read in `sources`.
"""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from ingest.bounded_lines import batches
from ingest.feeds import FEEDS
from ingest.files import ExportedFile, sha256, state_of
from ingest.mapped.export import Export
from ingest.mapped.names import Wanted
from ingest.mapped.rules import Applied, ObjectRules, notes
from ingest.mapped.sources import SourceFile, SourceTable
from ingest.origins import Account, Origin, UnreadableError
from ingest.staging import Staging


@dataclass
class ExportReader:
    """Reads one file of an export, whose rows become rows of one feed or several."""

    origin: ExportedFile
    export: Export
    kind: ClassVar[str] = "file"

    @property
    def origins(self) -> tuple[Origin, ...]:
        """The file as each of the feeds sees it; the first answers for rows of which none could be made."""
        return tuple(Origin(feed, self.origin.source) for feed in self.export.mapping.feeds_of(self.origin.object))

    def state(self) -> object:
        """Inode, size and time of change of the file and of all that it looks up."""
        return [state_of(file.path) for file in (self.origin, *self._looked_up)]

    def fingerprint(self) -> str:
        """What tells these bytes, read as this object, from all others."""
        known_as = f"{self.export.mapping.name}/{self.origin.object}\n{sha256(self.origin.path)}"
        return hashlib.sha256(known_as.encode()).hexdigest()

    def read_with(self) -> frozenset[str]:
        """What else the rows depend on: the mapping as it reads now, and the files in which they look something up."""
        found = {f"mapping {self.export.mapping.hash}"}
        for file in self._looked_up:
            try:
                found.add(f"{file.object} {self.export.hash_of(file)}")
            except UnreadableError:
                # Its own reader tells of it.
                continue
        return frozenset(found)

    def stage(self, staging: Staging) -> Account:
        """Let all rows wait that the mapping makes; returns what became of the file's own rows."""
        self.export.prepare(staging.connection)
        rules = ObjectRules(self.export, self.origin.object)
        wanted = rules.wanted
        table = SourceTable("mapped_file")
        with self.export.opened(self.origin, wanted) as source:
            source.load(staging.connection, table, wanted)
            staging.add_unparseable(self.origins[0], table.faults)
            left_out = table.rows
            if rules.has_rows and table.rows:
                applied = rules.applied(staging.connection, table)
                left_out = applied.left_out()
                self._add(staging, applied)
                applied.release()
                self._add_texts(staging, source)
        staging.connection.execute(f"drop table if exists {table.name}")
        looked_up = self.export.wanted_of_lookups(self.origin.object)
        headers = [*table.headers, *table.unused]
        unused = [header for header in table.unused if header not in looked_up]
        seen = list(notes(Wanted([*wanted.names, *looked_up.names]), headers))
        if again := [name for name in table.doubled if name in looked_up]:
            seen.append(f"column {again[0]} is in the header more than once, so nothing is looked up here: keep one")
        if table.unread:
            names = ", ".join(f"'{name}'" for name in table.unread)
            seen.append(
                f"only its first sheet is read, not {names}: save those as files of their own, or say in the mapping's "
                "format which sheet it is"
            )
        return Account(unused, table.all_rows, len(table.faults), left_out, seen)

    @property
    def _looked_up(self) -> list[ExportedFile]:
        names = sorted(self.export.looked_up_from(self.origin.object))
        return [file for name in names for file in self.export.files.get(name, [])]

    def _add(self, staging: Staging, applied: Applied) -> None:
        for origin in self.origins:
            staging.add(origin, applied.rows(FEEDS[origin.feed]))

    def _add_texts(self, staging: Staging, source: SourceFile) -> None:
        """Give the bad rows of all feeds the text of the source's row that they were made of."""
        bad = {origin: staging.rows_without_text(origin) for origin in self.origins}
        numbers = frozenset(number for wanted in bad.values() for number in wanted)
        if not numbers:
            return
        for batch in batches(source.texts(numbers), lambda one: len(one[1])):
            rows, texts = zip(*batch, strict=True)
            for origin in (origin for origin, wanted in bad.items() if wanted):
                staging.add_texts(origin, pa.table({"source_row": rows, "raw_row": texts}))
