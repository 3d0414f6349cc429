{{ per_lead() }}

with leads as (
    select * from {{ touched('int_lead_first_starts') }}
),

activities as (
    select * from {{ touched('int_activities_attached') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

-- The draw of all leads together. A night keeps to that of the last whole one, of whose leads the acts are here.
draw as (
    {% if is_increment() -%}
        select max(drawn_halvings) as halvings from {{ this }}
    {%- else -%}
        select max(drawn_halvings) as halvings from {{ whole('int_leads_rankable_then') }}
    {%- endif %}
),

drawn as (
    select
        leads.lead_id,
        draw.halvings as drawn_halvings
    from leads
    inner join draw on leads.halvings >= draw.halvings
),

acts as (
    select
        activities.lead_id,
        drawn.drawn_halvings,
        activities.occurred_at,
        activities.occurred_on,
        {{ act_facts('activities', 'activity_types') }}
    from activities
    inner join drawn on activities.lead_id = drawn.lead_id
    left join activity_types on activities.activity_type = activity_types.activity_type
)

select * from acts
