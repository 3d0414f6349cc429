{{ per_lead() }}

{% set month_number = '12 * extract(year from {0}) + extract(month from {0})' %}

with acts as (
    select * from {{ touched('int_customer_acts_by_month') }}
),

spans as (
    select
        lead_number,
        min(lead_id) as lead_id,
        min(act_month) as first_month,
        max({{ month_number.format('act_month') }}) - min({{ month_number.format('act_month') }})
        + {{ remembered_months() }} as month_count
    from acts
    group by lead_number
),

months as (
    select
        spans.lead_number,
        spans.lead_id,
        {{ months_after('spans.first_month', 'numbers.n') }} as state_month,
        numbers.n = spans.month_count as is_last
    from spans
    inner join {{ number_series("(select max(month_count) from spans)") }} as numbers on spans.month_count >= numbers.n
),

-- A day begins at another instant than in UTC: asked once for each month.
beginnings as (
    select
        state_month,
        {{ local_midnight('state_month') }} as begins_at
    from (select distinct months.state_month from months) as distinct_months
),

states as (
    select
        months.lead_id,
        months.lead_number,
        months.state_month,
        months.is_last,
        coalesce(lag(acts.recent_uses) over in_order, 0) as recent_uses,
        coalesce(lag(acts.uses - acts.recent_uses) over in_order, 0)
        + coalesce(lag(acts.uses, 2) over in_order, 0)
        + coalesce(lag(acts.uses, 3) over in_order, 0)
        + coalesce(lag(acts.remembered_uses, 4) over in_order, 0) as uses_before,
        coalesce(sum(acts.uses) over before_it, 0) > 0 as has_used,
        case
            when acts.first_buyer_act_at = beginnings.begins_at then acts.first_buyer_act_at
            else max(acts.last_buyer_act_at) over before_it
        end as last_buyer_act_at,
        case
            when acts.first_care_at = beginnings.begins_at then acts.first_care_at
            else max(acts.last_care_at) over before_it
        end as cared_for_at,
        min(acts.adopted_at) over of_lead as adopted_at,
        min(acts.seen_at) over of_lead as seen_at
    from months
    inner join beginnings on months.state_month = beginnings.state_month
    left join acts on months.lead_number = acts.lead_number and months.state_month = acts.act_month
    window
        of_lead as (partition by months.lead_number),
        in_order as (partition by months.lead_number order by months.state_month),
        before_it as (
            partition by months.lead_number
            order by months.state_month
            rows between unbounded preceding and 1 preceding
        )
),

typed as (
    select
        lead_id,
        lead_number,
        state_month,
        is_last,
        cast(recent_uses as integer) as recent_uses,
        cast(uses_before as integer) as uses_before,
        has_used,
        last_buyer_act_at,
        cared_for_at,
        adopted_at,
        seen_at
    from states
)

select * from typed
