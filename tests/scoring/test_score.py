"""The step of a refresh, on a small build: what it leaves, that SQL scores alike, and that nothing is fitted twice."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

from ingest.errors import RevloopError
from orchestration.scoring import night
from orchestration.scoring.score import Terms, score
from orchestration.scoring.training_rows import TrainingRows
from tests.scoring.frames import company

AS_OF = datetime(2026, 3, 17, tzinfo=UTC)
TERMS = Terms(AS_OF, "UTC", 90, 120, "these seeds and this code")
FIRST_MONTH = "timestamptz '2024-12-01'"

STEPS = """
create schema intermediate;
create schema seeds;
create table intermediate.int_score_grade_bands as
select * from (values
    ('fit', 'A', 30, null, 1), ('fit', 'B', null, 30, 2),
    ('behaviour', '1', 40, null, 1), ('behaviour', '2', null, 40, 2)
) as bands (axis, grade, from_points, below_points, grade_position);
create table seeds.public_domains as select 'gmail.com' as company_domain;
create table seeds.segments as select 'smb' as segment, 0 as min_employees;
create table seeds.score_feature_allow as select 'answers' as feature;
"""

SCORED = """
with features as (
    select
        "row",
        unnest(['fit_points', 'behaviour_points', 'acts', 'answers', 'days_since_captured', 'days_since_buyer_act'])
            as feature,
        unnest([fit_points, behaviour_points, acts, answers, days_since_captured, days_since_buyer_act]) as value,
        null as text
    from scored
    union all
    select "row", 'lead_source', null, lead_source from scored
    union all
    select "row", 'employee_band', null, employee_band from scored
)

select features."row", any_value(models.intercept) + sum(terms.contribution) as log_odds, count(*) as terms
from features
inner join scoring.terms
    on
        features.feature = terms.feature
        and case
            when terms.is_missing then features.value is null and features.text is null
            when terms.value_text is not null then features.text = terms.value_text
            when features.text is not null
                then not exists (
                    select 1 from scoring.terms as named
                    where named.feature = features.feature and named.value_text = features.text
                )
            else
                (terms.low is null or terms.low <= features.value)
                and (terms.high is null or features.value < terms.high)
                and features.value is not null
        end
cross join scoring.models
group by features."row"
order by features."row"
"""


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build whose features are those of a company with known chances."""
    folder = tmp_path / "night"
    folder.mkdir()
    known = company(5).frame
    rows = {  # noqa: F841
        "lead_id": known.lead.astype(str),
        "month": known.period,
        "fit_points": known.features["age"] % 60,
        "behaviour_points": known.features["points"],
        "acts": known.features["acts"],
        "days_since_captured": known.features["age"],
        "days_since_buyer_act": known.features["days_since_act"],
        "lead_source": known.source.astype(str),
        "employee_band": known.segment.astype(str),
        "label": known.label,
        "company": known.group.astype(str),
    }
    with duckdb.connect(folder / "build.duckdb") as connection:
        connection.execute(STEPS)
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'; create schema marts")
        connection.execute(
            f"""
            create table marts.fct_lead_features as
            select
                lead_id, {FIRST_MONTH} + to_months(month::integer) as scored_at, 1 as cycle_number,
                fit_points, behaviour_points, acts::integer as acts,
                days_since_captured::integer as days_since_captured,
                case when not isnan(days_since_buyer_act) then days_since_buyer_act end as days_since_buyer_act,
                case when label or hash(lead_id) % 4 > 0 then 1 end as answers,
                lead_source, case when fit_points > 5 then employee_band end as employee_band,
                label as has_opportunity_within_horizon
            from rows
            """
        )
        connection.execute(
            "insert into marts.fct_lead_features "
            "select * replace (timestamptz '2026-03-17' as scored_at, null as has_opportunity_within_horizon) "
            "from marts.fct_lead_features using sample 500 rows (reservoir, 1)"
        )
        # Who comes to an opportunity was captured on the day it is scored, all others a month before.
        connection.execute(
            "create table marts.dim_leads as select lead_id, company as company_domain, "
            f"{FIRST_MONTH} + to_months(month::integer - if(label, 0, 1)) as captured_at from rows"
        )
    return folder


@pytest.fixture
def scored(build: Path) -> Callable[..., dict[str, list[tuple]]]:
    """Score a build with its models beside it; what its tables hold then."""

    def run(terms: Terms = TERMS) -> dict[str, list[tuple]]:
        score(build, build.parent / "models", terms, lambda line: None)
        with duckdb.connect(build / "build.duckdb") as connection:
            tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'scoring'")
            return {
                name: connection.execute(f"select * from scoring.{name} order by all").fetchall()
                for (name,) in tables.fetchall()
            }

    return run


def change(build: Path, statement: str, file: str = "warehouse") -> None:
    with duckdb.connect(build / f"{file}.duckdb") as connection:
        connection.execute(statement)


def test_sql_scores_as_python_does(build: Path, scored: Callable[..., dict[str, list[tuple]]]) -> None:
    found = scored()
    [(version, kind, is_live, refused, *_)] = found["models"]
    assert (kind, is_live, refused) == ("model", True, None)
    assert version in ("2026-03-logistic", "2026-03-boosting")
    assert len([row for row in found["quality"] if row[2] == "all"]) == 4
    assert sum(row[3] for row in found["calibration_bins"] if row[1] == "all") > 0
    with duckdb.connect(build / "build.duckdb") as connection:
        connection.execute(f"attach '{build / 'warehouse.duckdb'}' as warehouse (read_only)")
        # As training rows, so that Python reads them as it reads those.
        rows = TrainingRows(connection, "UTC", 90)
        frame, instants = rows.read()
        connection.execute(
            'create temp table scored as select *, row_number() over (order by lead_id, scored_at) as "row" '
            "from warehouse.marts.fct_lead_features where has_opportunity_within_horizon is not null"
        )
        by_sql = connection.execute(SCORED).fetchall()
        allowed = frozenset({"answers"})
    assert {terms for *_, terms in by_sql} == {8}, "one term of each feature holds"
    from orchestration.scoring.candidates import CANDIDATES
    from orchestration.scoring.recipe import fit

    chosen = version.removeprefix("2026-03-")
    model = fit(frame, allowed, {chosen: CANDIDATES[chosen]}).model
    by_python = model.probability(frame.features, len(frame))
    assert np.abs(1 / (1 + np.exp(-np.array([row[1] for row in by_sql]))) - by_python).max() < 1e-9
    assert len(instants) == 12


def test_a_kept_fit_is_what_a_repeated_one_is(
    build: Path, scored: Callable[..., dict[str, list[tuple]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scored()
    [kept] = (build.parent / "models").glob("*.json")
    text = kept.read_bytes()
    change(build, "delete from scoring.terms; delete from scoring.models", "build")
    with monkeypatch.context() as patched:
        patched.setattr(night, "fitted", None)
        assert scored() == first, "read, not fitted"
    kept.unlink()
    change(build, "drop schema scoring cascade", "build")
    assert scored() == first, "fitted again"
    assert kept.read_bytes() == text
    kept.write_text(text.decode()[:-500])
    change(build, "drop schema scoring cascade", "build")
    assert scored() == first, "a damaged file costs a fit"
    assert kept.read_bytes() == text


def test_a_fit_is_repeated_when_what_it_goes_by_changed_and_not_else(
    build: Path, scored: Callable[..., dict[str, list[tuple]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = []
    fitted = night.fitted
    monkeypatch.setattr(night, "fitted", lambda *terms: fits.append(1) or fitted(*terms))
    scored()
    assert len(fits) == 1
    # Another day of the month, and whoever is scored tonight, teach nothing.
    scored(Terms(datetime(2026, 3, 18, tzinfo=UTC), *list(vars(TERMS).values())[1:]))
    change(build, "update marts.fct_lead_features set acts = 99 where has_opportunity_within_horizon is null")
    change(build, "create or replace table marts.fct_lead_features as from marts.fct_lead_features order by acts")
    scored()
    assert len(fits) == 1
    change(build, "update marts.fct_lead_features set acts = 99 where lead_id = 'lead-000007'")
    scored()
    assert len(fits) == 2
    scored(Terms(AS_OF, "UTC", 90, 120, "other seeds"))
    assert len(fits) == 3
    assert scored(Terms(datetime(2026, 4, 1, tzinfo=UTC), *list(vars(TERMS).values())[1:]))["models"][0][0].startswith(
        "2026-04-"
    )
    assert len(fits) == 4


def test_a_night_with_a_kept_fit_loads_no_library_of_learning(build: Path, scored: Callable[..., object]) -> None:
    scored()
    change(build, "drop schema scoring cascade", "build")
    code = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from orchestration.scoring.score import Terms, score\n"
        f"score(Path({str(build)!r}), Path({str(build.parent / 'models')!r}), "
        f"Terms(datetime(2026, 3, 17, tzinfo=UTC), *{list(vars(TERMS).values())[1:]!r}), print)\n"
        "print(sorted(name for name in ('sklearn', 'scipy', 'pandas') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "as its training rows are what they were" in done.stdout


def test_a_model_file_can_be_read(build: Path, scored: Callable[..., object]) -> None:
    scored()
    [path] = (build.parent / "models").glob("*.json")
    told = json.loads(path.read_text())
    assert path.name.startswith(told["models"][0]["model_version"])
    assert told["models"][0]["fitted_from"] == "2024-12-01T00:00:00+00:00"
    assert {term["feature"] for term in told["terms"]} >= {"behaviour_points", "lead_source"}
    assert set(told["libraries"]) == {"numpy", "scipy", "scikit-learn"}
    assert [(leak["feature"], leak["is_allowed"]) for leak in told["left_out_features"]] == [("answers", True)]


def test_the_newest_are_those_that_were_captured_last(build: Path, scored: Callable[..., object]) -> None:
    scored()
    with duckdb.connect(build / "build.duckdb") as connection:
        query = "select roc_auc from scoring.quality where score_kind = 'newest_first' and segment = 'all'"
        assert connection.execute(query).fetchall() == [(1,)]


def test_a_build_without_any_labels_is_too_short(build: Path, scored: Callable[..., dict[str, list[tuple]]]) -> None:
    change(build, "delete from marts.fct_lead_features")
    found = scored()
    assert found["models"][0][:4] == ("2026-03-logistic", "model", False, "too_short")
    assert found["terms"] == found["calibration_bins"] == []
    assert [(row[1], row[5], row[7], row[22]) for row in found["quality"]] == [
        ("model", 0, None, False),
        ("newest_first", 0, None, False),
        ("rule", 0, None, True),
        ("source_rate", 0, None, False),
    ]


def test_a_fit_that_fails_says_so_in_one_line(scored: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*terms: object) -> None:
        raise ValueError("Input X contains infinity\nor a value too large")

    monkeypatch.setattr(night, "fitted", fail)
    with pytest.raises(RevloopError, match=r"^the leads could not be scored: Input X contains infinity$"):
        scored()
