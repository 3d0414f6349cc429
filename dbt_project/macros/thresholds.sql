{# Below this many cases a rate is shown, but nothing is concluded from it. #}
{% macro least_cases() %}{{ return(30) }}{% endmacro %}

{# A window of kpi_bottlenecks, the history it is held against, and how far back the average win is looked for. #}
{% macro bottleneck_months() %}{{ return(3) }}{% endmacro %}
{% macro history_months() %}{{ return(12) }}{% endmacro %}
{% macro average_win_months() %}{{ return(12) }}{% endmacro %}

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

{# The spread of a series: its median absolute deviation as a standard deviation, and at least what chance alone makes. #}
{% macro spread(deviation, of_chance) -%}
    greatest(1.4826e0 * {{ deviation }}, sqrt({{ of_chance }}))
{%- endmacro %}
