"""The landing folder of a simulated company: its files, kept open while the company grows.
It knows names, formats and counts, and nothing of what the rows mean.
"""

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import RevloopError
from ingest.feeds import FEEDS
from ingest.simulate.spoiled import csv_line, json_line

_MARK = ".simulated"
_UNFINISHED = ".simulating"


class Landing:
    """Files under `out`, visible only when all of them are complete.

    Entered, it refuses a folder that holds anything it did not write; left without an error, it
    puts the new files in the place of its former ones.
    """

    def __init__(self, out: Path) -> None:
        self.rows: Counter[str] = Counter()
        self.bad_rows: dict[str, Counter[str]] = {feed: Counter() for feed in FEEDS}
        self._out = out
        self._half_made = out / _UNFINISHED
        self._files: dict[str, IO[bytes]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._out.exists() and not self._out.is_dir():
            raise RevloopError(f"{self._out} is no folder. Name another one to simulate into.")
        foreign = sorted(self._present() - self._written())
        if foreign:
            raise RevloopError(
                f"{self._out} already holds {foreign[0]}, which no simulation wrote. "
                "Name an empty folder: simulated rows are never mixed with others."
            )
        shutil.rmtree(self._half_made, ignore_errors=True)
        for feed in FEEDS:
            (self._half_made / feed).mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
        if error is None:
            self._publish()
        shutil.rmtree(self._half_made, ignore_errors=True)

    def append(self, name: str, lines: Iterable[bytes], header: Sequence[str] = ()) -> None:
        """Add rows to a text file (`feed/file.csv`, `.jsonl`, also `.gz`), each one a line."""
        feed = name.split("/")[0]
        if name not in self._files:
            self._files[name] = self._opened(name)
            if header:
                self._files[name].write(csv_line(header))
        for line in lines:
            self._files[name].write(line)
            self.rows[feed] += 1

    def append_csv(self, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
        """Add rows to a CSV file with these columns."""
        lines = (csv_line([row[column] for column in columns]) for row in rows)
        self.append(name, lines, header=columns)

    def append_json(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Add rows to a JSONL file."""
        self.append(name, map(json_line, rows))

    def append_bad(self, name: str, spoiled: Iterable[tuple[bytes, str]]) -> None:
        """Add lines that must be refused to a text file, and count their reasons."""
        feed = name.split("/")[0]
        for line, reason in spoiled:
            self.append(name, [line])
            self.bad_rows[feed][reason] += 1

    def write_parquet(self, name: str, table: pa.Table) -> None:
        """Write a whole Parquet file."""
        # Without the Arrow schema inside, the file's types are Parquet's own.
        pq.write_table(table, self._half_made / name, compression="zstd", store_schema=False)
        self.rows[name.split("/")[0]] += table.num_rows

    def _opened(self, name: str) -> IO[bytes]:
        plain = self._open.enter_context((self._half_made / name).open("wb"))
        if not name.endswith(".gz"):
            return plain
        # No name and no time in the header: the same rows are the same bytes.
        return self._open.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=plain, mtime=0, compresslevel=6))

    def _publish(self) -> None:
        files = sorted(str(path.relative_to(self._half_made)) for path in self._half_made.rglob("*") if path.is_file())
        (self._out / _MARK).write_text(json.dumps(sorted({*files, *self._written()}), indent=1))
        for feed in FEEDS:
            shutil.rmtree(self._out / feed, ignore_errors=True)
            (self._half_made / feed).rename(self._out / feed)
        (self._out / _MARK).write_text(json.dumps(files, indent=1))

    def _present(self) -> set[str]:
        return {
            str(path.relative_to(self._out))
            for feed in FEEDS
            for path in (self._out / feed).rglob("*")
            if path.is_file()
        }

    def _written(self) -> set[str]:
        mark = self._out / _MARK
        return set(json.loads(mark.read_text())) if mark.exists() else set()
