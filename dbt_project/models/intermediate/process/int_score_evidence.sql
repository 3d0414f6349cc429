{{ per_lead() }}

{% set needed_sum = block_sum_needed(var('mql_behaviour_points'), 'carried.sum_before', 'weights.weight') %}
{% set is_fit_for_mql = "fit_grade in ('" ~ var('mql_fit_grades') | join("', '") ~ "')" %}

with activities as (
    select * from {{ touched('int_activities_attached') }}
    where points <> 0
),

profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current' and {{ is_fit_for_mql }}
),

weights as (
    select * from {{ ref('int_score_day_weights') }}
),

carried as (
    select * from {{ touched('int_behaviour_carried') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

explicit_signals as (
    select * from {{ touched('int_explicit_signals') }}
),

-- Phases and the won stage lie beyond the score's.
opportunities_told as (
    select * from {{ touched('int_opportunity_moves_by_lead') }}
    where move in ('opportunity_created', 'opportunity_won')
),

last_explicit as (
    select
        explicit_signals.lead_id,
        max(explicit_signals.signal_at) as signal_at,
        max(case when stages.is_closed then explicit_signals.signal_at end) as closed_at
    from explicit_signals
    inner join stages on explicit_signals.stage_number = stages.stage_number
    group by explicit_signals.lead_id
),

-- Who has an opportunity stays beyond this stage until an explicit signal comes: after the last of them no score moves
-- the lead any more, and no act after that needs to be added up. (So it is for who meets a criterion of this stage, but
-- to look for these costs more than it spares.)
settled as (
    select
        opportunities_told.lead_id,
        min(opportunities_told.moved_at) as settled_at
    from opportunities_told
    left join last_explicit on opportunities_told.lead_id = last_explicit.lead_id
    where
        last_explicit.lead_id is null
        or (
            opportunities_told.moved_at > last_explicit.signal_at
            and coalesce(last_explicit.closed_at < last_explicit.signal_at, true)
        )
    group by opportunities_told.lead_id
),

leads as (
    select
        profiles.lead_id,
        profiles.lead_number,
        coalesce(settled.settled_at, {{ as_of() }}) as scored_until
    from profiles
    left join settled on profiles.lead_id = settled.lead_id
),

-- Every day has its weight: the outer join only keeps the planner from thinking that few acts have one.
weighed as (
    select
        activities.activity_id,
        leads.lead_number,
        activities.occurred_at,
        activities.actor_id,
        weights.weight_block,
        {{ weighted_points('activities.points', 'weights.weight') }} as weighted_points,
        case when activities.points > 0 then {{ needed_sum }} end as needed_sum
    from activities
    inner join leads on activities.lead_id = leads.lead_id and activities.occurred_at <= leads.scored_until
    left join weights on activities.occurred_on = weights.date_day
    left join carried on activities.lead_id = carried.lead_id and weights.weight_block = carried.weight_block
),

summed as (
    select
        *,
        sum(weighted_points) over (
            partition by lead_number, weight_block
            order by occurred_at, activity_id
            rows between unbounded preceding and current row
        ) as block_sum
    from weighed
),

reached as (
    select
        summed.activity_id,
        profiles.lead_id,
        summed.occurred_at,
        summed.actor_id
    from summed
    inner join profiles on summed.lead_number = profiles.lead_number
    where cast(summed.block_sum as double) >= summed.needed_sum
)

select * from reached
