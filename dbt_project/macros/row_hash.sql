{# The MD5 of a row's payload: lengths before the texts, so that no two payloads read alike. #}
{% macro row_hash(columns) -%}
    md5(
        {%- for column in columns %}
        coalesce(cast(length(cast({{ column }} as varchar)) as varchar) || ':' || cast({{ column }} as varchar), '-')
        {%- if not loop.last %} || {% endif -%}
        {%- endfor %}
    )
{%- endmacro %}
