with opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

reentries as (
    select * from {{ ref('fct_stage_transitions') }}
    where direction = 'reentry'
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_phase
),

lost as (
    select
        opportunity_id,
        lead_id,
        {{ month_of(local_date('closed_at')) }} as period_month,
        segment,
        coalesce(lost_reason, 'unknown') as lost_reason,
        closed_at,
        amount_at_close,
        max_phase,
        days_open,
        is_no_decision,
        is_excluded
    from opportunities
    where status = {{ lost_status() }}
),

recycled as (
    select distinct lost.opportunity_id
    from lost
    inner join reentries on lost.lead_id = reentries.lead_id and lost.closed_at < reentries.entered_at
),

won_back as (
    select distinct lost.opportunity_id
    from lost
    inner join opportunities
        on
            lost.lead_id = opportunities.lead_id
            and opportunities.status = {{ won_status() }}
            and lost.closed_at < opportunities.closed_at
),

counted_phases as (
    select
        lost.period_month,
        lost.segment,
        lost.lost_reason,
        lost.max_phase,
        row_number() over (
            partition by lost.period_month, lost.segment, lost.lost_reason
            order by count(*) desc, min(stages.stage_number)
        ) as commonness
    from lost
    inner join stages on lost.max_phase = stages.stage
    group by lost.period_month, lost.segment, lost.lost_reason, lost.max_phase
),

counted as (
    select
        lost.period_month,
        lost.segment,
        lost.lost_reason,
        count(*) as lost,
        coalesce(sum(lost.amount_at_close), 0) as lost_amount,
        {{ median('lost.days_open') }} as days_open_median,
        count(recycled.opportunity_id) as recycled,
        count(won_back.opportunity_id) as won_back,
        count(case when lost.is_no_decision and not lost.is_excluded then 1 end) as no_decision_losses,
        count(case when not lost.is_excluded then 1 end) as losses_of_selling
    from lost
    left join recycled on lost.opportunity_id = recycled.opportunity_id
    left join won_back on lost.opportunity_id = won_back.opportunity_id
    group by lost.period_month, lost.segment, lost.lost_reason
),

shared as (
    select
        *,
        sum(no_decision_losses) over (partition by period_month, segment) as all_no_decision_losses,
        sum(losses_of_selling) over (partition by period_month, segment) as all_losses_of_selling
    from counted
),

rated as (
    select
        shared.period_month,
        shared.segment,
        shared.lost_reason,
        shared.lost,
        cast(shared.lost_amount as decimal(18, 2)) as lost_amount,
        counted_phases.max_phase as max_phase_mode,
        shared.days_open_median,
        shared.recycled,
        shared.won_back,
        cast(shared.all_no_decision_losses as bigint) as no_decision_losses,
        cast(shared.all_losses_of_selling as bigint) as losses_not_excluded,
        {{ ratio('shared.all_no_decision_losses', 'shared.all_losses_of_selling') }} as no_decision_share,
        {{ is_complete('shared.period_month') }} as is_complete
    from shared
    inner join counted_phases
        on
            shared.period_month = counted_phases.period_month
            and shared.segment = counted_phases.segment
            and shared.lost_reason = counted_phases.lost_reason
            and counted_phases.commonness = 1
)

select * from rated
