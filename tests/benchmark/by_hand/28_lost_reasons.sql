create table warehouse.marts.kpi_lost_reasons as
with last_reentries as (
    select lead_slices.lead_id, max(moves.entered_at) as entered_at
    from moves
    inner join lead_slices on moves.lead_row = lead_slices.lead_row
    where moves.to_reach % 64 = 0 and list_contains(getvariable('recyclable_reaches'), moves.from_reach)
    group by lead_slices.lead_id
),
last_wins as (
    select lead_id, max(closed_at) as won_at from warehouse.marts.fct_opportunities
    where status = 'won'
    group by lead_id
),
lost as (
    select
        month_of(local_date(opportunities.closed_at)) as period_month,
        opportunities.segment,
        coalesce(opportunities.lost_reason, 'unknown') as lost_reason,
        opportunities.amount_at_close,
        phases.phase_number,
        opportunities.days_open,
        opportunities.is_no_decision and not opportunities.is_excluded as is_no_decision,
        not opportunities.is_excluded as is_of_selling,
        opportunities.closed_at < last_reentries.entered_at as is_recycled,
        opportunities.closed_at < last_wins.won_at as is_won_back
    from warehouse.marts.fct_opportunities as opportunities
    inner join phases on opportunities.max_phase = phases.stage
    left join last_reentries on opportunities.lead_id = last_reentries.lead_id
    left join last_wins on opportunities.lead_id = last_wins.lead_id
    where opportunities.status = 'lost'
),
commonest_phases as (
    select period_month, segment, lost_reason, max_by(phase_number, losses * 64 - phase_number) as phase_number
    from (
        select period_month, segment, lost_reason, phase_number, count(*) as losses from lost
        group by all
    )
    group by all
),
counted as (
    select
        period_month,
        segment,
        lost_reason,
        count(*) as lost,
        coalesce(sum(amount_at_close), 0) as lost_amount,
        median(days_open) as days_open_median,
        count(*) filter (where is_recycled) as recycled,
        count(*) filter (where is_won_back) as won_back,
        count(*) filter (where is_no_decision) as no_decision_losses,
        count(*) filter (where is_of_selling) as losses_of_selling
    from lost
    group by period_month, segment, lost_reason
)
select
    counted.period_month,
    counted.segment,
    counted.lost_reason,
    counted.lost,
    cast(counted.lost_amount as decimal(18, 2)) as lost_amount,
    phases.stage as max_phase_mode,
    counted.days_open_median,
    counted.recycled,
    counted.won_back,
    cast(sum(counted.no_decision_losses) over all_reasons as bigint) as no_decision_losses,
    cast(sum(counted.losses_of_selling) over all_reasons as bigint) as losses_not_excluded,
    ratio(
        sum(counted.no_decision_losses) over all_reasons, sum(counted.losses_of_selling) over all_reasons
    ) as no_decision_share
from counted
inner join commonest_phases
    on
        counted.period_month = commonest_phases.period_month
        and counted.segment = commonest_phases.segment
        and counted.lost_reason = commonest_phases.lost_reason
inner join phases on commonest_phases.phase_number = phases.phase_number
window all_reasons as (partition by counted.period_month, counted.segment);
