"""SQL on the store lives in ingest, and readers of models: nobody else names the store's tables."""

import re

from tests.architecture.remedies import told
from tests.conftest import ROOT

# In SQL only: what Dagster calls an asset, or a docstring says, is no query.
TABLE_OF_THE_STORE = re.compile(
    r"\b(from|join|into|update|table|describe)\s+\(?(store\.)?(raw|ops)\.\w+", re.IGNORECASE
)


def test_no_sql_on_the_store_outside_of_ingest() -> None:
    files = sorted((ROOT / "orchestration").rglob("*.py"))
    assert files
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in files
        for found in TABLE_OF_THE_STORE.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, told(wrong, "Ask the store in a module of `ingest`, and call that.")
