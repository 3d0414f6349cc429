{#
How DuckDB makes a table: dbt's own way asks and tells the engine a dozen times, which takes longer than most tables do.
What is published is the whole build or nothing, so nobody looks at a table while it is made.
#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set made = make_intermediate_relation(target) -%}
    {%- set before = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {# It may read what it replaces. #}
    {% call statement('main') -%}
        drop table if exists {{ made }};
        {{ create_table_as(False, made, compiled_code) }}
        {% if before %} drop {{ before.type }} {{ before }}; {% endif %}
        alter table {{ made }} rename to {{ adapter.quote(target.identifier) }};
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{# A table that a night only adds to has its comments from the night that made it. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if config.get('materialized') == 'incremental' and is_increment() -%}
    {%- elif config.get('contract').enforced and config.persist_relation_docs() and config.persist_column_docs() -%}
        {# The columns are those of the contract: nobody need ask which there are. #}
        {% call statement('comments') -%}
            {{ alter_relation_comment(relation, model.description) }}
            {%- for column in model.columns.values() %}
            comment on column {{ relation }}.{{ adapter.quote(column.name) }} is
            {{ duckdb_escape_comment(column.description) }};
            {%- endfor %}
        {%- endcall %}
    {%- else -%}
        {{ return(default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}

{#
Whether a query keeps its contract is asked where it, or what it reads, may be another than in the last build: a night
that continues that build has the same code.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- if not is_increment() -%} {{ return(assert_columns_equivalent(sql)) }} {%- endif -%}
{%- endmacro %}
