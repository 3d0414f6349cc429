-- depends_on: {{ source('last_night_steps', 'int_opportunity_spans') }}, {{ ref('int_leads_touched') }}
{% if is_increment() %}
    select *
    from {{ source('last_night_steps', 'int_opportunity_spans') }}
    where {{ is_touched('lead_id') }}
{% else %}
-- A night that rebuilds everything replaces nothing.
    select cast(null as varchar) as lead_id
    where false
{% endif %}
