{#
A night after a whole one recomputes only the leads that anything touched since (int_leads_touched). The refresh says
whether that may be (var `increment`): only when the night before was whole, and its vars and code the same. Models that
depend on a seed that changed, what only they can be made from, and their tests it names in `rebuilt`: those are made,
and checked, of everything.
#}
{% macro is_increment() -%}
    {{ return(var('increment', false) and not flags.FULL_REFRESH and model.name not in var('rebuilt', [])) }}
{%- endmacro %}

{# Where a model is no increment, dbt makes its table anew: what it holds is of another night. #}
{% macro should_full_refresh() %}{{ return(not is_increment()) }}{% endmacro %}

{#
The first line of a model that is made per lead: a night replaces the rows of the touched leads and keeps all others.
Such a model reads each parent that has a lead key (`lead_key` in the parent's YAML) as touched() or as whole().
#}
{% macro per_lead(materialized='incremental') -%}
    {{ config(
        materialized=materialized, incremental_strategy='touched_leads', on_schema_change='fail', meta={'per_lead': true}
    ) }}
{%- endmacro %}

{# A parent's rows of the touched leads. #}
{% macro touched(name) -%}
    {%- set rows = ref(name) -%}
    {%- set apart = model_of_touched_rows(name) -%}
    {%- set few_rows = ref(apart) if apart else rows -%}
    {#- It depends on them also in nights that do not ask. -#}
    {%- do touched_leads() -%}
    {%- if not is_increment() -%} {{ rows }}
    {%- elif holds_touched_rows_alone(apart or name) -%} {{ few_rows }}
    {%- else -%} (select * from {{ few_rows }} where {{ is_touched(lead_key(name)) }})
    {%- endif -%}
{%- endmacro %}

{#
Parents of which many models read the touched leads' rows: a night looks for these once, and lays them into a model of
their own. Nobody but touched() reads it. A unit test has the parent alone.
#}
{% macro model_of_touched_rows(name) -%}
    {%- set apart = {
        'fct_stage_transitions': 'int_transitions_touched',
        'int_lead_profiles': 'int_profiles_touched',
    }.get(name) -%}
    {{ return(apart if apart != model.name and model.resource_type in ('model', 'test')) }}
{%- endmacro %}

{# Whether a model has no other rows tonight: one of everything that is made anew for a changed seed has. #}
{% macro holds_touched_rows_alone(name) -%}
    {%- set materialized = graph.nodes['model.' ~ project_name ~ '.' ~ name].config.materialized -%}
    {{ return(materialized == 'touched_rows' and name not in var('rebuilt', [])) }}
{%- endmacro %}

{# All rows of a parent, also of leads that nothing touched: a comment above says what they mean to the touched ones. #}
{% macro whole(name) %}{{ ref(name) }}{% endmacro %}

{# The column of a model that names the lead a row belongs to. #}
{% macro lead_key(name) %}{{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name].config.meta.lead_key) }}{% endmacro %}

{# Which leads a night recomputes. A unit test has no night before it. #}
{% macro touched_leads() -%}
    {%- if model.resource_type in ('model', 'test') -%} {{ return(ref('int_leads_touched')) }} {%- endif -%}
{%- endmacro %}

{# A condition that keeps rows to those of the touched leads. #}
{% macro is_touched(lead_id) -%}
    {%- set leads = touched_leads() -%}
    {%- if is_increment() -%} {{ lead_id }} in (select touched.lead_id from {{ leads }} as touched)
    {%- else -%} true {%- endif -%}
{%- endmacro %}

{# A condition that keeps a version to those that were loaded since the last whole night. #}
{% macro is_new(loaded_at) -%}
    {%- if is_increment() -%} {{ loaded_at }} > {{ timestamp_literal(var('changed_since')) }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{# Up to when the last whole night saw. #}
{% macro previous_as_of() %}{{ timestamp_literal(var('previous_as_of')) }}{% endmacro %}

{# Replace the touched leads' rows: also those of leads that have none any more. #}
{% macro get_incremental_touched_leads_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ is_touched(model.config.meta.lead_key) }};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where {{ is_touched(model.config.meta.lead_key) }};
{% endmacro %}

{#
The first line of an output of which most rows say what they said the night before: a night replaces those that say
something else, and keeps all others, whatever touched them. `key` is the column that tells rows apart; the model's last
step is hashed_where_differing().
#}
{% macro per_difference(key) -%}
    {{ config(
        materialized='incremental', incremental_strategy='differing_rows', unique_key=key, on_schema_change='fail'
    ) }}
{%- endmacro %}

{#
Rows with their row_hash, which is of all these columns; in a night only those that differ from the last one's, and of what
is gone the key alone.
#}
{% macro hashed_where_differing(rows, key, columns) -%}
    {%- set tonight = [] -%}
    {%- for column in columns %}{% do tonight.append('tonight.' ~ column) %}{% endfor -%}
    {%- if is_increment() -%}
    select
        coalesce(tonight.{{ key }}, before.{{ key }}) as {{ key }},
        {{ tonight | join(', ') }},
        case when tonight.{{ key }} is not null then {{ row_hash(tonight) }} end as row_hash
    from {{ rows }} as tonight
    full outer join {{ this }} as before on tonight.{{ key }} = before.{{ key }}
    where
        tonight.{{ key }} is null
        or before.{{ key }} is null
        {%- for column in columns %}
        or not ({{ same('tonight.' ~ column, 'before.' ~ column) }})
        {%- endfor %}
    {%- else -%}
    select
        tonight.{{ key }},
        {{ tonight | join(', ') }},
        {{ row_hash(tonight) }} as row_hash
    from {{ rows }} as tonight
    {%- endif -%}
{%- endmacro %}

{# Replace the rows that differ, and remove those that are gone: they have no hash. #}
{% macro get_incremental_differing_rows_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set key = arg_dict['unique_key'] -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ key }} in (select differing.{{ key }} from {{ arg_dict['temp_relation'] }} as differing);

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where row_hash is not null;
{% endmacro %}

{#
Of the outputs that address leads, each in some rows: a night replaces the rows of touched leads, and adds or takes out
those of leads that may be addressed again, or no longer.
#}
{% macro get_incremental_addressed_leads_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ is_touched('lead_id') }} or lead_id in {{ held_out_leads() }};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}

{#
The rows of the leads that a night recomputes: a table when those are few, a view when they are all, which is read a few
times but for a few columns each, cheaper than writing every column once.
#}
{% materialization touched_rows, default %}
    {%- set kind = 'table' if is_increment() else 'view' -%}
    {{ return(context['materialization_' ~ kind ~ '_' ~ adapter.type()]()) }}
{% endmaterialization %}
