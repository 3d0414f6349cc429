{# A number for each lead of a select, to sort and group many rows by: numbers cost half of what ids do. #}
{% macro lead_number(lead_id) %}row_number() over (order by {{ lead_id }}){% endmacro %}
