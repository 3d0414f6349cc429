{#
A night after a whole one recomputes only the leads that anything touched since (int_leads_touched). The refresh says
whether that may be (var `increment`): only when the night before was whole, and its seeds, vars and code the same.
#}
{% macro is_increment() %}{{ return(var('increment', false) and not flags.FULL_REFRESH) }}{% endmacro %}

{# Where a night is no increment, dbt makes every table anew: what it holds is of another night. #}
{% macro should_full_refresh() %}{{ return(not is_increment()) }}{% endmacro %}

{# A condition that keeps a model to the touched leads. A unit test has no night before it. #}
{% macro is_touched(lead_id) -%}
    {%- if model.resource_type == 'model' -%}{%- set touched = ref('int_leads_touched') -%}{%- endif -%}
    {%- if is_increment() -%} {{ lead_id }} in (select touched.lead_id from {{ touched }} as touched)
    {%- else -%} true {%- endif -%}
{%- endmacro %}

{# Replace the touched leads' rows: also those of leads that have none any more. #}
{% macro get_incremental_touched_leads_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where lead_id in (select touched.lead_id from {{ ref('int_leads_touched') }} as touched);

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}

{# What the last whole night knew: the load time and the business time it went up to. #}
{% macro changed_since() %}{{ timestamp_literal(var('changed_since')) }}{% endmacro %}
{% macro previous_as_of() %}{{ timestamp_literal(var('previous_as_of')) }}{% endmacro %}
