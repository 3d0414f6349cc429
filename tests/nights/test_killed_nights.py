"""A night may die at any moment: readers keep the previous publication whole, and the next night makes good."""

import random
import signal
import time

import pytest

from tests.conftest import Workplace
from tests.nights.conftest import COMPANY_AS_OF

KILLS = 3


@pytest.fixture(scope="module")
def nights(small_company: Workplace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workplace, Workplace, float]:
    """The same company twice, each with a first night; the undisturbed one has its second too, which took so long."""
    disturbed, undisturbed = (
        small_company.copied_to(tmp_path_factory.mktemp("killed") / name) for name in ("disturbed", "undisturbed")
    )
    for workplace in (disturbed, undisturbed):
        workplace.land("leads/later.csv", "lead_id,created_at\nlate-1,2026-06-01\nlate-2,no day\n")
    begun = time.monotonic()
    done = undisturbed.revloop_process("refresh", *COMPANY_AS_OF)
    assert done.returncode == 0, done.stderr
    return disturbed, undisturbed, time.monotonic() - begun


def test_a_night_killed_at_random_moments_is_as_if_it_had_not_been(
    nights: tuple[Workplace, Workplace, float],
) -> None:
    disturbed, undisturbed, seconds = nights
    before = disturbed.fingerprint()
    moments = random.Random(20260701)
    for _ in range(KILLS):
        process = disturbed.start("refresh", *COMPANY_AS_OF)
        time.sleep(moments.uniform(0.5, seconds))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert disturbed.fingerprint() in (before, undisturbed.fingerprint())
        assert not list(disturbed.published.parent.glob("*.wal"))
    disturbed.refresh(*COMPANY_AS_OF)
    assert disturbed.fingerprint() == undisturbed.fingerprint()
    read = "select feed, sum(rows_read), sum(rows_quarantined) from marts.kpi_data_quality group by 1"
    assert sorted(disturbed.rows(read)) == sorted(undisturbed.rows(read))
    raw = "select 'leads', count(*) from raw.leads union all select 'quarantine', count(*) from raw.quarantine"
    assert disturbed.rows(raw, disturbed.data / "store.duckdb") == undisturbed.rows(
        raw, undisturbed.data / "store.duckdb"
    )
