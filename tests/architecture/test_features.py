"""What a score looks at, told twice: by the macro of its words and by the columns of the mart that holds it."""

from typing import Any

import jinja2
import yaml

from orchestration.scoring.training_rows import OTHERS
from tests.architecture.remedies import told
from tests.dbt_runs import DBT_PROJECT


def score_features() -> dict[str, dict[str, Any]]:
    """What the macro returns."""
    returned: list[dict[str, dict[str, Any]]] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["return"] = returned.append
    text = (DBT_PROJECT / "macros" / "features.sql").read_text(encoding="utf-8")
    environment.from_string(text).module.score_features()
    [features] = returned
    return features


def feature_columns() -> dict[str, bool]:
    """The features of the mart, in its order, and whether each is a text."""
    path = DBT_PROJECT / "models" / "marts" / "scoring" / "fct_lead_features.yml"
    [model] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    return {
        column["name"]: column["data_type"] == "varchar" for column in model["columns"] if column["name"] not in OTHERS
    }


def test_every_feature_of_the_mart_has_its_words_in_the_marts_order() -> None:
    worded = [(name, feature.get("is_text", False)) for name, feature in score_features().items()]
    columns = list(feature_columns().items())
    differing = [str(pair) for pair in set(worded) ^ set(columns)]
    assert worded == columns, told(
        sorted(differing),
        "Give score_features() of macros/features.sql one row per feature of fct_lead_features, in the order of its "
        "columns, with is_text for a varchar; what is no feature is named in OTHERS of training_rows.py.",
    )


def test_no_two_features_are_called_alike() -> None:
    words = [feature["words"] for feature in score_features().values()]
    twice = sorted({name for name in words if words.count(name) > 1})
    assert not twice, told(twice, "A factor is told by its words: give each feature of score_features() its own.")
