{# Local days within which the opportunities and the wins of captured leads are counted. #}
{% macro supply_windows() %}{{ return([90, 180]) }}{% endmacro %}
