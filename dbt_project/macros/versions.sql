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

{#
A select of the versions that counted at each of some moments, `origins` (origin_at): of those loaded by then, as
current_versions says. `versions` should hold few keys: every version is ranked once for each moment.
#}
{% macro versions_by_origin(versions, key, origins) %}
    select *
    from (
        select
            versions.*,
            origins.origin_at,
            {{ version_rank('origins.origin_at, versions.' ~ key) }} as version_rank
        from {{ versions }} as versions
        inner join {{ origins }} as origins on versions._loaded_at <= origins.origin_at
    ) as ranked
    where version_rank = 1
{% endmacro %}

{#
A select of the lead that each lead survived in at each of some moments, as int_lead_survivors says, without erased ones.
`versions` must hold all leads that a chain may lead through.
#}
{% macro survivors_by_origin(versions, origins) %}
    with recursive leads as (
        {{ versions_by_origin(versions, 'lead_id', origins) }}
    ),

    chains as (
        select
            origin_at,
            lead_id,
            merged_into_lead_id as reached_lead_id
        from leads
        where merged_into_lead_id is not null
        union
        select
            chains.origin_at,
            chains.lead_id,
            leads.merged_into_lead_id as reached_lead_id
        from chains
        inner join leads on chains.origin_at = leads.origin_at and chains.reached_lead_id = leads.lead_id
        where leads.merged_into_lead_id is not null
    ),

    -- A chain without a known end is void, its leads stand on their own.
    ends as (
        select
            chains.origin_at,
            chains.lead_id,
            leads.lead_id as survivor_id,
            leads.is_deleted
        from chains
        inner join leads on chains.origin_at = leads.origin_at and chains.reached_lead_id = leads.lead_id
        where leads.merged_into_lead_id is null
    )

    select
        leads.origin_at,
        leads.lead_id,
        coalesce(ends.survivor_id, leads.lead_id) as survivor_id,
        leads.created_at
    from leads
    left join ends on leads.origin_at = ends.origin_at and leads.lead_id = ends.lead_id
    where not coalesce(ends.is_deleted, leads.is_deleted and leads.merged_into_lead_id is null)
{% endmacro %}
