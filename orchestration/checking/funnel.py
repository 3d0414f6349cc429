"""The funnel that the checked rows would give, told from the marts that the project's own models made of them.

Which models that takes is said here; how they are built, in `build`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from ingest import accepted_rows
from orchestration.checking.findings import Finding, look, rows, told_of
from orchestration.checking.vocabulary import Vocabulary
from orchestration.process_vars import read_vars

MODELS = (
    "fct_stage_transitions",
    "fct_stage_milestones",
    "fct_opportunities",
    "fct_mrr_movements",
    "kpi_unlisted_values",
)
MOST_TYPES_SHOWN = 8
MOST_OUTCOMES_SHOWN = 5
# Types that move a lead, or an opportunity, by themselves.
_MOVING = ("stage_changed", "disqualified", "recycled")
_LEADS = (
    "select count(distinct lead_id), count(*) filter (where from_stage is not null) from marts.fct_stage_transitions"
)
_REACHED = "select stage, count(distinct lead_id) from marts.fct_stage_milestones group by stage"
_NOW_IN = "select to_stage, count(*) from marts.fct_stage_transitions where exited_at is null group by to_stage"
_OPPORTUNITIES = "select status, count(*) from marts.fct_opportunities group by status"
_MRR = """
select coalesce(sum(closing_mrr), 0)::decimal(18, 2), count(*) filter (where closing_mrr > 0) from (
    select customer_id, arg_max(closing_mrr, movement_date) as closing_mrr
    from marts.fct_mrr_movements group by customer_id
)
"""


def told(marts: duckdb.DuckDBPyConnection, project: Path, vocabulary: Vocabulary, as_of: datetime) -> Iterator[Finding]:
    """The funnel, a line for each of its parts."""
    stages = vocabulary.seeds["stages"]
    [(leads, _)] = marts.execute(_LEADS).fetchall()
    reached = dict(marts.execute(_REACHED).fetchall())
    now_in = dict(marts.execute(_NOW_IN).fetchall())
    steps = [stage for stage in stages if stage["kind"] == "success"]
    steps.sort(key=lambda stage: int(stage["rank"]))
    yield told_of(
        f"{leads:,} {'lead' if leads == 1 else 'leads'} as of {as_of:%Y-%m-%d %H:%M} UTC, by the stages they reached:"
    )
    for stage in steps:
        yield told_of(f"  {stage['label_en']:<26}{reached.get(stage['stage'], 0):>9,}")
    off = [
        f"{stage['label_en'].lower()} {now_in[stage['stage']]:,}"
        for stage in stages
        if stage["kind"] != "success" and stage["stage"] in now_in
    ]
    yield told_of(f"off the path now: {', '.join(off) or 'none'}")
    found = dict(marts.execute(_OPPORTUNITIES).fetchall())
    counts = ", ".join(f"{found.get(status, 0):,} {status}" for status in ("open", "won", "lost"))
    total = sum(found.values())
    yield told_of(f"{total:,} {'opportunity' if total == 1 else 'opportunities'}: {counts}")
    [(mrr, customers)] = marts.execute(_MRR).fetchall()
    currency = read_vars(project).get("reporting_currency")
    yield told_of(f"MRR today: {mrr:,} {currency} of {customers:,} {'customer' if customers == 1 else 'customers'}")


def worries(
    marts: duckdb.DuckDBPyConnection, store: duckdb.DuckDBPyConnection, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Why the funnel, or a part of it, is empty although rows came in."""
    [(leads, moves)] = marts.execute(_LEADS).fetchall()
    types = accepted_rows.activity_types(store)
    [(opportunities,)] = marts.execute("select count(*) from marts.fct_opportunities").fetchall()
    if leads and not moves:
        yield look(f"the funnel is empty: nothing moved any of the {leads:,} leads, {_why(types)}")
        if types:
            yield _types_seen(types, vocabulary)
    yield from _outcomes_that_move_nothing(store, types, vocabulary)
    if leads and not opportunities:
        yield from _no_opportunities(store, types)


def _why(types: Mapping[str, int]) -> str:
    if not types:
        return "as no activity came in: leads move by what happens to them"
    return f"though {rows(sum(types.values()))} of activities came in"


def _types_seen(types: Mapping[str, int], vocabulary: Vocabulary) -> Finding:
    """Which activities came in, and why each of them moved nothing."""
    moving = {row["activity_type"] for row in vocabulary.seeds["stage_criteria"]} | set(_MOVING)

    def said(name: str) -> str:
        if not vocabulary.knows("activity_type", name):
            near = vocabulary.nearest("activity_type", name)
            return f"not listed, did you mean `{near}`?" if near else "not listed"
        is_moving = name in moving or name.startswith("opportunity_")
        return "listed" if is_moving else "listed, and moves no lead"

    seen = [f"`{name}` {count:,} ({said(name)})" for name, count in list(types.items())[:MOST_TYPES_SHOWN]]
    more = f" and {len(types) - MOST_TYPES_SHOWN} more" if len(types) > MOST_TYPES_SHOWN else ""
    return look(
        f"activity types seen: {', '.join(seen)}{more}; "
        "activity_types.csv lists them, stage_criteria.csv says which move a lead"
    )


def _outcomes_that_move_nothing(
    store: duckdb.DuckDBPyConnection, types: Mapping[str, int], vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Types that move a lead only with an outcome that no row of theirs has."""
    wanted: dict[str, set[str]] = {}
    for row in vocabulary.seeds["stage_criteria"]:
        wanted.setdefault(row["activity_type"], set()).add(row["outcome"])
    for name, count in types.items():
        outcomes = wanted.get(name, {""})
        if "" in outcomes:
            continue
        seen = accepted_rows.outcomes(store, name)
        if not outcomes & seen.keys():
            told = [f"`{outcome}` {number:,}" if outcome else f"none {number:,}" for outcome, number in seen.items()]
            had = ", ".join(told[:MOST_OUTCOMES_SHOWN])
            yield look(
                f"none of {rows(count)} of the type `{name}` has the outcome {' or '.join(sorted(outcomes))}, by which "
                f"it moves a lead; outcomes seen: {had}"
            )


def _no_opportunities(store: duckdb.DuckDBPyConnection, types: Mapping[str, int]) -> Iterator[Finding]:
    if any(name.startswith("opportunity_") for name in types):
        return
    by_activities, by_contracts = accepted_rows.opportunities_named(store)
    named = ""
    if by_activities or by_contracts:
        named = f", though {by_activities:,} are named by activities and {by_contracts:,} by contracts"
    yield look(
        f"there is no opportunity{named}: a deal becomes one by an activity opportunity_created, and moves by "
        "opportunity_phase_changed, opportunity_won and opportunity_lost; the README has an example"
    )
