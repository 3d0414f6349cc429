with stages as (
    select * from {{ ref('stages') }}
),

described as (
    select
        stage,
        rank,
        kind = 'success' as is_success,
        kind = 'success' and stage in ({{ phases() }}) as is_phase,
        stage in ({{ recyclable_stages() }}) as is_recyclable,
        stage in ({{ closed_stages() }}) as is_closed,
        coalesce(rank = min(rank) over (), false) as is_first,
        case when kind = 'success' then lead(stage) over (partition by kind order by rank) end as next_stage
    from stages
),

-- Evidence for the first stage moves nobody out of a detour; evidence for any other may.
numbered as (
    select
        stage,
        is_success,
        is_phase,
        is_recyclable,
        is_closed,
        cast(row_number() over (
            order by case when is_first then 0 when is_success then 2 else 1 end, rank, stage
        ) as integer) as stage_number,
        next_stage
    from described
)

select * from numbered
