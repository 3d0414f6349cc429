with leads as (
    select * from {{ ref('int_lead_first_starts') }}
),

spans as (
    select * from {{ ref('int_lead_spans_unrankable') }}
),

months as (
    select * from {{ ref('int_score_month_starts') }}
),

transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

contracts as (
    select * from {{ ref('int_contracts_attached') }}
    where is_covering and lead_id is not null
),

-- What had been signed by then decides: the last of it ends later, or ran out at most churn_grace_days ago.
coverages as (
    select
        contracts.lead_id,
        months.period_month,
        max(contracts.uncovered_from) as uncovered_from,
        max(case when not contracts.is_cancelled then contracts.uncovered_from end) as ran_out_on
    from contracts
    inner join months
        on
            contracts.attached_at <= months.starts_at
            and {{ days_between('contracts.uncovered_from', 'months.period_month') }} <= {{ var('churn_grace_days') }}
    group by contracts.lead_id, months.period_month
),

unrankable as (
    select
        spans.lead_id,
        months.period_month
    from spans
    inner join months
        on
            spans.stands_from <= months.starts_at
            and (spans.stands_until is null or spans.stands_until > months.starts_at)
    union
    select
        lead_id,
        period_month
    from coverages
    where uncovered_from > period_month or ran_out_on = uncovered_from
),

starters as (
    select
        halvings,
        first_start_on,
        count(*) as leads
    from leads
    group by halvings, first_start_on
),

counted as (
    select
        starters.halvings,
        sum(starters.leads) as leads
    from starters
    inner join months on starters.first_start_on <= months.period_month
    group by starters.halvings
    union all
    select
        leads.halvings,
        -count(*) as leads
    from unrankable
    inner join leads on unrankable.lead_id = leads.lead_id
    where leads.first_start_on <= unrankable.period_month
    group by leads.halvings
),

kept as (
    select
        halvings,
        sum(sum(leads)) over (order by halvings desc) as leads
    from counted
    group by halvings
),

-- Between two halvings with leads nothing changes.
draw as (
    select
        cast(
            coalesce(1 + max(case when leads > {{ var('score_training_leads') }} then halvings end), 0) as smallint
        ) as halvings
    from kept
),

sampled as (
    select
        leads.lead_id,
        leads.created_at,
        leads.first_start_on,
        draw.halvings as drawn_halvings
    from leads
    inner join draw on leads.halvings >= draw.halvings
),

rankable as (
    select
        sampled.lead_id,
        sampled.created_at,
        sampled.drawn_halvings,
        months.period_month,
        months.starts_at
    from sampled
    inner join months on sampled.first_start_on <= months.period_month
    left join unrankable on sampled.lead_id = unrankable.lead_id and months.period_month = unrankable.period_month
    where unrankable.lead_id is null
),

entries as (
    select
        transitions.lead_id,
        transitions.entered_at,
        transitions.cycle_number
    from transitions
    inner join sampled on transitions.lead_id = sampled.lead_id
),

described as (
    select
        rankable.lead_id,
        rankable.period_month,
        rankable.starts_at,
        rankable.created_at,
        rankable.drawn_halvings,
        max(entries.cycle_number) as cycle_number
    from rankable
    inner join entries on rankable.lead_id = entries.lead_id and rankable.starts_at >= entries.entered_at
    group by
        rankable.lead_id, rankable.period_month, rankable.starts_at, rankable.created_at, rankable.drawn_halvings
)

select * from described
