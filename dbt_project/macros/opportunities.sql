{#
The one state machine of opportunities: a select of `events` (occurred_at, event_id, event_type, told_phase) with what
each finds and what it leaves, among all events that share the columns of `told_by`. What wins or loses an opportunity
closes it even before it was opened, only a reopening opens it again, and until something is said it is open, in the
first phase. What was reported is the status as it would be without signatures.
#}
{% macro opportunity_states(events, told_by) %}
    {%- set reported = {
        'opportunity_won': won_status(), 'opportunity_lost': lost_status(), 'opportunity_reopened': open_status()
    } -%}
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
            case event_type
                when 'signature' then {{ won_status() }}
                {%- for event_type, status in reported.items() %}
                when '{{ event_type }}' then {{ status }}
                {%- endfor %}
            end as told_status,
            case event_type
                {%- for event_type, status in reported.items() %}
                when '{{ event_type }}' then {{ status }}
                {%- endfor %}
            end as reported_status
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

{#
What the touches before an opportunity are credited with. A weight is a whole number and means something only against
the sum over all touches of the opportunity, so that a position nobody holds leaves its share to the others; a touch
that holds two positions gets both. Touches that hold none share what is left for the rest.
#}
{% macro position_weight(held, rest_weight, rest_count) -%}
    case
        when {{ held | join(' + ') }} > 0 then ({{ held | join(' + ') }}) * greatest({{ rest_count }}, 1)
        else {{ rest_weight }}
    end
{%- endmacro %}

{% macro u_shaped_weight(is_first, is_last, rest_count) -%}
    {{ position_weight(['40 * ' ~ is_first, '40 * ' ~ is_last], 20, rest_count) }}
{%- endmacro %}

{% macro w_shaped_weight(is_first, is_mql, is_last, rest_count) -%}
    {{ position_weight(['30 * ' ~ is_first, '30 * ' ~ is_mql, '30 * ' ~ is_last], 10, rest_count) }}
{%- endmacro %}

{# Half as much for each seven days before the last touch, whose weight is 10^15. #}
{% macro time_decay_weight(microseconds_before_last) -%}
    cast(
        round(power(0.5, cast({{ microseconds_before_last }} as double) / (7 * 86400000000.0)) * 1000000000000000.0)
        as {{ type_wide_integer() }}
    )
{%- endmacro %}

{# A weight's share of all weights, rounded half up to eight decimals. #}
{% macro credit(weight, all_weights) -%}
    cast(
        cast(
            {{ whole_quotient(
                'cast(' ~ weight ~ ' as ' ~ type_wide_integer() ~ ') * 200000000 + ' ~ all_weights, '2 * ' ~ all_weights
            ) }} as decimal(18, 0)
        ) * 0.00000001 as decimal(9, 8)
    )
{%- endmacro %}
