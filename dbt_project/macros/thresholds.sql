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
