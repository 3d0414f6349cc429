{#
A select of one row per key: of its versions the one with the greatest updated_at, then the latest _loaded_at, then the
greatest _source, then the greatest _source_row. Only the keys that have several versions are ranked: nearly all have
one, and ranking carries every column through a sort. `only` restricts the keys, as a condition on the version's row.
#}
{% macro current_versions(versions, key, columns, only='true') %}
with versions as (
    select * from {{ versions }}
    where {{ only }}
),

repeated_keys as (
    select {{ key }} as repeated_key
    from versions
    group by {{ key }}
    having count(*) > 1
),

ranked as (
    select
        versions.*,
        row_number() over (
            partition by versions.{{ key }}
            order by versions.updated_at desc, versions._loaded_at desc, versions._source desc, versions._source_row desc
        ) as version_rank
    from versions
    inner join repeated_keys on versions.{{ key }} = repeated_keys.repeated_key
),

current_rows as (
    select {{ columns | join(', ') }}
    from versions
    left join repeated_keys on versions.{{ key }} = repeated_keys.repeated_key
    where repeated_keys.repeated_key is null
    union all
    select {{ columns | join(', ') }}
    from ranked
    where version_rank = 1
)

select * from current_rows
{% endmacro %}
