{#
How DuckDB makes what models hold. dbt's own ways ask and tell the engine a dozen times, which takes longer than most
tables do. What is published is the whole build or nothing, so nobody looks at a table while it is made.
#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set made = make_intermediate_relation(target) -%}
    {# It may read what it replaces. #}
    {%- set statements -%}
        drop table if exists {{ made }};
        {{ create_table_as(False, made, compiled_code) }}
        {{ drop_before() }}
        alter table {{ made }} rename to {{ adapter.quote(target.identifier) }};
        {{ comments_on(target) }}
    {%- endset -%}
    {{ return(made_by(statements, target)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set statements -%}
        {{ drop_before() }}
        {{ create_view_as(target, compiled_code) }}
        {{ comments_on(target) }}
    {%- endset -%}
    {{ return(made_by(statements, target)) }}
{% endmaterialization %}

{#
A night that continues the last build has the same code, so that nobody need ask whether the columns are the same, or
comment on them once more; any other night makes the table anew.
#}
{% materialization incremental, adapter='duckdb' %}
    {%- if not is_increment() -%} {{ return(materialization_table_duckdb()) }} {%- endif -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set added = make_temp_relation(target) -%}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy')) -%}
    {%- set statements -%}
        {{ create_table_as(True, added, compiled_code) }}
        {{ strategy({
            'target_relation': target,
            'temp_relation': added,
            'unique_key': config.get('unique_key'),
            'dest_columns': adapter.get_column_schema_from_query('select * from ' ~ target),
            'incremental_predicates': none,
        }) }}
    {%- endset -%}
    {{ return(made_by(statements, target)) }}
{% endmaterialization %}

{# What has the model's name from the build before goes. #}
{% macro drop_before() -%}
    {%- set before = load_cached_relation(this) -%}
    {%- if before %} drop {{ before.type }} {{ before }}; {% endif -%}
{%- endmacro %}

{# The descriptions of a model and its columns: those that the YAML file names. #}
{% macro comments_on(relation) -%}
    {%- if config.persist_relation_docs() -%} {{ alter_relation_comment(relation, model.description) }} {%- endif -%}
    {%- for column in model.columns.values() if config.persist_column_docs() %}
    comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ duckdb_escape_comment(column.description) }};
    {%- endfor %}
{%- endmacro %}

{# All that makes a model, told to the engine at once. #}
{% macro made_by(statements, relation) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%} {{ statements }} {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}

{#
Whether a query keeps its contract is asked where it, or what it reads, may be another than in the last build: a night
that continues that build has the same code.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- if not is_increment() -%} {{ return(assert_columns_equivalent(sql)) }} {%- endif -%}
{%- endmacro %}
