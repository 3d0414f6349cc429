"""The rows of a build that can be learnt from: what was known of leads at past month starts, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np

from ingest.sql import identifier, literal
from orchestration.scoring.frame import NEWEST_FIRST, RULE, Column, Frame

FEATURES = "warehouse.marts.fct_lead_features"
# What is no feature.
OTHERS = frozenset({"lead_id", "scored_at", "cycle_number", "has_opportunity_within_horizon"})
NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN")

# A fifth of the companies is told by its domain; whoever writes from a mail provider is alone. The rule's order is that
# of fct_lead_scores, as far as features tell it. The newest come first by captured_at, which no feature tells of a lead
# that had acted before the CRM created it.
ROWS = """
with labelled as (
    select
        *,
        cast(timezone({zone}, scored_at) as date) - date '1970-01-01' as "period",
        row_number() over (order by lead_id, scored_at) as "row"
    from {features}
    where has_opportunity_within_horizon is not null
),

bands as (
    select * from intermediate.int_score_grade_bands
),

ruled as (
    select
        labelled."row",
        rank() over (
            order by
                fit.grade_position + behaviour.grade_position,
                fit.grade_position,
                labelled.behaviour_points desc,
                labelled.days_since_buyer_act asc nulls last
        ) as "place"
    from labelled
    inner join bands as fit
        on
            fit.axis = 'fit'
            and (fit.from_points is null or labelled.fit_points >= fit.from_points - 1e-9)
            and (fit.below_points is null or labelled.fit_points < fit.below_points - 1e-9)
    inner join bands as behaviour
        on
            behaviour.axis = 'behaviour'
            and (behaviour.from_points is null or labelled.behaviour_points >= behaviour.from_points - 1e-9)
            and (behaviour.below_points is null or labelled.behaviour_points < behaviour.below_points - 1e-9)
)

select
    {columns},
    labelled.lead_id as ".lead",
    labelled.has_opportunity_within_horizon as ".label",
    labelled."period" as ".period",
    labelled.scored_at as ".scored_at",
    case
        when leads.company_domain is null or public_domains.company_domain is not null then labelled.lead_id
        else leads.company_domain
    end as ".group",
    coalesce(
        labelled.employee_band, (select segment from seeds.segments order by min_employees, segment limit 1)
    ) as ".segment",
    labelled.lead_source as ".source",
    -cast(ruled."place" as double) as ".rule",
    epoch(leads.captured_at) - epoch(labelled.scored_at) as ".newest_first"
from labelled
inner join ruled on labelled."row" = ruled."row"
inner join warehouse.marts.dim_leads as leads on labelled.lead_id = leads.lead_id
left join seeds.public_domains as public_domains on leads.company_domain = public_domains.company_domain
"""


@dataclass(frozen=True)
class TrainingRows:
    """A build's labelled rows, by a connection that has its files open."""

    connection: duckdb.DuckDBPyConnection
    zone: str
    horizon_days: int

    @property
    def columns(self) -> Mapping[str, bool]:
        """The features, and whether each is a text."""
        described = self.connection.execute(f"describe {FEATURES}").fetchall()
        return {name: not kind.startswith(NUMBERS) for name, kind, *_ in described if name not in OTHERS}

    @property
    def query(self) -> str:
        """All of them, in no order."""
        columns = (
            f"cast(labelled.{identifier(name)} as {'varchar' if is_text else 'double'}) as {identifier(name)}"
            for name, is_text in self.columns.items()
        )
        return ROWS.format(zone=literal(self.zone), features=FEATURES, columns=", ".join(columns))

    def digest(self) -> list[str]:
        """What tells these rows from others: their number and two sums of their hashes, in any order."""
        found = self.connection.execute(
            f'select count(*), bit_xor(hash("rows")), sum(cast(hash("rows") as hugeint)) from ({self.query}) as "rows"'
        ).fetchall()
        return [*map(str, found[0]), *(f"{name} {is_text}" for name, is_text in self.columns.items())]

    def read(self) -> tuple[Frame, Mapping[int, datetime]]:
        """The rows by lead and instant, and the instant of each period, which is its local day."""
        ordered = f'{self.query} order by ".lead", ".scored_at"'
        instants = self.connection.execute(
            f'select distinct ".period", ".scored_at" from ({self.query}) order by ".period"'
        ).fetchall()
        found = {name: _plain(column) for name, column in self.connection.execute(ordered).fetchnumpy().items()}
        period = found[".period"].astype(int)
        return (
            Frame(
                features={name: _typed(found[name], is_text) for name, is_text in self.columns.items()},
                label=found[".label"].astype(bool),
                period=period,
                settled_by=period + self.horizon_days,
                lead=found[".lead"],
                group=found[".group"],
                segment=found[".segment"],
                source=found[".source"],
                lists={RULE: found[".rule"].astype(float), NEWEST_FIRST: found[".newest_first"].astype(float)},
            ),
            dict(instants),
        )


def _plain(column: Column) -> Column:
    """A column whose missing values are None or NaN."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    if column.dtype == object:
        return np.where(np.ma.getmaskarray(column), None, column.data)
    if column.dtype.kind == "f":
        return column.filled(np.nan)
    return column.data


def _typed(column: Column, is_text: bool) -> Column:
    return column.astype(object) if is_text else column.astype(float)
