"""The same texts are the same rows, good or bad, whatever the format of their file."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.fuzz.mutants import GOOD, ODD_TEXTS
from tests.ingest.test_values import WRITERS

TEXTS = [text for text in ODD_TEXTS if text.isascii() or text.isprintable() or text.isspace()]
CONTENT = "select * exclude (_batch_id, _loaded_at, _source) from raw.{0} order by _source_row"
REFUSED = "select source_row, reason, detail, row_key from raw.quarantine order by source_row"


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[dict[str, str]]]:
    """A feed, and rows of it with odd texts in some columns."""
    feed = draw(st.sampled_from(sorted(GOOD)))
    names = [*GOOD[feed], "note"]
    odd = st.dictionaries(st.sampled_from(names), st.sampled_from(TEXTS), max_size=2)
    return feed, [{"note": "", **GOOD[feed], **changes} for changes in draw(st.lists(odd, min_size=1, max_size=12))]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(file=files())
def test_every_format_says_the_same(make_company: Callable[[], Any], file: tuple[str, list[dict[str, str]]]) -> None:
    feed, rows = file
    found = []
    for ending, write in WRITERS.items():
        company = make_company()
        company.write(f"{feed}/a.{ending}", write(rows, list(rows[0])))
        counted = company.load().feeds[feed]
        assert counted.rows_read == len(rows) == counted.rows_accepted + counted.rows_quarantined
        found.append((company.rows(CONTENT.format(feed)), company.rows(REFUSED)))
    assert found[0] == found[1] == found[2]
