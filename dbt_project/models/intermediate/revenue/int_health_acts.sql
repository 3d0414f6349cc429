{{ config(materialized='view') }}

with scored as (
    select
        *,
        case
            when is_month then scored_on
            else {{ months_after(month_of('scored_on'), 1) }}
        end as state_month
    from {{ ref('int_customers_scored') }}
),

states as (
    select * from {{ ref('int_customer_states') }}
),

uses_lately as (
    select * from {{ ref('int_customer_uses_lately') }}
),

disqualifications as (
    select * from {{ ref('fct_stage_transitions') }}
    where to_stage = {{ disqualified_stage() }}
),

coverage_periods as (
    select * from {{ ref('int_coverage_periods') }}
    where holder_type = 'lead'
),

-- Coverage that ends just then leaves no customer, unless more of it is signed; nor is in a pool who is disqualified.
ended as (
    select
        scored.customer_id,
        scored.scored_at
    from scored
    inner join coverage_periods as endings
        on scored.lead_id = endings.holder_id and scored.scored_at = endings.uncovered_at and not endings.is_overdue
    left join coverage_periods as others
        on scored.lead_id = others.holder_id and {{ is_covered_at('others', 'scored.scored_at') }}
    where others.holder_id is null
),

disqualified as (
    select
        scored.customer_id,
        scored.scored_at
    from scored
    inner join disqualifications
        on
            scored.lead_id = disqualifications.lead_id
            and scored.scored_at >= disqualifications.entered_at
            and coalesce(scored.scored_at < disqualifications.exited_at, true)
),

outside_pools as (
    select * from ended
    union
    select * from disqualified
),

-- After its last month a lead stays as that left it.
last_states as (
    select
        lead_number,
        state_month
    from states
    where is_last
),

judged as (
    select
        scored.customer_id,
        scored.lead_id,
        scored.lead_number,
        scored.scored_on,
        scored.scored_at,
        scored.is_month,
        scored.mrr,
        scored.has_churned_within_90_days,
        case when scored.is_month then states.recent_uses else coalesce(uses_lately.recent_uses, 0) end as recent_uses,
        case when scored.is_month then states.uses_before else coalesce(uses_lately.uses_before, 0) end as uses_before,
        states.has_used,
        states.last_buyer_act_at,
        coalesce(states.adopted_at <= scored.scored_at, false) as is_adopted,
        coalesce(
            states.seen_at <= scored.scored_at
            and {{ days_after(local_date('states.cared_for_at'), var('unattended_days')) }} <= scored.scored_on,
            false
        )
        and outside_pools.customer_id is null as is_unattended
    from scored
    left join last_states on scored.lead_number = last_states.lead_number
    left join states
        on
            scored.lead_number = states.lead_number
            and least(scored.state_month, last_states.state_month) = states.state_month
    left join uses_lately on scored.lead_number = uses_lately.lead_number
    left join outside_pools
        on scored.customer_id = outside_pools.customer_id and scored.scored_at = outside_pools.scored_at
)

select * from judged
