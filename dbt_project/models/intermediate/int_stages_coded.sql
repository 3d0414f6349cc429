with stages as (
    select * from {{ ref('stages') }}
),

coded as (
    select
        stage,
        kind = 'success' as is_success,
        kind = 'success' and stage in ({{ phases() }}) as is_phase,
        stage in ({{ recyclable_stages() }}) as is_recyclable,
        stage in ({{ closed_stages() }}) as is_closed,
        case
            when kind = 'success' then rank
            else -row_number() over (partition by kind order by stage)
        end as stage_code,
        case when kind = 'success' then row_number() over (partition by kind order by rank) end as success_position
    from stages
),

reaching as (
    select
        *,
        case
            when is_success then {{ reach_per_position() }} * success_position
            else {{ reach_per_position() }} - stage_code
        end as reach
    from coded
)

select * from reaching
