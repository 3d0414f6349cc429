with leads as (
    select * from {{ ref('dim_leads') }}
    where motion = 'inbound'
),

milestones as (
    select * from {{ ref('fct_stage_milestones') }}
    where stage = {{ score_stage() }} and not was_skipped
),

reentries as (
    select * from {{ ref('fct_stage_transitions') }}
    where direction = 'reentry'
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

stays as (
    select * from {{ ref('int_sla_stays') }}
    where due_at <= {{ as_of() }}
),

stages as (
    select * from {{ ref('stages') }}
    where department = '{{ kpi_field("sla_compliance", "department") }}'
),

-- Whether any came within the days is whether the first one did.
first_of_cycles as (
    select
        lead_id,
        cycle_number,
        min({{ local_date('created_at') }}) as created_on
    from opportunities
    group by lead_id, cycle_number
),

first_of_leads as (
    select
        lead_id,
        min(created_on) as created_on
    from first_of_cycles
    group by lead_id
),

captured as (
    select
        {{ local_date('leads.captured_at') }} as captured_on,
        {{ days_between(local_date('leads.captured_at'), 'first_of_leads.created_on') }} as days_to_opportunity
    from leads
    left join first_of_leads on leads.lead_id = first_of_leads.lead_id
),

qualified as (
    select
        milestones.reached_on,
        {{ days_between('milestones.reached_on', 'first_of_cycles.created_on') }} as days_to_opportunity
    from milestones
    left join first_of_cycles
        on milestones.lead_id = first_of_cycles.lead_id and milestones.cycle_number = first_of_cycles.cycle_number
),

limited as (
    select
        {{ local_date('stays.due_at') }} as due_on,
        coalesce(stays.exited_at <= stays.due_at, false) as was_kept
    from stays
    inner join stages on stays.stage = stages.stage
),

counted as (
    select
        {{ month_of('captured_on') }} as period_month,
        'inbound_leads' as kpi,
        count(*) as numerator,
        null as denominator,
        count(*) as next_stage_base,
        count(case when days_to_opportunity < {{ next_stage_days('inbound_leads') }} then 1 end) as next_stage_count
    from captured
    group by {{ month_of('captured_on') }}
    union all
    select
        {{ month_of('reached_on') }} as period_month,
        'mqls' as kpi,
        count(*) as numerator,
        null as denominator,
        count(*) as next_stage_base,
        count(case when days_to_opportunity < {{ next_stage_days('mqls') }} then 1 end) as next_stage_count
    from qualified
    group by {{ month_of('reached_on') }}
    union all
    select
        {{ month_of('entered_on') }} as period_month,
        'recycled_leads' as kpi,
        count(*) as numerator,
        null as denominator,
        null as next_stage_base,
        null as next_stage_count
    from reentries
    group by {{ month_of('entered_on') }}
    union all
    select
        {{ month_of('due_on') }} as period_month,
        'sla_compliance' as kpi,
        count(case when was_kept then 1 end) as numerator,
        count(*) as denominator,
        null as next_stage_base,
        null as next_stage_count
    from limited
    group by {{ month_of('due_on') }}
)

select
    period_month,
    kpi,
    {{ kpi_number('numerator') }} as numerator,
    {{ kpi_number('denominator') }} as denominator,
    cast(next_stage_base as bigint) as next_stage_base,
    cast(next_stage_count as bigint) as next_stage_count
from counted
