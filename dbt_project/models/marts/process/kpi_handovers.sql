{% set days = handover_days() %}
{% set slices = ['period_month', 'from_department', 'to_department', 'segment'] %}
{% set forever = 'cast(9223372036854775807 as bigint)' %}

with transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

stages as (
    select
        stages.stage,
        stages.department,
        numbered.is_success,
        numbered.next_stage
    from {{ ref('stages') }} as stages
    inner join {{ ref('int_stages_numbered') }} as numbered on stages.stage = numbered.stage
),

milestones as (
    select * from {{ ref('fct_stage_milestones') }}
),

answers as (
    select
        lead_id,
        occurred_at,
        activity_id,
        activity_type = 'opportunity_accepted' as is_acceptance
    from {{ ref('int_opportunity_activities') }}
    where activity_type in ('opportunity_accepted', 'opportunity_rejected')
),

wins as (
    select
        lead_id,
        closed_at,
        {{ local_date('closed_at') }} as closed_on
    from {{ ref('fct_opportunities') }}
    where status = {{ won_status() }}
),

-- A lead that leaves the stage it was handed into goes to a higher success stage, to a lower one or to a detour.
handed as (
    select
        transitions.lead_id,
        transitions.transition_number,
        transitions.cycle_number,
        {{ month_of('transitions.entered_on') }} as period_month,
        from_stages.department as from_department,
        to_stages.department as to_department,
        transitions.segment,
        transitions.entered_at,
        transitions.entered_on,
        transitions.exited_at,
        case when transitions.exit_direction in ({{ advances() }}) then transitions.exited_on end as advanced_on,
        to_stages.next_stage
    from transitions
    inner join stages as from_stages on transitions.from_stage = from_stages.stage
    inner join stages as to_stages
        on
            transitions.to_stage = to_stages.stage
            and to_stages.is_success
            and from_stages.department <> to_stages.department
),

-- What is said in so many words counts until the lead has left, and before what its leaving says.
first_answers as (
    select
        handed.lead_id,
        handed.transition_number,
        min({{ struct_of({
            'occurred_at': 'answers.occurred_at',
            'activity_id': 'answers.activity_id',
            'is_acceptance': 'answers.is_acceptance',
        }) }}) as answer
    from handed
    inner join answers
        on
            handed.lead_id = answers.lead_id
            and handed.entered_at <= answers.occurred_at
            and coalesce(handed.exited_at >= answers.occurred_at, true)
    group by handed.lead_id, handed.transition_number
),

spoken as (
    select
        first_answers.lead_id,
        first_answers.transition_number,
        first_answers.answer.occurred_at,
        first_answers.answer.is_acceptance
    from first_answers
),

-- Who advanced has reached the next stage; who has not, may yet reach it in this cycle.
came_back as (
    select
        handed.lead_id,
        handed.transition_number,
        milestones.reached_on
    from handed
    inner join milestones
        on
            handed.lead_id = milestones.lead_id
            and handed.cycle_number = milestones.cycle_number
            and handed.next_stage = milestones.stage
            and handed.exited_at <= milestones.reached_at
    where handed.advanced_on is null
),

won as (
    select distinct
        handed.lead_id,
        handed.transition_number
    from handed
    inner join wins
        on
            handed.lead_id = wins.lead_id
            and handed.entered_at <= wins.closed_at
            and {{ days_between('handed.entered_on', 'wins.closed_on') }} < {{ days.win }}
),

answered as (
    select
        handed.period_month,
        handed.from_department,
        handed.to_department,
        handed.segment,
        handed.entered_at,
        case
            when spoken.lead_id is not null then spoken.is_acceptance
            when handed.exited_at is not null then handed.advanced_on is not null
        end as is_accepted,
        coalesce(spoken.occurred_at, handed.exited_at) as answered_at,
        handed.next_stage is not null as has_next_stage,
        coalesce(
            {{ days_between('handed.entered_on', 'coalesce(handed.advanced_on, came_back.reached_on)') }}
            < {{ days.next_stage }},
            false
        ) as has_reached_next,
        won.lead_id is not null as has_won
    from handed
    left join spoken
        on handed.lead_id = spoken.lead_id and handed.transition_number = spoken.transition_number
    left join came_back
        on handed.lead_id = came_back.lead_id and handed.transition_number = came_back.transition_number
    left join won
        on handed.lead_id = won.lead_id and handed.transition_number = won.transition_number
),

-- Whoever was not accepted, be they rejected since, was not until as_of.
timed as (
    select
        *,
        case when is_accepted then {{ microseconds_between('entered_at', 'answered_at') }} end as accepted_microseconds,
        case
            when not coalesce(is_accepted, false) then {{ microseconds_between('entered_at', as_of()) }}
        end as waited_microseconds
    from answered
),

summed as (
    select
        period_month,
        from_department,
        to_department,
        segment,
        count(*) as handed,
        count(accepted_microseconds) as accepted,
        count(case when not is_accepted then 1 end) as rejected,
        {{ lower_median('coalesce(accepted_microseconds, ' ~ forever ~ ')') }} as lower_median,
        coalesce(min(waited_microseconds), {{ forever }}) as least_waited,
        count(case when has_next_stage then 1 end) as next_stage_base,
        count(case when has_next_stage and has_reached_next then 1 end) as next_stage_count,
        count(case when has_won then 1 end) as won_180d,
        {{ days_after(month_end('period_month'), days.next_stage) }} <= {{ as_of_date() }} as is_mature_to_advance,
        {{ days_after(month_end('period_month'), days.win) }} <= {{ as_of_date() }} as is_mature_to_win
    from timed
    group by period_month, from_department, to_department, segment
),

-- As long as nobody has waited for less than it, the median of all is Kaplan-Meier's; of the others it has to be told.
histogram as (
    select
        timed.period_month,
        timed.from_department,
        timed.to_department,
        timed.segment,
        coalesce(timed.accepted_microseconds, timed.waited_microseconds) as microseconds,
        count(timed.accepted_microseconds) as exits,
        count(timed.waited_microseconds) as censored
    from timed
    inner join summed
        on
            timed.period_month = summed.period_month
            and timed.from_department = summed.from_department
            and timed.to_department = summed.to_department
            and timed.segment = summed.segment
    where summed.least_waited < summed.lower_median
    group by
        timed.period_month,
        timed.from_department,
        timed.to_department,
        timed.segment,
        coalesce(timed.accepted_microseconds, timed.waited_microseconds)
),

acceptances as (
    select * from {{ kaplan_meier('histogram', slices, 'microseconds') }} as quartiles
),

rated as (
    select
        summed.period_month,
        summed.from_department,
        summed.to_department,
        summed.segment,
        summed.handed,
        summed.accepted,
        summed.rejected,
        {{ ratio('summed.accepted', 'summed.accepted + summed.rejected') }} as accept_rate,
        cast(
            case
                when summed.least_waited < summed.lower_median then acceptances.median_microseconds
                when summed.lower_median < {{ forever }} then summed.lower_median
            end as double
        ) / 3600000000 as accept_hours_median,
        case when summed.is_mature_to_advance then summed.next_stage_base end as next_stage_base,
        case when summed.is_mature_to_advance then summed.next_stage_count end as next_stage_count,
        case
            when summed.is_mature_to_advance
                then {{ ratio('summed.next_stage_count', 'summed.next_stage_base') }}
        end as next_stage_rate,
        case when summed.is_mature_to_win then summed.won_180d end as won_180d,
        case when summed.is_mature_to_win then {{ ratio('summed.won_180d', 'summed.handed') }} end as won_rate_180d,
        {{ is_complete('summed.period_month') }} as is_complete
    from summed
    left join acceptances
        on
            summed.period_month = acceptances.period_month
            and summed.from_department = acceptances.from_department
            and summed.to_department = acceptances.to_department
            and summed.segment = acceptances.segment
)

select * from rated
