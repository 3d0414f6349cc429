"""Files that nobody here made; they lie outside of the project and may be absent."""

import os
from pathlib import Path
from typing import Any

import pytest

SHARED_DATA = Path(os.environ.get("REVLOOP_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
RESAVED = SHARED_DATA / "dirty" / "excel_resaved.csv"
# The file has no time of creation, so each line gets one in front, its quotes as they are.
KNOWN_NAMES = {
    "Prospect ID": "lead_id",
    "Lead Source": "lead_source",
    "Do Not Email": "opted_out",
    "What is your current occupation": "job_title",
    "Specialization": "industry",
}


@pytest.mark.skipif(not RESAVED.exists(), reason=f"{RESAVED} is absent")
def test_rows_quoted_whole_by_a_spreadsheet_are_quarantined_and_the_others_accepted(
    company: Any,
) -> None:
    header, *lines = RESAVED.read_text(encoding="utf-8").splitlines()
    names = [KNOWN_NAMES.get(name, name) for name in header.split(",")]
    dated = [",".join(["created_at", *names]), *(f"2025-01-01,{line}" for line in lines)]
    company.write("leads/resaved.csv", "\r\n".join(dated))
    report = company.load().feeds["leads"]
    assert (report.rows_read, report.rows_accepted) == (9240, 8902)
    assert report.reasons == {"unparseable_row": 338}
    details = company.rows("select distinct detail from raw.quarantine")
    assert details == [
        (
            "2 fields where the header has 38: one of them holds 37 in quotes, "
            "as a spreadsheet saves a line that it took for one cell",
        )
    ]
    quoted_whole = {line for line in lines if line.startswith('"') and line.endswith('"')}
    assert {raw.removeprefix("2025-01-01,") for (raw,) in company.quarantined("raw_row")} == (quoted_whole)


LANDINGS = {
    "loan_applications": (13_087, 262_200, 2_246),
    "olist": (8_000, 9_684, 842),
    "maven": (8_800, 23_811, 0),
    "ravenstack": (500, 25_000, 5_000),
}


@pytest.mark.parametrize("name", LANDINGS)
@pytest.mark.skipif(not SHARED_DATA.exists(), reason=f"{SHARED_DATA} is absent")
def test_every_row_of_the_real_sets_is_read(company: Any, name: str) -> None:
    company.landing.rmdir()
    company.landing = SHARED_DATA / name / "landing"
    report = company.load()
    assert tuple(report.feeds[feed].rows_read for feed in ("leads", "activities", "contracts")) == (LANDINGS[name])
    assert not any(feed.reasons for feed in report.feeds.values())
