{#
A select of one row per key: of the versions known by known_at the one with the greatest updated_at, then the latest
_loaded_at, then the greatest _source, then the greatest _source_row. Only the keys that have several versions are
ranked: nearly all have one, and ranking carries every column through a sort.
#}
{% macro current_versions(source_name, key, columns) %}
with source as (
    select * from {{ source('raw', source_name) }}
    where {{ is_known('_loaded_at') }}
),

repeated_keys as (
    select {{ key }} as repeated_key
    from source
    group by {{ key }}
    having count(*) > 1
),

ranked as (
    select
        source.*,
        row_number() over (
            partition by source.{{ key }}
            order by source.updated_at desc, source._loaded_at desc, source._source desc, source._source_row desc
        ) as version_rank
    from source
    inner join repeated_keys on source.{{ key }} = repeated_keys.repeated_key
),

renamed as (
    select {{ columns | join(', ') }}
    from source
    left join repeated_keys on source.{{ key }} = repeated_keys.repeated_key
    where repeated_keys.repeated_key is null
    union all
    select {{ columns | join(', ') }}
    from ranked
    where version_rank = 1
)

select * from renamed
{% endmacro %}
