{# The MD5 of a row's payload: each text after its length, so that no two payloads read alike; null has no length. #}
{% macro row_hash(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- do texts.extend(["length(cast(" ~ column ~ " as varchar))", "':'", column]) -%}
    {%- endfor -%}
    md5({{ joined_text(texts) }})
{%- endmacro %}
