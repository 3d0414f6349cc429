{#
A select of the activities seen by as_of that `resolved` (lead_id, and `whose`, the surviving lead) gives a lead, with what
activity_types.csv says of their types. Activities of leads that it does not know stay out.
#}
{% macro attached_activities(activities, resolved, activity_types, whose='survivor_id as lead_id') %}
    select
        activities.activity_id,
        resolved.{{ whose }},
        activities.activity_type,
        activities.occurred_at,
        {{ local_date('activities.occurred_at') }} as occurred_on,
        activities.opportunity_id,
        activities.outcome,
        activities.actor_id,
        activities.channel,
        activities.campaign_id,
        activities.content_id,
        activities.stage,
        activities.reason,
        activities.amount,
        activities.currency,
        activities.expected_close_on,
        activities.details,
        coalesce(activity_types.is_buyer_act, false) as is_buyer_act,
        coalesce(activity_types.points, 0) as points
    from {{ activities }} as activities
    inner join {{ resolved }} as resolved on activities.lead_id = resolved.lead_id
    left join {{ activity_types }} as activity_types on activities.activity_type = activity_types.activity_type
    -- An equality, because a planner that thinks most rows deleted joins them from the wrong side.
    where activities.is_deleted = false and activities.occurred_at <= {{ as_of() }}
{% endmacro %}

{#
A select of the attached activities of leads with a contract (`customers`, as int_customer_leads), with lead_number.
Where all are made, `activities` are those of stg_crm__activities: few leads have a contract, and theirs are found among
all before anything else is asked of these. In a night they are those of int_activities_attached, which then holds no
others than the touched leads'.
#}
{% macro activities_of_customers(activities, customers, activity_types) %}
    {%- if is_increment() %}
    select
        activities.*,
        customers.lead_number
    from {{ activities }} as activities
    inner join {{ customers }} as customers on activities.lead_id = customers.lead_id
    {%- else %}
    {{ attached_activities(activities, customers, activity_types, whose='lead_number') }}
    {%- endif %}
{% endmacro %}

{# What customers say of themselves, and what answers their tickets. #}
{% macro voice_types() %}'survey_answered', 'feedback_given', 'support_ticket_opened'{% endmacro %}
{% macro solving_type() %}'support_ticket_solved'{% endmacro %}
