"""Whether the people, targets and costs beside the data are of it: those that are shipped are of no company.

Only the marts are asked. Nothing is left out for it: a page says it where they stand.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

Seed = Literal["people", "targets", "spend"]

# Nobody of reps.csv owns a lead, an opportunity or a customer.
_PEOPLE = """
select
    exists (select 1 from marts.dim_leads)
    and exists (select 1 from marts.dim_reps)
    and not exists (
        select 1
        from marts.dim_reps
        where
            rep_id in (select owner_id from marts.dim_leads)
            or rep_id in (select owner_id from marts.fct_opportunities)
            or rep_id in (select owner_id from marts.fct_renewals)
    )
"""
# Months have been seen whole, and none of them has a target.
_TARGETS = """
select
    min(case when target is not null then period_month end),
    max(case when target is not null then period_month end)
from marts.kpi_departments
having
    count(case when is_complete and actual is not null then 1 end) > 0
    and count(case when is_complete and actual is not null then target end) = 0
"""
# No source that anything was spent on brought a lead.
_SPEND = """
select sum(spent) > 0 and coalesce(sum(case when spent > 0 then leads end), 0) = 0, coalesce(sum(spent), 0) > 0
from (
    select lead_source, sum(spend_amount) as spent, sum(leads) as leads
    from marts.kpi_lead_supply
    group by lead_source
) as sources
"""


def strangers(connection: Any) -> Mapping[Seed, Any]:
    """The seeds that are of another company than the data, of the targets the months that they are for."""
    (people,) = connection.execute(_PEOPLE).fetchone()
    targets: tuple[date | None, date | None] = connection.execute(_TARGETS).fetchone() or (None, None)
    of_no_source, is_anything_spent = connection.execute(_SPEND).fetchone()
    found: dict[Seed, Any] = {}
    if people:
        found["people"] = True
    if targets[0] and targets[1]:
        found["targets"] = {"from": targets[0].isoformat(), "to": targets[1].isoformat()}
    if of_no_source or (people and is_anything_spent):
        found["spend"] = True
    return found
