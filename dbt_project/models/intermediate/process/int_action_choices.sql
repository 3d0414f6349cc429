with next_actions as (
    select
        *,
        {{ seed_row() }} as action_position
    from {{ ref('next_actions') }}
),

stages as (
    select * from {{ ref('stages') }}
),

stage_criteria as (
    select * from {{ ref('stage_criteria') }}
),

criteria as (
    select
        'missing_criterion' as trigger,
        activity_type || coalesce(':' || outcome, '') as missing_criterion
    from stage_criteria
    group by activity_type, outcome
),

-- A customer without a lead is in none.
places as (
    select stage from stages
    union all
    select null as stage
),

-- What may be asked for: under each trigger every stage, and where a criterion is missing each criterion of each stage.
asked as (
    select
        triggers.trigger,
        places.stage,
        criteria.missing_criterion
    from (
        select distinct trigger
        from next_actions
    ) as triggers
    cross join places
    left join criteria on triggers.trigger = criteria.trigger
),

-- The criterion beats any, then the stage beats any, then the file's order.
ranked as (
    select
        asked.trigger,
        asked.stage,
        asked.missing_criterion,
        next_actions.action,
        next_actions.channel,
        next_actions.content,
        next_actions.owner_role,
        next_actions.due_hours,
        row_number() over (
            partition by asked.trigger, asked.stage, asked.missing_criterion
            order by
                case when next_actions.missing_criterion is null then 1 else 0 end,
                case when next_actions.stage is null then 1 else 0 end,
                next_actions.action_position
        ) as choice_number
    from asked
    inner join next_actions
        on
            asked.trigger = next_actions.trigger
            and (next_actions.stage is null or asked.stage = next_actions.stage)
            and (
                next_actions.missing_criterion is null
                or asked.missing_criterion = next_actions.missing_criterion
            )
),

choices as (
    select
        trigger,
        stage,
        missing_criterion,
        action,
        channel,
        content,
        owner_role,
        due_hours
    from ranked
    where choice_number = 1
)

select * from choices
