"""The three feeds as data: their columns in the contract's order, types, defaults.

How a value is read is `values`, how a row is judged is `rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SQL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "text": "VARCHAR",
        "country": "VARCHAR",
        "currency": "VARCHAR",
        "json": "VARCHAR",
        "timestamp": "TIMESTAMPTZ",
        "date": "DATE",
        "boolean": "BOOLEAN",
        "integer": "BIGINT",
        "decimal": "DECIMAL(38,18)",
    }
)

# Raised whenever the rules change by which files and rows are refused: what older rules refused is read once more.
RULES_VERSION = 2

PHASE_CHANGE = "opportunity_phase_changed"
STAGE_CHANGE = "stage_changed"
PHASES = ("p1", "p2", "p3", "p4", "p5")


@dataclass(frozen=True)
class Column:
    """One column of a feed; numbers of every feed are at least zero.

    `required_for` lists activity types that need the column, a trailing `*` meaning any ending.
    """

    name: str
    type: str = "text"
    required: bool = False
    default_from: str | None = None
    default: bool | None = None
    required_for: tuple[str, ...] = ()

    @property
    def sql_type(self) -> str:
        """The type of the column in raw."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Feed:
    """One feed: its key column, and its columns in the contract's order."""

    name: str
    key: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the contract's order."""
        return tuple(column.name for column in self.columns)


_LEADS = Feed(
    "leads",
    "lead_id",
    (
        Column("lead_id", required=True),
        Column("created_at", "timestamp", required=True),
        Column("updated_at", "timestamp", default_from="created_at"),
        Column("email"),
        Column("full_name"),
        Column("job_title"),
        Column("company_name"),
        Column("company_domain"),
        Column("industry"),
        Column("employee_count", "integer"),
        Column("country", "country"),
        Column("lead_source"),
        Column("campaign_id"),
        Column("acquisition_cost", "decimal"),
        Column("owner_id"),
        Column("merged_into_lead_id"),
        Column("opted_out", "boolean", default=False),
        Column("is_deleted", "boolean", default=False),
    ),
)

_ACTIVITIES = Feed(
    "activities",
    "activity_id",
    (
        Column("activity_id", required=True),
        Column("lead_id", required=True),
        Column("activity_type", required=True),
        Column("occurred_at", "timestamp", required=True),
        Column("updated_at", "timestamp", default_from="occurred_at"),
        Column("opportunity_id", required_for=("opportunity_*",)),
        Column("outcome"),
        Column("actor_id"),
        Column("channel"),
        Column("campaign_id"),
        Column("content_id"),
        Column("stage", required_for=(STAGE_CHANGE, PHASE_CHANGE)),
        Column("reason"),
        Column("amount", "decimal"),
        Column("currency", "currency"),
        Column("expected_close_on", "date"),
        Column("details", "json"),
        Column("is_deleted", "boolean", default=False),
    ),
)

_CONTRACTS = Feed(
    "contracts",
    "contract_id",
    (
        Column("contract_id", required=True),
        Column("customer_id", required=True),
        Column("signed_at", "timestamp", required=True),
        Column("starts_on", "date", required=True),
        Column("ends_on", "date"),
        Column("mrr", "decimal", required=True),
        Column("updated_at", "timestamp", default_from="signed_at"),
        Column("lead_id"),
        Column("opportunity_id"),
        Column("product"),
        Column("currency", "currency"),
        Column("renews_contract_id"),
        Column("cancelled_on", "date"),
        Column("cancel_reason"),
        Column("owner_id"),
        Column("is_deleted", "boolean", default=False),
    ),
)

FEEDS: Mapping[str, Feed] = MappingProxyType({feed.name: feed for feed in (_LEADS, _ACTIVITIES, _CONTRACTS)})
