with stage_criteria as (
    select
        *,
        {{ seed_row() }} as criterion_position
    from {{ ref('stage_criteria') }}
),

numbered as (
    select
        stage,
        activity_type || coalesce(':' || outcome, '') as missing_criterion,
        row_number() over (partition by stage order by criterion_position) as criterion_number
    from stage_criteria
),

first_criteria as (
    select
        stage,
        missing_criterion
    from numbered
    where criterion_number = 1
)

select * from first_criteria
