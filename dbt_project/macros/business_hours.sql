{#
Time that runs in business hours only. int_business_openings lays a region's openings out one after another; an
instant's place on that line is the open time before it, so that the time between two instants is a difference. A
region without openings runs around the clock and is on no line.
#}

{# A join condition: the opening that an instant falls into, or the last one before it. #}
{% macro is_last_opening(openings, region, instant) -%}
    {{ region }} = {{ openings }}.region
    and {{ local_date(instant) }} = {{ openings }}.date_day
    and {{ instant }} >= {{ openings }}.opens_at
    and {{ instant }} < {{ openings }}.next_opens_at
{%- endmacro %}

{# The open microseconds of the region before an instant, from the opening that is_last_opening joins. #}
{% macro open_microseconds(openings, instant) -%}
    {{ openings }}.open_before
    + {{ microseconds_between(openings ~ '.opens_at', 'least(' ~ instant ~ ', ' ~ openings ~ '.closes_at)') }}
{%- endmacro %}

{# Hours, a decimal, as whole microseconds. #}
{% macro hours_in_microseconds(hours) %}cast({{ hours }} * 3600000000 as bigint){% endmacro %}

{# The whole hours in so many microseconds. #}
{% macro whole_hours(microseconds) %}cast({{ whole_quotient(microseconds, 3600000000) }} as integer){% endmacro %}
