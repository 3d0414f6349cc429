{#
The two clocks of a refresh and the night it belongs to, as SQL literals. `revloop refresh` passes them as vars;
a build by hand takes those of the last refresh. No model reads the machine's clock.
#}
{% macro as_of() %}{{ timestamp_literal(var('as_of', none) or last_refresh('as_of', any_instant())) }}{% endmacro %}

{% macro as_of_date() %}{{ local_date(as_of()) }}{% endmacro %}

{#
Whether a local day has begun as far as anybody can tell: as_of has come to it and, where there are activities, the
latest one seen has too. What ends with the day before is complete then, and a feed that stopped is no news of the
business.
#}
{% macro has_begun(day) -%}
    {{ day }} <= {{ as_of_date() }}
    and coalesce(
        {{ day }} <= (
            select {{ local_date('max(seen.last_activity_at)') }} from {{ ref('int_behaviour_blocks') }} as seen
        ),
        true
    )
{%- endmacro %}

{% macro is_complete(month) %}{{ has_begun(months_after(month, 1)) }}{% endmacro %}

{# The first day of the fiscal quarter that a day falls into. #}
{% macro fiscal_quarter_of(day) -%}
    {{ months_after(
        month_of(day),
        '-((cast(extract(month from ' ~ day ~ ') as integer) - ' ~ var('fiscal_year_start_month') ~ ' + 12) % 3)'
    ) }}
{%- endmacro %}

{# The known_at that was asked for, null without one. #}
{% macro known_at() -%}
    {%- set known_at = var('known_at', none) -%}
    {%- if known_at -%} {{ timestamp_literal(known_at) }} {%- else -%} cast(null as timestamptz) {%- endif -%}
{%- endmacro %}

{# A condition on a raw version: it had been loaded by known_at. #}
{% macro is_known(loaded_at) -%}
    {%- set known_at = var('known_at', none) -%}
    {%- if known_at -%} {{ loaded_at }} <= {{ timestamp_literal(known_at) }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{# A fact of the running refresh as text: refresh_id, process_hash, code_version; and when it started. #}
{% macro refresh_fact(name) %}'{{ var(name, none) or last_refresh(name, 'by hand') }}'{% endmacro %}

{% macro started_at() -%}
    {{ timestamp_literal(var('started_at', none) or last_refresh('started_at', any_instant())) }}
{%- endmacro %}

{# Whether somebody chose the as_of; a build by hand has that of the last refresh. #}
{% macro is_as_of_asked() %}cast('{{ var("is_as_of_asked", false) }}' as boolean){% endmacro %}

{# Where nobody says which: in a build by hand before the first refresh, and in unit tests that do not care. #}
{% macro any_instant() %}2026-01-31 00:00:00+00{% endmacro %}

{# What the last published refresh went by. #}
{% macro last_refresh(name, before_the_first) -%}
    {%- if execute and model.resource_type != 'unit_test' -%}
        {%- set rows = run_query(
            "select cast(refreshes." ~ name ~ " as varchar) from " ~ source('ops', 'refreshes') ~ " as refreshes"
            ~ " left join " ~ source('ops', 'batches') ~ " as batches on refreshes.refresh_id = batches.batch_id"
            ~ " order by batches.loaded_at desc nulls last, refreshes.started_at desc limit 1"
        ).rows -%}
        {%- if rows | length > 0 -%} {{ return(rows[0][0]) }} {%- endif -%}
    {%- endif -%}
    {{ return(before_the_first) }}
{%- endmacro %}

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

{# Openings, each under every hour of open time that it holds, so that the one in which a limit ends is found by its hour. #}
{% macro openings_by_hour(openings) -%}
(
    select
        measured.*,
        hours.n as open_hour
    from (
        select
            region,
            opens_at,
            open_before,
            open_before + {{ microseconds_between('opens_at', 'closes_at') }} as open_after
        from {{ openings }}
        where date_day = {{ local_date('opens_at') }}
    ) as measured
    inner join {{ number_series(
        "(select " ~ whole_hours('max(open_before + ' ~ microseconds_between('opens_at', 'closes_at') ~ ')')
        ~ " from " ~ openings ~ ")"
    ) }} as hours
        on
            {{ whole_hours('measured.open_before') }} <= hours.n
            and {{ whole_hours('measured.open_after') }} >= hours.n
)
{%- endmacro %}

{# A join condition: the opening (by hour) in which so much open time of the region is over. #}
{% macro is_opening_at(openings, region, open_time) -%}
    {{ region }} = {{ openings }}.region
    and {{ whole_hours(open_time) }} = {{ openings }}.open_hour
    and {{ openings }}.open_before < {{ open_time }}
    and {{ openings }}.open_after >= {{ open_time }}
{%- endmacro %}

{#
When a limit that began at an instant is over: by the opening that is_opening_at joins, around the clock where no open
time before that instant is known.
#}
{% macro deadline(openings, began_at, open_before_it, limit_microseconds) -%}
    case
        when {{ open_before_it }} is null then {{ microseconds_after(began_at, limit_microseconds) }}
        else {{ microseconds_after(
            openings ~ '.opens_at', open_before_it ~ ' + ' ~ limit_microseconds ~ ' - ' ~ openings ~ '.open_before'
        ) }}
    end
{%- endmacro %}

{# Hours, a decimal, as whole microseconds. #}
{% macro hours_in_microseconds(hours) %}cast({{ hours }} * 3600000000 as bigint){% endmacro %}

{# The whole hours in so many microseconds. #}
{% macro whole_hours(microseconds) %}cast({{ whole_quotient(microseconds, 3600000000) }} as integer){% endmacro %}

{# The first local day whose midnight is at or after an instant: the one after the day just before it; null where that is. #}
{% macro first_day_from(instant) -%}
    {{ days_after(local_date(microseconds_after(instant, -1)), 1) }}
{%- endmacro %}
