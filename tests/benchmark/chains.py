"""A part of the work in other engines: what one would write without a warehouse.

    python -m tests.benchmark.chains duckdb|polars|pandas FOLDER AS_OF

Every engine reads the same Parquet files (`frames` writes them), deduplicates leads and activities, follows stage
events (the last one counts) through gaps and islands, and makes daily flows and balances, velocity by month, and
features of the last 90 days, all in memory; it says what it found, so that the engines can be compared.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

REPORTS = ("stage_changed", "opportunity_phase_changed")
Found = dict[str, float]


def run_duckdb(folder: Path, as_of: datetime) -> Found:
    """The chain in DuckDB's SQL."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set threads = 2; set preserve_insertion_order = false; set memory_limit = '6GB'")
        connection.execute("set variable as_of = cast(? as timestamp)", [as_of])
        connection.execute(Path(__file__).with_name("chain.sql").read_text("utf-8").replace("FOLDER", str(folder)))
        names = ("intervals", "balance", "median_days", "leads", "acts_90", "points_90")
        return dict(zip(names, map(float, connection.execute("from found").fetchall()[0]), strict=True))


def run_polars(folder: Path, as_of: datetime) -> Found:
    """The chain in polars, lazy and streaming."""
    import polars as pl

    def current(name: str, key: str) -> pl.LazyFrame:
        rows = pl.scan_parquet(folder / f"{name}.parquet")
        repeated = rows.group_by(key).agg(pl.len(), latest=pl.col("version").max()).filter(pl.col("len") > 1)
        kept = rows.join(repeated.drop("len"), on=key, how="left").filter(
            pl.col("latest").is_null() | (pl.col("latest") == pl.col("version"))
        )
        return kept.filter(~pl.col("is_deleted"))

    kinds = pl.scan_parquet(folder / "kinds.parquet")
    size = pl.col("employee_count")
    segment = pl.when(size < 100).then(pl.lit("smb")).when(size < 1000).then(pl.lit("mid_market"))
    leads = current("leads", "lead_id").select("lead_id", segment=segment.otherwise(pl.lit("enterprise")))
    acts = (
        current("activities", "activity_id")
        .select("activity_id", "lead_id", "activity_type", "occurred_at", "stage")
        .join(leads, on="lead_id")
        .join(kinds, on="activity_type", how="left")
        .collect(engine="streaming")
        .lazy()
    )
    stage = pl.when(pl.col("activity_type").is_in(REPORTS)).then("stage").otherwise("stage_meant").cast(pl.Categorical)
    islands = (
        acts.select("lead_id", "segment", "occurred_at", "activity_id", stage=stage)
        .filter(pl.col("stage").is_not_null())
        .sort("lead_id", "occurred_at", "activity_id")
        .with_columns(from_stage=pl.col("stage").shift().over("lead_id"))
        .filter(pl.col("from_stage").ne_missing(pl.col("stage")))
        .with_columns(exited_at=pl.col("occurred_at").shift(-1).over("lead_id"))
        .with_columns(entered_on=pl.col("occurred_at").dt.date())
        .collect(engine="streaming")
    )
    flows = islands.group_by("entered_on", "segment", "from_stage", "stage").agg(pl.len())
    cells = pl.concat(
        [
            flows.select("entered_on", "segment", "stage", change=pl.col("len").cast(pl.Int64)),
            flows.filter(pl.col("from_stage").is_not_null()).select(
                "entered_on", "segment", stage="from_stage", change=-pl.col("len").cast(pl.Int64)
            ),
        ]
    )
    balances = (
        cells.group_by("entered_on", "segment", "stage")
        .agg(pl.col("change").sum())
        .sort("entered_on")
        .with_columns(balance=pl.col("change").cum_sum().over("segment", "stage"))
    )
    velocity = (
        islands.filter(pl.col("exited_at").is_not_null())
        .with_columns(days=(pl.col("exited_at").dt.date() - pl.col("entered_on")).dt.total_days())
        .group_by(pl.col("entered_on").dt.truncate("1mo"), "segment", "stage")
        .agg(pl.col("days").median())
    )
    age = (pl.lit(as_of.date()) - pl.col("occurred_at").dt.date()).dt.total_days()
    features = (
        acts.filter(pl.col("occurred_at") > as_of - timedelta(days=90))
        .with_columns(age=age)
        .group_by("lead_id")
        .agg(
            n7=(pl.col("age") <= 7).sum(),
            n30=(pl.col("age") <= 30).sum(),
            n90=pl.len(),
            points=(pl.col("points").fill_null(0) * 0.5 ** (pl.col("age") / 30)).sum(),
            last_at=pl.col("occurred_at").max(),
        )
        .collect(engine="streaming")
    )
    return {
        "intervals": float(islands.height),
        "balance": float(balances["balance"].sum()),
        "median_days": float(velocity["days"].sum()),
        "leads": float(features.height),
        "acts_90": float(features["n90"].sum()),
        "points_90": round(float(features["points"].sum()), 3),
    }


def run_pandas(folder: Path, as_of: datetime) -> Found:
    """The chain in pandas."""
    import pandas as pd

    def current(name: str, key: str) -> pd.DataFrame:
        rows = pd.read_parquet(folder / f"{name}.parquet")
        repeated = rows[key].duplicated(keep=False)
        latest = rows[repeated].sort_values("version").drop_duplicates(key, keep="last")
        rows = pd.concat([rows[~repeated], latest])
        return rows[~rows["is_deleted"]].drop(columns=["is_deleted", "version"])

    kinds = pd.read_parquet(folder / "kinds.parquet")
    leads = current("leads", "lead_id")
    leads["segment"] = pd.cut(
        leads["employee_count"], [-1, 99, 999, float("inf")], labels=["smb", "mid_market", "enterprise"]
    )
    acts = current("activities", "activity_id").merge(leads[["lead_id", "segment"]], on="lead_id")
    acts = acts.merge(kinds, on="activity_type", how="left")
    events = acts[["lead_id", "segment", "occurred_at", "activity_id"]].copy()
    events["stage"] = acts["stage_meant"].where(~acts["activity_type"].isin(REPORTS), acts["stage"])
    events = events[events["stage"].notna()].sort_values(["lead_id", "occurred_at", "activity_id"])
    events["stage"] = events["stage"].astype("category")
    is_same = (events["lead_id"] == events["lead_id"].shift()) & (events["stage"] == events["stage"].shift())
    islands = events[~is_same].copy()
    is_first = islands["lead_id"] != islands["lead_id"].shift()
    is_last = islands["lead_id"] != islands["lead_id"].shift(-1)
    islands["from_stage"] = islands["stage"].shift().where(~is_first)
    islands["exited_at"] = islands["occurred_at"].shift(-1).where(~is_last)
    islands["entered_on"] = islands["occurred_at"].dt.floor("D")
    by_cell = ["entered_on", "segment", "stage"]
    entered = islands.groupby(by_cell, observed=True).size()
    left = islands.dropna(subset=["from_stage"]).groupby(["entered_on", "segment", "from_stage"], observed=True).size()
    changes = entered.sub(left.rename_axis(by_cell), fill_value=0).sort_index()
    balances = changes.groupby(["segment", "stage"], observed=True).cumsum()
    stays = islands.dropna(subset=["exited_at"])
    days = (stays["exited_at"].dt.floor("D") - stays["entered_on"]).dt.days
    month = stays["entered_on"].dt.to_period("M")
    velocity = days.groupby([month, stays["segment"], stays["stage"]], observed=True).median()
    recent = acts[acts["occurred_at"] > as_of - timedelta(days=90)]
    age = (pd.Timestamp(as_of) - recent["occurred_at"].dt.floor("D")).dt.days
    features = (
        pd.DataFrame(
            {
                "lead_id": recent["lead_id"],
                "n7": age <= 7,
                "n30": age <= 30,
                "n90": 1,
                "points": recent["points"].fillna(0) * 0.5 ** (age / 30),
                "last_at": recent["occurred_at"],
            }
        )
        .groupby("lead_id")
        .agg({"n7": "sum", "n30": "sum", "n90": "sum", "points": "sum", "last_at": "max"})
    )
    return {
        "intervals": float(len(islands)),
        "balance": float(balances.sum()),
        "median_days": float(velocity.sum()),
        "leads": float(len(features)),
        "acts_90": float(features["n90"].sum()),
        "points_90": round(float(features["points"].sum()), 3),
    }


def main() -> None:
    chains: dict[str, Callable[[Path, datetime], Found]] = {
        "duckdb": run_duckdb,
        "polars": run_polars,
        "pandas": run_pandas,
    }
    engine, folder, as_of = sys.argv[1:]
    sys.stdout.write(json.dumps(chains[engine](Path(folder), datetime.fromisoformat(as_of))) + "\n")


if __name__ == "__main__":
    main()
