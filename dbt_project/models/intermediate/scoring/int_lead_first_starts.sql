{{ per_lead() }}

with leads as (
    select * from {{ touched('int_leads_rankable') }}
),

transitions as (
    select * from {{ touched('fct_stage_transitions') }}
),

contracts as (
    select * from {{ touched('int_contracts_attached') }}
    where is_covering
),

-- A contract signed later may name the lead of those before it: whom only they captured was not seen yet.
attached_late as (
    select
        lead_id,
        min(signed_at) as signed_at,
        min(attached_at) as attached_at
    from contracts
    group by lead_id
    having min(attached_at) > min(signed_at)
),

first_moves as (
    select
        transitions.lead_id,
        min(transitions.entered_at) as moved_at
    from transitions
    inner join attached_late on transitions.lead_id = attached_late.lead_id
    where transitions.basis not in ('created', 'contract', 'coverage')
    group by transitions.lead_id
),

seen as (
    select
        leads.lead_id,
        leads.created_at,
        leads.sample_share,
        case
            when leads.captured_at < leads.created_at and leads.captured_at = attached_late.signed_at
                then least(leads.created_at, attached_late.attached_at, first_moves.moved_at)
            else leads.captured_at
        end as seen_at
    from leads
    left join attached_late on leads.lead_id = attached_late.lead_id
    left join first_moves on leads.lead_id = first_moves.lead_id
),

halved as (
    select
        lead_id,
        created_at,
        {{ first_month_start('seen_at') }} as first_start_on,
        cast(case
            {% for halving in range(1, 33) -%}
                when sample_share >= {{ 2.0 ** -halving }} then {{ halving - 1 }}
            {% endfor -%}
            else 32
        end as smallint) as halvings
    from seen
)

select * from halved
