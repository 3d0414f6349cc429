{# The lead_source of a kpi_ mart: what lead_sources.csv does not list is one slice, an empty source a slice of its own. #}
{% macro source_slice(lead_source, listed_source) -%}
    case when {{ lead_source }} is not null and {{ listed_source }} is null then 'unlisted' else {{ lead_source }} end
{%- endmacro %}

{# The sum of whole numbers over the rows of a group that meet a condition, 0 without any. #}
{% macro total_of(number, condition) -%}
    cast(coalesce(sum(case when {{ condition }} then {{ number }} end), 0) as bigint)
{%- endmacro %}

{#
The 95 % interval of a share by Wilson's score: of `count` successes in `total` trials, both whole numbers. Null without
trials; never outside 0 to 1, and an end of it where all or none succeeded.
#}
{% macro wilson_low(count, total) -%}
    case when {{ count }} = 0 and {{ total }} > 0 then 0 else {{ wilson_bound(count, total, '-') }} end
{%- endmacro %}

{% macro wilson_high(count, total) -%}
    case when {{ count }} = {{ total }} and {{ total }} > 0 then 1 else {{ wilson_bound(count, total, '+') }} end
{%- endmacro %}

{% macro wilson_bound(count, total, sign, z='1.959963984540054e0') -%}
    {%- set n = 'nullif(cast(' ~ total ~ ' as double), 0)' -%}
    (
        2 * cast({{ count }} as double) + {{ z }} * {{ z }}
        {{ sign }} {{ z }} * sqrt({{ z }} * {{ z }} + 4 * cast({{ count }} as double) * ({{ total }} - {{ count }}) / {{ n }})
    ) / (2 * ({{ n }} + {{ z }} * {{ z }}))
{%- endmacro %}

{#
A table expression of Kaplan-Meier's quartiles, one row per slice: `slices`, p25_<unit>, median_<unit>, p75_<unit>.
`histogram` names a relation with one row per slice and duration: the slices' columns, `unit` (how long, a whole number),
exits (how many ended then) and censored (how many were still open then). A quartile is the smallest duration at which
at most that share survives (within 1e-9), null if fewer ever end; what ends at a duration ends before what is censored
there. A null is a slice of its own, so join with same().
The survivor function is a product over the durations, taken as a sum of logarithms in their order: only durations come
out of it, so its last digit never shows.
#}
{% macro kaplan_meier(histogram, slices, unit='days') -%}
(
    with numbered as (
        select
            *,
            row_number() over (order by {{ slices | join(', ') }}) as slice_number
        from (
            select distinct {{ slices | join(', ') }}
            from {{ histogram }}
        ) as distinct_slices
    ),

    -- A number in place of a slice's texts: there may be nearly as many durations as stays.
    durations as (
        select
            numbered.slice_number,
            histogram.{{ unit }},
            cast(histogram.exits as double) as exits,
            cast(
                sum(histogram.exits + histogram.censored) over (
                    partition by numbered.slice_number
                    order by histogram.{{ unit }} desc
                    rows between unbounded preceding and current row
                ) as double
            ) as at_risk
        from {{ histogram }} as histogram
        inner join numbered
            on
                {% for slice in slices -%}
                {{ 'and ' if not loop.first }}{{ same('histogram.' ~ slice, 'numbered.' ~ slice) }}
                {% endfor -%}
    ),

    survivors as (
        select
            slice_number,
            {{ unit }},
            case
                when exits = at_risk then 0
                else exp(
                    sum(ln(case when exits < at_risk then (at_risk - exits) / at_risk else 1 end)) over (
                        partition by slice_number
                        order by {{ unit }}
                        rows between unbounded preceding and current row
                    )
                )
            end as survivor_share
        from durations
        where at_risk > 0
    ),

    quartiles as (
        select
            slice_number,
            {%- for name, share in [('p25', 0.75), ('median', 0.5), ('p75', 0.25)] %}
            min(case when survivor_share <= {{ share }} + 0.000000001 then {{ unit }} end) as {{ name }}_{{ unit }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from survivors
        group by slice_number
    )

    select
        {% for slice in slices -%}
        numbered.{{ slice }},
        {% endfor -%}
        quartiles.p25_{{ unit }},
        quartiles.median_{{ unit }},
        quartiles.p75_{{ unit }}
    from quartiles
    inner join numbered on quartiles.slice_number = numbered.slice_number
)
{%- endmacro %}

{#
A table expression that says of each slice whether three groups differ by a log-rank test at 5 %: `slices`, is_different.
`histories` names a relation with one row per slice, group_number (1 to 3) and age: at_risk when the age began, and
events in it, both whole numbers. Null for a slice of fewer groups; false where nothing happened that could tell them
apart. A group that was never at risk beside another when something happened leaves a test of the other two.
The sums over ages are decimals, so that their order cannot show. The limits are what a chi-square exceeds in 5 of 100
cases, by its degrees of freedom.
#}
{% macro log_rank(histories, slices, age) -%}
{%- set limits = {1: '3.841458820694124e0', 2: '5.991464547107979e0'} -%}
(
    with ages as (
        select
            {{ slices | join(', ') }},
            {{ age }},
            cast(sum(at_risk) as double) as at_risk,
            cast(sum(events) as double) as events,
            {%- for group in [1, 2, 3] %}
            cast(sum(case when group_number = {{ group }} then at_risk else 0 end) as double) as at_risk_{{ group }},
            cast(sum(case when group_number = {{ group }} then events else 0 end) as double) as events_{{ group }},
            {%- endfor %}
            max(group_number) as last_group_number
        from {{ histories }}
        group by {{ slices | join(', ') }}, {{ age }}
    ),

    weighed as (
        select
            *,
            coalesce(events * (at_risk - events) / nullif(at_risk * at_risk * (at_risk - 1), 0), 0) as scatter
        from ages
        where at_risk > 0
    ),

    summed as (
        select
            {{ slices | join(', ') }},
            max(last_group_number) as group_count,
            {%- for group in [1, 2, 3] %}
            cast(
                sum(cast(events_{{ group }} - events * at_risk_{{ group }} / at_risk as decimal(28, 12))) as double
            ) as surplus_{{ group }},
            cast(
                sum(cast(scatter * at_risk_{{ group }} * (at_risk - at_risk_{{ group }}) as decimal(28, 12))) as double
            ) as variance_{{ group }},
            {%- endfor %}
            cast(sum(cast(-scatter * at_risk_1 * at_risk_2 as decimal(28, 12))) as double) as covariance
        from weighed
        group by {{ slices | join(', ') }}
    )

    select
        {{ slices | join(', ') }},
        case
            when group_count < 3 then null
            when variance_1 > 0 and variance_2 > 0 and variance_3 > 0
                then
                    (
                        surplus_1 * surplus_1 * variance_2
                        - 2 * surplus_1 * surplus_2 * covariance
                        + surplus_2 * surplus_2 * variance_1
                    ) / (variance_1 * variance_2 - covariance * covariance) > {{ limits[2] }}
            when variance_1 > 0 then surplus_1 * surplus_1 / variance_1 > {{ limits[1] }}
            when variance_2 > 0 then surplus_2 * surplus_2 / variance_2 > {{ limits[1] }}
            else false
        end as is_different
    from summed
)
{%- endmacro %}

{# Below this many cases a rate is shown, but nothing is concluded from it. #}
{% macro least_cases() %}{{ return(30) }}{% endmacro %}

{# Whether one share, as (count, total), lies below another with their 95 % or 99 % intervals (Wilson) apart. #}
{% macro is_apart_below(lower, higher, z='1.959963984540054e0') -%}
    {{ wilson_bound(lower[0], lower[1], '+', z) }} < {{ wilson_bound(higher[0], higher[1], '-', z) }}
{%- endmacro %}

{% macro is_surely_below(lower, higher) -%}
    {{ is_apart_below(lower, higher, '2.5758293035489004e0') }}
{%- endmacro %}

{# The same, of enough cases in both, and the lower less than nine tenths of the higher. #}
{% macro is_clearly_below(lower, higher) -%}
    {{ lower[1] }} >= {{ least_cases() }}
    and {{ higher[1] }} >= {{ least_cases() }}
    and 10 * {{ lower[0] }} * {{ higher[1] }} < 9 * {{ higher[0] }} * {{ lower[1] }}
    and {{ is_apart_below(lower, higher) }}
{%- endmacro %}

{# The spread of a series: its median absolute deviation as a standard deviation, and at least what chance alone makes. #}
{% macro spread(deviation, of_chance) -%}
    greatest(1.4826e0 * {{ deviation }}, sqrt({{ of_chance }}))
{%- endmacro %}

{# A window of kpi_bottlenecks, the history it is held against, and how far back the average win is looked for. #}
{% macro bottleneck_months() %}{{ return(3) }}{% endmacro %}
{% macro history_months() %}{{ return(12) }}{% endmacro %}
{% macro average_win_months() %}{{ return(12) }}{% endmacro %}

{#
The usual range of fct_alerts: how many spreads it reaches to either side of the median, over how many weeks or months
before, and for how many weeks a move is not said again.
#}
{% macro alert_spreads() %}{{ return(4) }}{% endmacro %}
{% macro alert_weeks() %}{{ return(13) }}{% endmacro %}
{% macro alert_months() %}{{ return(12) }}{% endmacro %}
{% macro least_alert_months() %}{{ return(6) }}{% endmacro %}
{% macro alert_quiet_weeks() %}{{ return(4) }}{% endmacro %}
{% macro weeks_of_a_year() %}{{ return(52) }}{% endmacro %}

{#
The 95 % interval of how much one share, as (count, total), exceeds another: Newcombe's hybrid score interval (1998, his
method 10), made of the Wilson intervals of both. Null where one of them has no trials.
#}
{% macro newcombe_low(share, other) -%}
    {{ newcombe_bound(share, other, '-', wilson_low(share[0], share[1]), wilson_high(other[0], other[1])) }}
{%- endmacro %}

{% macro newcombe_high(share, other) -%}
    {{ newcombe_bound(share, other, '+', wilson_high(share[0], share[1]), wilson_low(other[0], other[1])) }}
{%- endmacro %}

{% macro newcombe_bound(share, other, sign, far_end, other_end) -%}
    {%- set rate = ratio(share[0], share[1]) -%}
    {%- set other_rate = ratio(other[0], other[1]) -%}
    {{ rate }} - {{ other_rate }} {{ sign }} sqrt(
        ({{ rate }} - ({{ far_end }})) * ({{ rate }} - ({{ far_end }}))
        + ({{ other_rate }} - ({{ other_end }})) * ({{ other_rate }} - ({{ other_end }}))
    )
{%- endmacro %}
