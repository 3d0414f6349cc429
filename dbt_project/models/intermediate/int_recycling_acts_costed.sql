{{ config(materialized='incremental', incremental_strategy='touched_leads', on_schema_change='fail') }}

with transitions as (
    select * from {{ ref('fct_stage_transitions') }}
    where direction = 'reentry' and {{ is_touched('lead_id') }}
),

milestones as (
    select * from {{ ref('fct_stage_milestones') }}
    where stage = {{ first_phase() }} and {{ is_touched('lead_id') }}
),

own_acts as (
    select * from {{ ref('int_activities_attached') }}
    where actor_id is not null and {{ is_touched('lead_id') }}
),

recycling_costs as (
    select * from {{ ref('recycling_costs') }}
),

cycles as (
    select
        transitions.lead_id,
        transitions.cycle_number,
        transitions.entered_at as started_at,
        {{ local_date('transitions.entered_at') }} as started_on,
        lead(transitions.entered_at) over (
            partition by transitions.lead_id
            order by transitions.cycle_number
        ) as next_started_at,
        milestones.reached_at as opportunity_at
    from transitions
    left join milestones
        on transitions.lead_id = milestones.lead_id and transitions.cycle_number = milestones.cycle_number
),

costly_acts as (
    select
        own_acts.lead_id,
        own_acts.occurred_at,
        own_acts.occurred_on,
        recycling_costs.cost_amount
    from own_acts
    inner join recycling_costs on own_acts.activity_type = recycling_costs.activity_type
),

costed as (
    select
        cycles.lead_id,
        cycles.cycle_number,
        cycles.started_on,
        coalesce(sum(costly_acts.cost_amount), 0) as cost_amount
    from cycles
    left join costly_acts
        on
            cycles.lead_id = costly_acts.lead_id
            and cycles.started_at <= costly_acts.occurred_at
            and (cycles.next_started_at is null or cycles.next_started_at > costly_acts.occurred_at)
            and (cycles.opportunity_at is null or cycles.opportunity_at > costly_acts.occurred_at)
            and {{ days_between('cycles.started_on', 'costly_acts.occurred_on') }} < {{ supply_windows() | first }}
    group by cycles.lead_id, cycles.cycle_number, cycles.started_on
)

select * from costed
