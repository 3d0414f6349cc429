-- depends_on: {{ source('last_night', 'fct_stage_transitions') }}, {{ ref('int_leads_touched') }}
{% if is_increment() %}
    select
        from_stage,
        to_stage,
        entered_at,
        exited_at,
        direction,
        segment,
        lead_source
    from {{ source('last_night', 'fct_stage_transitions') }}
    where {{ is_touched('lead_id') }}
{% else %}
-- A night that rebuilds everything replaces nothing.
    select
        cast(null as varchar) as from_stage,
        cast(null as varchar) as to_stage,
        cast(null as timestamptz) as entered_at,
        cast(null as timestamptz) as exited_at,
        cast(null as varchar) as direction,
        cast(null as varchar) as segment,
        cast(null as varchar) as lead_source
    where false
{% endif %}
