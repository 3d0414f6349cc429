{# The lead_source of a kpi_ mart: what lead_sources.csv does not list is one slice, an empty source a slice of its own. #}
{% macro source_slice(lead_source, listed_source) -%}
    case when {{ lead_source }} is not null and {{ listed_source }} is null then 'unlisted' else {{ lead_source }} end
{%- endmacro %}

{# Within how many local days a cycle that reached a stage is looked for in the next one. #}
{% macro conversion_windows() %}{{ return([30, 60, 90, 180]) }}{% endmacro %}

{# The sum of whole numbers over the rows of a group that meet a condition, 0 without any. #}
{% macro total_of(number, condition) -%}
    cast(coalesce(sum(case when {{ condition }} then {{ number }} end), 0) as bigint)
{%- endmacro %}
