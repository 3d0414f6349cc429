"""The mark of an erasure on its way: whom it concerns, in keyed hashes, so that any later run can finish it.

It is written before anything goes, says nothing of anybody once the store is rid of them, and goes when readers have a
publication without them. How a person is found, and what an erasure says, is in `erasure`.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.erase import erase_leads
from ingest.erased import lead_hash
from ingest.erasures import Erasure
from orchestration.data_folder import DataFolder, write_whole
from orchestration.outputs import ledger


@dataclass(frozen=True)
class Mark:
    """An erasure that has begun; `is_out_of_store` when only older publications still hold what it concerns."""

    erasure: Erasure = field(default_factory=Erasure)
    is_out_of_store: bool = False


def leave(folder: DataFolder, mark: Mark) -> None:
    """Write the mark, on the disk before anything is erased."""
    content = {
        "leads": sorted(mark.erasure.leads),
        "rows": sorted(map(list, mark.erasure.rows), key=str),
        "is_out_of_store": mark.is_out_of_store,
    }
    write_whole(folder.erase_pending, json.dumps(content))


def read(folder: DataFolder) -> Mark | None:
    """The mark of an erasure that is not finished. One of an earlier version is empty, and does not say whom."""
    if not folder.erase_pending.exists():
        return None
    text = folder.erase_pending.read_text(encoding="utf-8")
    if not text:
        return Mark()
    content = json.loads(text)
    rows = frozenset(tuple(row) for row in content["rows"])
    return Mark(Erasure(frozenset(content["leads"]), rows), content["is_out_of_store"])


def carry_out(folder: DataFolder, tell: Callable[[str], None]) -> None:
    """Take whom the mark names out of all but older publications. It may be killed, and is then done anew."""
    mark = read(folder)
    if mark is None or mark.is_out_of_store:
        return
    # A model may have learnt a value of one lead alone.
    for derived in (folder.night, folder.dev, folder.dbt, folder.models, folder.tmp):
        shutil.rmtree(derived, ignore_errors=not derived.exists())
    folder.prepare()
    key = folder.hash_key()
    if folder.ledger.exists():
        ledger.erase(folder.ledger, lambda lead_id: lead_hash(lead_id, key) in mark.erasure.leads)
    rows = erase_leads(folder.store, mark.erasure, key)
    tell(f"erase: {', '.join(f'{table} {count}' for table, count in rows.items())} rows")
    leave(folder, Mark(is_out_of_store=True))
