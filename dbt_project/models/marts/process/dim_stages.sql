with stages as (
    select * from {{ ref('stages') }}
),

described as (
    select
        stage,
        rank,
        kind,
        stay,
        department,
        sla_hours,
        default_win_rate,
        label_en,
        label_ko,
        label_ja,
        exit_criterion
    from stages
)

select * from described
