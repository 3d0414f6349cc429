"""A company's leads are scored by the model that its file tells, and a fit that is kept is what a new one would be."""

import json
import math
import shutil
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.simulate.clock import END_DATE
from tests.conftest import Workplace

OTHERS = ("lead_id", "scored_at", "cycle_number", "has_opportunity_within_horizon")


def model_of(company: Workplace) -> dict:
    """The one model file of a data folder."""
    [path] = (company.data / "models").glob("*.json")
    return json.loads(path.read_text(encoding="utf-8"))


def probability(model: dict, features: dict[str, object]) -> float:
    """The chance of a lead with these features, by what a person reads in a model file."""
    terms = defaultdict(list)
    for term in model["terms"]:
        terms[term["feature"]].append(term)
    log_odds = model["models"][0]["intercept"]
    for feature, of_feature in terms.items():
        value = features[feature]
        texts = [term for term in of_feature if term["value_text"] is not None and term["value_text"] == value]
        if value is None:
            holding = [term for term in of_feature if term["is_missing"]]
        elif isinstance(value, str):
            others = [term for term in of_feature if term["value_text"] is None and not term["is_missing"]]
            holding = texts or others
        else:
            holding = [
                term
                for term in of_feature
                if not term["is_missing"]
                and (term["low"] is None or term["low"] <= value)
                and (term["high"] is None or value < term["high"])
            ]
        [term] = holding
        log_odds += term["contribution"]
    return 1 / (1 + math.exp(-log_odds))


def test_each_lead_has_the_chance_that_the_model_file_tells(usual_company: Workplace) -> None:
    model = model_of(usual_company)
    assert model["models"][0]["is_live"], model["models"]
    columns = [
        name
        for (name,) in usual_company.rows(
            "select column_name from information_schema.columns where table_name = 'fct_lead_features' order by all"
        )
        if name not in OTHERS
    ]
    rows = usual_company.rows(
        f"select scores.opportunity_probability, {', '.join(f'features.{name}' for name in columns)} "
        "from marts.fct_lead_scores as scores inner join marts.fct_lead_features as features using (lead_id) "
        "where features.has_opportunity_within_horizon is null and scores.is_rankable"
    )
    assert len(rows) > 500
    for foreseen, *values in rows:
        assert foreseen == pytest.approx(probability(model, dict(zip(columns, values, strict=True))), abs=1e-6)


def test_quality_is_told_of_four_orders_and_one_is_live(usual_company: Workplace) -> None:
    rows = usual_company.rows(
        "select score_kind, is_live, lead_count from marts.kpi_score_quality where segment = 'all'"
    )
    assert sorted(kind for kind, *_ in rows) == ["model", "newest_first", "rule", "source_rate"]
    assert [kind for kind, is_live, _ in rows if is_live] == ["model"]
    [(tested,)] = usual_company.rows(
        "select count(*) from marts.fct_lead_features where scored_at in (select distinct scored_at "
        "from marts.fct_lead_features where has_opportunity_within_horizon is not null "
        "order by scored_at desc limit 3)"
    )
    assert {count for *_, count in rows} == {tested}


def test_kept_and_repeated_fits_publish_equal_marts(usual_company: Workplace, tmp_path: Path) -> None:
    day = (END_DATE + timedelta(days=1)).isoformat()
    kept, repeated = usual_company.copied_to(tmp_path / "kept"), usual_company.copied_to(tmp_path / "repeated")
    done = kept.revloop("refresh", "--as-of", day)
    assert done.returncode == 0, done.stderr
    assert "as its training rows are what they were" in done.stderr
    shutil.rmtree(repeated.data / "models")
    done = repeated.revloop("refresh", "--as-of", day, "--full")
    assert done.returncode == 0, done.stderr
    assert "fitted anew" in done.stderr
    assert model_of(repeated) == model_of(kept)
    assert repeated.fingerprint() == kept.fingerprint()
