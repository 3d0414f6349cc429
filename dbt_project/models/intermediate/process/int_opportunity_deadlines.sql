with phase_stays as (
    select * from {{ ref('fct_opportunity_phases') }}
    where exited_at is null
),

stages as (
    select * from {{ ref('stages') }}
    where stay = 'sla'
),

leads as (
    select * from {{ ref('int_leads_merged') }}
),

openings as (
    select * from {{ ref('int_business_openings') }}
),

limited as (
    select
        phase_stays.opportunity_id,
        phase_stays.entered_at,
        leads.country,
        {{ hours_in_microseconds('stages.sla_hours') }} as limit_microseconds
    from phase_stays
    inner join stages on phase_stays.phase = stages.stage
    inner join leads on phase_stays.lead_id = leads.lead_id
),

placed as (
    select
        limited.*,
        {{ open_microseconds('entry_openings', 'limited.entered_at') }} as open_before_entry
    from limited
    left join openings as entry_openings
        on {{ is_last_opening('entry_openings', 'limited.country', 'limited.entered_at') }}
),

deadlines as (
    select
        placed.opportunity_id,
        {{ deadline('ends', 'placed.entered_at', 'placed.open_before_entry', 'placed.limit_microseconds') }} as due_at
    from placed
    left join {{ openings_by_hour('openings') }} as ends
        on {{ is_opening_at('ends', 'placed.country', 'placed.open_before_entry + placed.limit_microseconds') }}
)

select * from deadlines
