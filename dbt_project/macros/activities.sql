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

{# What customers say of themselves, and what answers their tickets. #}
{% macro voice_types() %}'survey_answered', 'feedback_given', 'support_ticket_opened'{% endmacro %}
{% macro solving_type() %}'support_ticket_solved'{% endmacro %}
