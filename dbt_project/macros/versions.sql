{#
A select of one row per key: of its versions the one with the greatest updated_at, then the latest _loaded_at, then the
greatest _source, then the greatest _source_row. Only the keys that have several versions are ranked: nearly all have
one, and ranking carries every column through a sort. `only` restricts the keys, as a condition on a version's row.
The versions are named three times on purpose: a CTE that is read three times would be copied whole.
#}
{% macro current_versions(versions, key, columns, only='true') %}
with repeated_keys as (
    select {{ key }} as repeated_key
    from {{ versions }}
    where {{ only }}
    group by {{ key }}
    having count(*) > 1
),

ranked as (
    select
        versions.*,
        {{ version_rank(key) }} as version_rank
    from {{ versions }} as versions
    inner join repeated_keys on versions.{{ key }} = repeated_keys.repeated_key
),

current_rows as (
    select {{ columns | join(', ') }}
    from {{ versions }} as versions
    left join repeated_keys on versions.{{ key }} = repeated_keys.repeated_key
    where repeated_keys.repeated_key is null and {{ only }}
    union all
    select {{ columns | join(', ') }}
    from ranked
    where version_rank = 1
)

select * from current_rows
{% endmacro %}

{# 1 for the version of a key that counts. #}
{% macro version_rank(key) -%}
    row_number() over (
        partition by {{ key }}
        order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
    )
{%- endmacro %}

{# The MD5 of a row's payload: each text after its length, so that no two payloads read alike; null has no length. #}
{% macro row_hash(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- do texts.extend(["length(cast(" ~ column ~ " as varchar))", "':'", column]) -%}
    {%- endfor -%}
    md5({{ joined_text(texts) }})
{%- endmacro %}
