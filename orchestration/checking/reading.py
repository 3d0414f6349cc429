"""The files of a landing folder as a check looks at them: a feed's by its own texts, an export's by its mapping."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest.feeds import FEEDS
from ingest.landing import Landing
from ingest.mapped.export import exports_of
from ingest.mapped.library import Mappings
from ingest.mapped.looking import look_at
from orchestration.checking.files import CheckedFile, uses_of_feed
from orchestration.checking.guessing import best_guess
from orchestration.checking.landing import Laid
from orchestration.checking.texts import MOST_ROWS, Texts, read_texts
from orchestration.checking.unnamed_columns import unnamed_items


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
