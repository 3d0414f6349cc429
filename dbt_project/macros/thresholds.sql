{# Below this many cases a rate is shown, but nothing is concluded from it. #}
{% macro least_cases() %}{{ return(30) }}{% endmacro %}

{# A window of kpi_bottlenecks, and how far back the average win is looked for, in whole local months. #}
{% macro bottleneck_months() %}{{ return(3) }}{% endmacro %}
{% macro average_win_months() %}{{ return(12) }}{% endmacro %}

{#
Whether one share lies clearly above another: both of enough cases, their 99 % intervals (Wilson) apart, and the lower
less than nine tenths of the higher. Every month some thirty pairs are compared, of which 95 % intervals would part one
by chance each year; and with very many cases any drift parts them.
#}
{% macro is_clearly_above(count, total, lower_count, lower_total) -%}
    {%- set z = '2.5758293035489004e0' -%}
    {{ total }} >= {{ least_cases() }}
    and {{ lower_total }} >= {{ least_cases() }}
    and 10 * {{ lower_count }} * {{ total }} < 9 * {{ count }} * {{ lower_total }}
    and {{ wilson_bound(count, total, '-', z) }} > {{ wilson_bound(lower_count, lower_total, '+', z) }}
{%- endmacro %}
