{#
  The words in which a seed's tests speak: which row, what is wrong, how to put it right.
  The rules themselves stand in the seed's YAML (seed_rules) or in tests/seeds.
#}

{#- A seed's data row from 1, in the order of its file. -#}
{% macro seed_row() %}{{ return(adapter.dispatch('seed_row')()) }}{% endmacro %}
{% macro default__seed_row() %}row_number() over (order by rowid){% endmacro %}


{#- The rows of a seed, each with its row in the file as a spreadsheet numbers it, as a subquery. -#}
{% macro seed_rows(seed) %}(
    select
        placed.data_row + 1 + coalesce((
            select max(blank_rows.blank_before)
            from {{ seed_blank_rows() }} as blank_rows
            where blank_rows.seed = '{{ seed.identifier }}' and blank_rows.data_row <= placed.data_row
        ), 0) as seed_row,
        placed.*
    from (
        select
            {{ seed_row() }} as data_row,
            seed.*
        from {{ seed }} as seed
    ) as placed
){% endmacro %}


{#- A value as the file would spell it: 1.5, where the decimal says 1.50000000. -#}
{% macro seed_cell(column) %}{{ return(adapter.dispatch('seed_cell')(column)) }}{% endmacro %}
{% macro default__seed_cell(column) -%}
    regexp_replace(
        cast({{ column }} as string), '^(-?[0-9]+)([.]0+|([.][0-9]*[1-9])0+)$', '\1\3'
    )
{%- endmacro %}


{#- A text as a SQL literal; {column} in it is that column's value in quotes, {!column} without. -#}
{% macro seed_sentence(sentence) %}
    {%- set literal = "'" ~ sentence | replace("'", "''") ~ "'" -%}
    {%- for piece in modules.re.split('[{](!?[a-z_.]+)[}]', literal) -%}
        {%- if loop.index is odd -%}
            {{ piece }}
        {%- elif piece.startswith('!') -%}
            ' || {{ seed_cell(piece[1:]) }} || '
        {%- else -%}
            ' || coalesce('''' || {{ seed_cell(piece) }} || '''', 'empty') || '
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#- One sentence about a row of seed_rows: file, row and key first. -#}
{% macro seed_message(seed_name, key, sentence) %}
    {%- set place = [] -%}
    {%- for column in key -%}
        {%- do place.append(column.split('.')[-1] ~ ' {' ~ column ~ '}') -%}
    {%- endfor -%}
    {%- set where = seed_name ~ '.csv, row {!seed_row} (' ~ place | join(', ') ~ '): ' -%}
    {{- seed_sentence(where ~ sentence) -}}
{% endmacro %}


{#- The values that a column of another seed lists, as a subquery. -#}
{% macro seed_listed(seed, column) -%}
    (select listed.{{ column }} from {{ seed }} as listed where listed.{{ column }} is not null)
{%- endmacro %}


{#- The faulty rows of one seed: those of which the condition is true. -#}
{% macro seed_faults(seed, key, condition, sentence) %}
    select {{ seed_message(seed.identifier, key, sentence) }} as message
    from numbered
    where {{ condition }}
{% endmacro %}


{#- The kpis a target or a plan may name: those of kpi_departments. -#}
{% macro seed_kpis() %}{{ return(department_kpis() | map(attribute='kpi') | list) }}{% endmacro %}


{#- Who may be asked to act: the teams and departments that a person may be in. -#}
{% macro seed_roles() %}
    {{ return([
        'marketing', 'inbound_sr', 'outbound_ebr', 'smb_ae', 'enterprise_ae', 'csm',
        'inside_sales', 'field_sales', 'customer_success',
    ]) }}
{% endmacro %}


{#- The features of a score, as score_feature_allow.csv may name them. -#}
{% macro seed_features() %}
    {{ return(score_features() | list) }}
{% endmacro %}


{#- Whether a text is a time of day, 00:00 to 24:00; texts of that shape sort by time. -#}
{% macro is_time_of_day(column) %}
    length({{ column }}) = 5
    and substr({{ column }}, 3, 1) = ':'
    and coalesce(try_cast(substr({{ column }}, 1, 2) as int), 99) between 0 and 24
    and coalesce(try_cast(substr({{ column }}, 4, 2) as int), 99) between 0 and 59
    and {{ column }} between '00:00' and '24:00'
{% endmacro %}


{#
Which listed value a person most likely meant by one that is not listed. Case, blanks, hyphens and underscores never
count; of the letters one may differ in a word of 4 or more, two in one of 9 or more.
#}

{# A condition: two folded texts (see folded) are near each other. #}
{% macro is_near(folded_text, other) -%}
    abs(length({{ folded_text }}) - length({{ other }})) <= {{ letters_that_may_differ(folded_text) }}
    and {{ edit_distance(folded_text, other) }} <= {{ letters_that_may_differ(folded_text) }}
{%- endmacro %}

{% macro letters_that_may_differ(folded_text) -%}
    case when length({{ folded_text }}) < 4 then 0 when length({{ folded_text }}) < 9 then 1 else 2 end
{%- endmacro %}
