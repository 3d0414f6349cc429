"""The three feeds as data: their columns in the contract's order, types, defaults, and what they say.

How a value is read is `values`, how a row is judged is `rows`, how a person is told is `feed_reference`.
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

    `required_for` lists activity types that need the column, a trailing `*` meaning any ending. `about` says what
    stands in it and `example` shows it, for a person who makes the file. What is wrong in a column that
    `only_describes` costs the value, not the row; `is_lowered` texts count in lower case; in a date that
    `may_never_come` the year 9999 and `infinity` mean empty.
    """

    name: str
    type: str = "text"
    required: bool = False
    default_from: str | None = None
    default: bool | None = None
    required_for: tuple[str, ...] = ()
    about: str = ""
    example: str = ""
    only_describes: bool = False
    is_lowered: bool = False
    may_never_come: bool = False

    @property
    def is_id(self) -> bool:
        """Whether the column names a thing of the CRM's."""
        return self.name.endswith("_id")

    @property
    def sql_type(self) -> str:
        """The type of the column in raw."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Feed:
    """One feed: what a row is, its key column, and its columns in the contract's order."""

    name: str
    row: str
    key: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names in the contract's order."""
        return tuple(column.name for column in self.columns)


_LEADS = Feed(
    "leads",
    "a person who may buy",
    "lead_id",
    (
        Column("lead_id", required=True, example="L-1042", about="the lead, by its id in the CRM"),
        Column(
            "created_at",
            "timestamp",
            required=True,
            example="2026-03-02T09:15:00+09:00",
            about="when the CRM first knew the lead",
        ),
        Column(
            "updated_at",
            "timestamp",
            default_from="created_at",
            example="2026-03-05 01:40:11Z",
            about="when this version of the row was made; the latest one counts",
        ),
        Column("email", example="jiwoo.han@hanbit.example", about="personal data, in no mart"),
        Column("full_name", example="Han Jiwoo", about="personal data, in no mart"),
        Column("job_title", example="VP Sales", about="gives the job level, by `job_levels.csv`"),
        Column("company_name", example="Hanbit Electronics", about="for people to read"),
        Column("company_domain", is_lowered=True, example="hanbit.example", about="what makes two leads one company"),
        Column("industry", example="manufacturing", about="as in `fit_rules.csv`"),
        Column(
            "employee_count",
            "integer",
            only_describes=True,
            example="450",
            about="gives the segment, by `segments.csv`",
        ),
        Column(
            "country", "country", only_describes=True, example="KR", about="ISO 3166; also the region of business hours"
        ),
        Column("lead_source", example="website", about="as in `lead_sources.csv`"),
        Column("campaign_id", example="cmp_spring", about="the campaign that won the lead"),
        Column(
            "acquisition_cost",
            "decimal",
            only_describes=True,
            example="34.30",
            about="what this one lead cost, in the reporting currency",
        ),
        Column("owner_id", example="rep07", about="who works the lead, a rep_id of `reps.csv`"),
        Column("merged_into_lead_id", example="L-0977", about="the lead that lives on, if this one was merged into it"),
        Column(
            "opted_out",
            "boolean",
            default=False,
            example="no",
            about="said no to us: no score, list or audience names the lead",
        ),
        Column("is_deleted", "boolean", default=False, example="false", about="deleted in the CRM: the lead is erased"),
    ),
)

_ACTIVITIES = Feed(
    "activities",
    "something that happened to a lead",
    "activity_id",
    (
        Column("activity_id", required=True, example="A-88120", about="the activity, by its id in the CRM"),
        Column(
            "lead_id", required=True, example="L-1042", about="whose activity it is; it waits until the lead is known"
        ),
        Column(
            "activity_type",
            required=True,
            example="opportunity_phase_changed",
            about="as in `activity_types.csv`; others are kept and score 0",
        ),
        Column(
            "occurred_at", "timestamp", required=True, example="2026-04-11T16:30:00+09:00", about="when it happened"
        ),
        Column(
            "updated_at",
            "timestamp",
            default_from="occurred_at",
            example="2026-04-11T08:02:45.120Z",
            about="when this version of the row was made; the latest one counts",
        ),
        Column(
            "opportunity_id", required_for=("opportunity_*",), example="O-77", about="the opportunity it belongs to"
        ),
        Column("outcome", example="held", about="as in `stage_criteria.csv`: a call is `connected`, a meeting `held`"),
        Column("actor_id", example="rep12", about="who of us did it, a rep_id"),
        Column("channel", example="video", about="email, phone, video, web ...: your words"),
        Column("campaign_id", example="cmp_spring", about="the campaign it answers"),
        Column("content_id", example="pricing_guide", about="what was read, shown or filled in"),
        Column(
            "stage",
            required_for=(STAGE_CHANGE, PHASE_CHANGE),
            example="p2",
            about="the stage entered, of `stages.csv`; a phase p1 to p5 of an opportunity",
        ),
        Column("reason", example="no_decision.status_quo", about="why it was lost, as in `lost_reasons.csv`"),
        Column("amount", "decimal", example="24000.00", about="the opportunity's value per year"),
        Column("currency", "currency", example="USD", about="of the amount; it needs a row in `exchange_rates.csv`"),
        Column("expected_close_on", "date", example="2026-06-30", about="when the opportunity should close"),
        Column(
            "details", "json", only_describes=True, example='{"forecast": "commit"}', about="whatever else the CRM says"
        ),
        Column(
            "is_deleted",
            "boolean",
            default=False,
            example="false",
            about="deleted in the CRM: the activity does not count",
        ),
    ),
)

_CONTRACTS = Feed(
    "contracts",
    "what a customer signed",
    "contract_id",
    (
        Column("contract_id", required=True, example="C-310", about="the contract, by its id in the CRM"),
        Column("customer_id", required=True, example="hanbit", about="who pays; one customer may have many contracts"),
        Column(
            "signed_at", "timestamp", required=True, example="2026-06-24T10:00:00+09:00", about="when it was signed"
        ),
        Column("starts_on", "date", required=True, example="2026-07-01", about="first day covered"),
        Column(
            "ends_on",
            "date",
            may_never_come=True,
            example="2027-06-30",
            about="last day covered; empty or of the year 9999: open-ended",
        ),
        Column("mrr", "decimal", required=True, example="2000.00", about="recurring revenue per month"),
        Column(
            "updated_at",
            "timestamp",
            default_from="signed_at",
            example="2026-06-24T01:00:00Z",
            about="when this version of the row was made; the latest one counts",
        ),
        Column("lead_id", example="L-1042", about="the lead that became this customer"),
        Column("opportunity_id", example="O-77", about="the opportunity that it closes"),
        Column("product", example="team", about="what was sold"),
        Column("currency", "currency", example="USD", about="of the MRR; it needs a row in `exchange_rates.csv`"),
        Column("renews_contract_id", example="C-201", about="the contract that it renews"),
        Column("cancelled_on", "date", may_never_come=True, example="2027-01-01", about="first day no longer covered"),
        Column("cancel_reason", example="price", about="why, in your words"),
        Column("owner_id", example="rep21", about="who looks after the customer, a rep_id"),
        Column(
            "is_deleted",
            "boolean",
            default=False,
            example="false",
            about="deleted in the CRM: the contract does not count",
        ),
    ),
)

FEEDS: Mapping[str, Feed] = MappingProxyType({feed.name: feed for feed in (_LEADS, _ACTIVITIES, _CONTRACTS)})
