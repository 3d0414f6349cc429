{#
The two clocks of a refresh and the night it belongs to, as SQL literals. `revloop refresh` passes them as vars;
a build by hand takes those of the last refresh. No model reads the machine's clock.
#}
{% macro as_of() %}{{ timestamp_literal(var('as_of', none) or last_refresh('as_of')) }}{% endmacro %}

{% macro as_of_date() %}{{ local_date(as_of()) }}{% endmacro %}

{# The known_at that was asked for, null without one. #}
{% macro known_at() -%}
    {%- set known_at = var('known_at', none) -%}
    {%- if known_at -%} {{ timestamp_literal(known_at) }} {%- else -%} cast(null as timestamptz) {%- endif -%}
{%- endmacro %}

{# A condition on a raw version: it had been loaded by known_at. #}
{% macro is_known(loaded_at) -%}
    {%- set known_at = var('known_at', none) -%}
    {%- if known_at -%} {{ loaded_at }} <= {{ timestamp_literal(known_at) }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{# A fact of the running refresh as text: refresh_id, process_hash, code_version. #}
{% macro refresh_fact(name) %}'{{ var(name, none) or last_refresh(name) }}'{% endmacro %}

{% macro last_refresh(name) -%}
    {%- if execute -%}
        {%- set rows = run_query(
            "select cast(" ~ name ~ " as varchar) from " ~ source('ops', 'refreshes')
            ~ " order by started_at desc limit 1"
        ).rows -%}
        {%- if rows | length == 0 -%}
            {{ exceptions.raise_compiler_error(
                "No refresh has been published yet: run `revloop refresh` once, or pass --vars '{as_of: 2026-01-31T00:00:00Z}'."
            ) }}
        {%- endif -%}
        {{ return(rows[0][0]) }}
    {%- endif -%}
    {{ return('1970-01-01 00:00:00+00') }}
{%- endmacro %}
