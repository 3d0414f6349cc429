{#
The one state machine of opportunities: a select of `events` (occurred_at, event_id, event_type, told_phase) with what
each finds and what it leaves, among all events that share the columns of `told_by`. What wins or loses an opportunity
closes it even before it was opened, only a reopening opens it again, and until something is said it is open, in the
first phase. What was reported is the status as it would be without signatures.
#}
{% macro opportunity_states(events, told_by) %}
    {%- set reported_status -%}
        case event_type
            when 'opportunity_won' then {{ won_status() }}
            when 'opportunity_lost' then {{ lost_status() }}
            when 'opportunity_reopened' then {{ open_status() }}
        end
    {%- endset %}
    select
        decided.*,
        cast(row_number() over (
            partition by {{ told_by | join(', ') }}
            order by occurred_at, event_id, event_type
        ) as integer) as event_number,
        coalesce({{ last_known('told_status') }} over so_far, {{ open_status() }}) as status,
        coalesce({{ last_known('told_status') }} over before_it, {{ open_status() }}) as status_before,
        coalesce({{ last_known('reported_status') }} over so_far, {{ open_status() }}) as status_reported,
        coalesce({{ last_known('reported_status') }} over before_it, {{ open_status() }}) as status_reported_before,
        coalesce({{ last_known('told_phase') }} over so_far, {{ first_phase() }}) as phase,
        coalesce({{ last_known('told_phase') }} over before_it, {{ first_phase() }}) as phase_before
    from (
        select
            events.*,
            case when event_type = 'signature' then {{ won_status() }} else {{ reported_status }} end as told_status,
            {{ reported_status }} as reported_status
        from {{ events }} as events
    ) as decided
    window
        so_far as (
            partition by {{ told_by | join(', ') }}
            order by occurred_at, event_id, event_type
            rows between unbounded preceding and current row
        ),
        before_it as (
            partition by {{ told_by | join(', ') }}
            order by occurred_at, event_id, event_type
            rows between unbounded preceding and 1 preceding
        )
{% endmacro %}
