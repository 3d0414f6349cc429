"""The tables that scoring leaves in a build, for models to read. They are there from the start, empty."""

import duckdb

SCHEMA = "scoring"

# By table: column and type, in order.
TABLES = {
    "models": {
        "model_version": "varchar",
        "score_kind": "varchar",
        "is_live": "boolean",
        "refused_reason": "varchar",
        "intercept": "double",
        "fitted_from": "timestamptz",
        "fitted_to": "timestamptz",
        "row_count": "bigint",
        "fit_key": "varchar",
    },
    "terms": {
        "model_version": "varchar",
        "feature": "varchar",
        "low": "double",
        "high": "double",
        "value_text": "varchar",
        "is_missing": "boolean",
        "contribution": "double",
    },
    "quality": {
        "model_version": "varchar",
        "score_kind": "varchar",
        "segment": "varchar",
        "tested_from": "timestamptz",
        "tested_to": "timestamptz",
        "lead_count": "bigint",
        "positive_count": "bigint",
        "base_rate": "double",
        "roc_auc": "double",
        "auc_low": "double",
        "auc_high": "double",
        "pr_auc": "double",
        "lift_10": "double",
        "lift_20": "double",
        "capture_20": "double",
        "brier": "double",
        "brier_skill": "double",
        "log_loss": "double",
        "calibration_error": "double",
        "calibration_slope": "double",
        "input_drift": "double",
        "base_rate_change": "double",
        "is_live": "boolean",
        "refused_reason": "varchar",
    },
    "calibration_bins": {
        "model_version": "varchar",
        "segment": "varchar",
        "bin": "integer",
        "lead_count": "bigint",
        "mean_probability": "double",
        "observed_rate": "double",
        "low": "double",
        "high": "double",
        "greatest_probability": "double",
    },
    "left_out_features": {
        "model_version": "varchar",
        "feature": "varchar",
        "reason": "varchar",
        "is_allowed": "boolean",
    },
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what is missing, in the file that the connection has open as its own."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    for name, columns in TABLES.items():
        described = ", ".join(f"{column} {type_name}" for column, type_name in columns.items())
        connection.execute(f"create table if not exists {SCHEMA}.{name} ({described})")
