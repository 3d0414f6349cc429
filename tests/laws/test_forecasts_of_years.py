"""The forecast of a company that lives for years, on 24 past month ends, against what came, as its simulation knows it.

Only what tells of opportunities is loaded: no forecast reads what leads read and visit. -rA shows the figures.
"""

import datetime as dt
import sys
from collections import defaultdict
from dataclasses import astuple, dataclass
from itertools import groupby
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ingest.simulate import simulate_years
from ingest.simulate.outcomes import Win
from ingest.simulate.reps import Rep
from tests.dbt_runs import DbtFolder, Project
from tests.laws import plain_forecast

# Eight quarters are one draw of the market. Of sixteen such companies together (seeds 1 to 16) the interval holds 80 to
# 86 of 100 days by segment and the forecast wins 94 of 100 comparisons; of each alone it holds 58 to 96. This is one.
LEADS, SEED = 40_000, 16
SINCE, UNTIL = dt.date(2018, 7, 1), dt.date(2026, 10, 1)
# The last month end lies behind, and something has happened since.
AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
SEGMENTS = ("smb", "mid_market", "enterprise", "all")
BASELINES = {3: ("static_weights", "last_year"), 2: ("static_weights", "last_year", "run_rate")}
BASELINES[1] = BASELINES[2]
COLUMNS = "forecast_as_of, period_quarter, segment, months_left, method, expected, p10, p90, actual"

Slice = tuple[str, int, str]


@dataclass(frozen=True)
class Origin:
    """What one method expected on one day of one quarter, and what came: by the mart and by the simulation."""

    forecast_as_of: dt.date
    expected: float | None
    p10: float | None
    p90: float | None
    actual: float | None
    truth: float

    @property
    def error(self) -> float:
        return abs((self.expected or 0) - self.truth)


@dataclass(frozen=True)
class Judged:
    """The origins of each segment, months left and method, in their order, and what the mart says of them."""

    company: DbtFolder
    origins: dict[Slice, list[Origin]]
    verdicts: dict[Slice, tuple[float, float | None, bool | None]]

    def wape(self, segment: str, months_left: int, method: str) -> float:
        origins = self.origins[segment, months_left, method]
        return sum(origin.error for origin in origins) / sum(origin.truth for origin in origins)


def staff() -> list[Rep]:
    """Two of each team, for as long as the company lives."""
    teams = ("inbound_sr", "outbound_ebr", "smb_ae", "enterprise_ae", "csm")
    return [Rep(f"{team}{number}", team, "any", SINCE, None) for team in teams for number in (1, 2)]


def keep_opportunities(landing: Path) -> None:
    """Leave out activities that name no opportunity."""
    for path in landing.glob("activities/*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.filter(pc.is_valid(table["opportunity_id"])), path)


def quarter_of(win: Win) -> dt.date:
    return dt.date(win.won_at.year, (win.won_at.month - 1) // 3 * 3 + 1, 1)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, parsed: Project) -> Judged:
    """The company of eight years, forecast and judged."""
    folder = tmp_path_factory.mktemp("years")
    report = simulate_years(LEADS, folder / "landing", seed=SEED, reps=staff(), since=SINCE, until=UNTIL)
    keep_opportunities(folder / "landing")
    truth: dict[tuple[dt.date, str], float] = defaultdict(float)
    for win in report.wins:
        for segment in (win.segment, "all"):
            truth[quarter_of(win), segment] += win.dollars
    data = DbtFolder(folder / "data", parsed)
    data.load(folder / "landing", dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    data.build(AS_OF.isoformat(), only="+kpi_forecast_backtest")
    rows = data.rows(f"select {COLUMNS} from marts.kpi_forecast_backtest order by 3, 4, 5, 1")
    numbers = [(row[0], row[1], row[2:5], [None if cell is None else float(cell) for cell in row[5:]]) for row in rows]
    verdicts = data.rows(
        "select distinct segment, months_left, method, wape, interval_coverage, beats_baselines"
        " from marts.kpi_forecast_backtest"
    )
    return Judged(
        data,
        {
            key: [Origin(day, *cells, truth[quarter, key[0]]) for day, quarter, _, cells in group]
            for key, group in groupby(numbers, lambda row: row[2])
        },
        {(row[0], row[1], row[2]): row[3:] for row in verdicts},
    )


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_interval_holds_what_came_on_70_to_90_of_100_days(judged: Judged, segment: str) -> None:
    origins = [origin for months in (3, 2, 1) for origin in judged.origins[segment, months, "model"]]
    assert len(origins) == 24
    held = [origin.p10 <= origin.truth <= origin.p90 for origin in origins]
    sys.stdout.write(f"{segment}: {sum(held)} of 24 within\n")
    assert 0.7 <= sum(held) / 24 <= 0.9


@pytest.mark.parametrize("months_left", [3, 2, 1])
@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_forecast_errs_less_than_each_baseline(judged: Judged, segment: str, months_left: int) -> None:
    wapes = {method: judged.wape(segment, months_left, method) for method in ("model", *BASELINES[months_left])}
    shown = ", ".join(f"{method} {wape:.3f}" for method, wape in wapes.items())
    sys.stdout.write(f"{segment}, {months_left} months left: wape {shown}\n")
    assert min(wapes, key=lambda method: wapes[method]) == "model"


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_mart_says_so(judged: Judged, segment: str) -> None:
    for months_left in (3, 2, 1):
        wape, coverage, beats = judged.verdicts[segment, months_left, "model"]
        known = [origin for origin in judged.origins[segment, months_left, "model"] if origin.actual is not None]
        assert wape == pytest.approx(
            sum(abs((origin.expected or 0) - (origin.actual or 0)) for origin in known)
            / sum(origin.actual or 0 for origin in known)
        )
        assert coverage == sum(origin.p10 <= origin.actual <= origin.p90 for origin in known) / len(known)
        assert (len(known), beats) == ((7, None) if months_left == 3 else (8, True))


@pytest.mark.parametrize("segment", SEGMENTS)
def test_the_mart_says_so_of_all_origins_together(judged: Judged, segment: str) -> None:
    ((origins, wape, coverage, beats),) = judged.company.rows(
        "select distinct overall_origins, overall_wape, overall_interval_coverage, overall_beats_baselines"
        f" from marts.kpi_forecast_backtest where method = 'model' and segment = '{segment}'"
    )
    sys.stdout.write(f"{segment}: {origins} complete origins, wape {wape:.3f}, {coverage:.3f} within\n")
    known = [origin for months in (3, 2, 1) for origin in judged.origins[segment, months, "model"] if origin.actual]
    assert origins == len(known) == 23
    assert coverage == sum(origin.p10 <= origin.actual <= origin.p90 for origin in known) / 23
    assert segment == "all" or 0.7 <= coverage <= 0.9
    assert beats


@pytest.mark.parametrize("segment", SEGMENTS)
def test_what_came_is_what_the_simulation_knows(judged: Judged, segment: str) -> None:
    known = [origin for months in (3, 2, 1) for origin in judged.origins[segment, months, "model"] if origin.actual]
    # A lead whose size was corrected or that was erased counts elsewhere or not at all.
    assert sum(origin.actual or 0 for origin in known) == pytest.approx(sum(one.truth for one in known), rel=0.03)
    if segment == "all":
        assert [origin.actual for origin in known] == pytest.approx([origin.truth for origin in known], rel=0.05)


def test_a_second_reading_day_by_day_forecasts_the_same(judged: Judged) -> None:
    known = [
        plain_forecast.Known(
            segment, created_at, status, closed_at, int(phase[1]), phase_entered_at, tuple(entered), amount, at_close
        )
        for segment, created_at, status, closed_at, phase, phase_entered_at, amount, at_close, *entered in (
            judged.company.rows_of_build(
                "select segment, created_at, status, closed_at, phase, phase_entered_at, amount::double,"
                " amount_at_close::double, p1_entered_at, p2_entered_at, p3_entered_at, p4_entered_at, p5_entered_at"
                " from build.intermediate.int_forecast_opportunities where is_current"
            )
        )
    ]
    expected = plain_forecast.expect(known, AS_OF, SEGMENTS[:3], 92)
    expected["all"] = plain_forecast.Expected(*map(sum, zip(*map(astuple, expected.values()), strict=True)))
    swings = {
        "all": plain_forecast.swings(known, AS_OF, [SEGMENTS[:3]]),
        "segment": plain_forecast.swings(known, AS_OF, [[segment] for segment in SEGMENTS[:3]]),
    }
    forecasts = judged.company.rows_of_build(
        "select segment, (expected - closed)::double, create_and_close::double, (p10 - closed)::double,"
        " (p90 - closed)::double from build.intermediate.int_forecasts"
        " where is_current and period_quarter = date '2026-07-01'"
    )
    assert {segment for segment, *_ in forecasts} == set(SEGMENTS)
    for segment, rest, new, p10, p90 in forecasts:
        one, (of_creations, of_wins) = expected[segment], swings.get(segment, swings["segment"])
        mean = one.open_amount + one.new_amount
        variance = one.variance + of_creations * one.new_amount**2 + of_wins * mean**2
        assert (rest, new) == pytest.approx((mean, one.new_amount), rel=1e-6)
        assert p10 == pytest.approx(plain_forecast.quantile(mean, variance, -plain_forecast.Z), rel=1e-6)
        assert p90 == pytest.approx(plain_forecast.quantile(mean, variance, plain_forecast.Z), rel=1e-6)
