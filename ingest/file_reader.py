"""A landed file as staging takes it: known again by its bytes, read by the reader of its format."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ingest.csv_files import load_csv
from ingest.files import LandedFile, readable_by_engines, sha256, state_of
from ingest.jsonl_files import load_jsonl
from ingest.origins import Account
from ingest.parquet_files import load_parquet
from ingest.staging import Staging

_LOADERS = {"csv": load_csv, "jsonl": load_jsonl, "parquet": load_parquet}


@dataclass(frozen=True)
class FileReader:
    """Reads one file; a link to one whose name engines do not take is made in the temporary folder."""

    origin: LandedFile
    temp_directory: Path | None = None
    kind: ClassVar[str] = "file"

    @property
    def origins(self) -> tuple[LandedFile]:
        """The file, which has rows of one feed."""
        return (self.origin,)

    def state(self) -> tuple[int, int, int] | None:
        """Its inode, size and time of change, None where it is out of reach."""
        return state_of(self.origin.path)

    def fingerprint(self) -> str:
        """The SHA-256 of its bytes."""
        return sha256(self.origin.path)

    def read_with(self) -> frozenset[str]:
        """Nothing else: a feed's rows say all themselves."""
        return frozenset()

    def stage(self, staging: Staging) -> Account:
        """Let all of its rows wait; returns its columns that the feed does not know."""
        with readable_by_engines(self.origin, self.temp_directory) as readable:
            return Account(_LOADERS[readable.format](staging, readable))
