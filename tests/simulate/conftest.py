"""The staff and the simulated company that the tests share."""

import datetime as dt

import pytest

from ingest.simulate import simulate
from ingest.simulate.reps import Rep
from tests.simulate.strict_reader import Landed, read_back


@pytest.fixture(scope="session")
def reps() -> list[Rep]:
    """A small staff: one changes team, one leaves, one comes late."""

    def rep(rep_id: str, team: str, started: str, ended: str | None = None) -> Rep:
        until = dt.date.fromisoformat(ended) if ended else None
        return Rep(rep_id, team, "any", dt.date.fromisoformat(started), until)

    return [
        rep("anna", "inbound_sr", "2023-01-01", "2025-03-01"),
        rep("anna", "smb_ae", "2025-03-01"),
        rep("ben", "inbound_sr", "2024-02-01"),
        rep("cho", "outbound_ebr", "2023-01-01", "2026-01-01"),
        rep("dora", "outbound_ebr", "2024-09-01"),
        rep("eun", "smb_ae", "2023-01-01"),
        rep("fritz", "enterprise_ae", "2023-01-01"),
        rep("gita", "csm", "2023-01-01", "2025-10-01"),
        rep("hugo", "csm", "2025-01-01"),
    ]


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory, reps: list[Rep]) -> Landed:
    """The company of 2,000 leads, read back."""
    out = tmp_path_factory.mktemp("company")
    return read_back(out, simulate(2_000, out, seed=11, reps=reps))
