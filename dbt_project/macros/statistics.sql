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

{% macro wilson_bound(count, total, sign) -%}
    {%- set z = '1.959963984540054e0' -%}
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
    with durations as (
        select
            {{ slices | join(', ') }},
            {{ unit }},
            cast(exits as double) as exits,
            cast(
                sum(exits + censored) over (
                    partition by {{ slices | join(', ') }}
                    order by {{ unit }} desc
                    rows between unbounded preceding and current row
                ) as double
            ) as at_risk
        from {{ histogram }}
    ),

    survivors as (
        select
            {{ slices | join(', ') }},
            {{ unit }},
            case
                when exits = at_risk then 0
                else exp(
                    sum(ln(case when exits < at_risk then (at_risk - exits) / at_risk else 1 end)) over (
                        partition by {{ slices | join(', ') }}
                        order by {{ unit }}
                        rows between unbounded preceding and current row
                    )
                )
            end as survivor_share
        from durations
        where at_risk > 0
    )

    select
        {{ slices | join(', ') }},
        {%- for name, share in [('p25', 0.75), ('median', 0.5), ('p75', 0.25)] %}
        min(case when survivor_share <= {{ share }} + 0.000000001 then {{ unit }} end) as {{ name }}_{{ unit }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from survivors
    group by {{ slices | join(', ') }}
)
{%- endmacro %}
