{# Categories of activity_types.csv that report the process: who did them did nothing to the buyer. #}
{% macro reporting_categories() %}'opportunity', 'handover', 'forecast', 'process', 'delivery'{% endmacro %}

{# Within how many local days after an act a lead must advance for the act to count as followed by an advance. #}
{% macro effect_days() %}{{ return(30) }}{% endmacro %}
