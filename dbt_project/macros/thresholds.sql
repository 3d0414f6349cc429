{# Below this many cases a rate is shown, but nothing is concluded from it. #}
{% macro least_cases() %}{{ return(30) }}{% endmacro %}
