-- Durations by slice: at which of them at most so many of a slice are left (Kaplan-Meier).
create macro quartiles_of(histogram) as table
with at_risk as (
    select
        slice,
        duration,
        cast(exits as double) as exits,
        cast(sum(exits + censored) over (
            partition by slice order by duration rows between current row and unbounded following
        ) as double) as at_risk
    from query_table(histogram)
),
survivors as (
    select
        slice,
        duration,
        case
            when exits = at_risk then 0
            else exp(sum(ln(case when exits < at_risk then (at_risk - exits) / at_risk else 1 end)) over (
                partition by slice order by duration rows between unbounded preceding and current row
            ))
        end as share
    from at_risk
    where at_risk > 0
)
select
    slice,
    min(duration) filter (where share <= 0.75 + 0.000000001) as p25,
    min(duration) filter (where share <= 0.5 + 0.000000001) as p50,
    min(duration) filter (where share <= 0.25 + 0.000000001) as p75
from survivors
group by slice;

create temp table opportunity_numbers as
select opportunity_id, cast(row_number() over () as integer) as opportunity
from reports
where starts_with(activity_type, 'opportunity_') and lead_row in (select lead_row from lead_states)
group by opportunity_id;

create temp table phases as
select stage, position_in_kind, cast(row_number() over (order by stage_code) as integer) as phase_number
from stages
where is_phase;

create temp table opportunity_events as
with events as (
    select
        numbers.opportunity,
        reports.activity_id as event_id,
        reports.activity_type as event_type,
        reports.occurred_at,
        reports.lead_row,
        reports.actor_id,
        case when reports.activity_type = 'opportunity_phase_changed' then reports.stage end as new_phase,
        reports.reason,
        in_reporting_currency(reports.amount, exchange_rates.rate_to_reporting) as amount,
        reports.expected_close_on
    from reports
    inner join opportunity_numbers as numbers on reports.opportunity_id = numbers.opportunity_id
    left join seeds.exchange_rates on reports.currency = exchange_rates.currency
    where
        starts_with(reports.activity_type, 'opportunity_') and reports.lead_row in (select lead_row from lead_states)
    union all by name
    select
        numbers.opportunity,
        min_by(contract_id, struct_pack(signed_at := signed_at, contract_id := contract_id)) as event_id,
        'signature' as event_type,
        min(signed_at) as occurred_at
    from contracts
    inner join opportunity_numbers as numbers on contracts.opportunity_id = numbers.opportunity_id
    group by numbers.opportunity
),
known as (
    select
        *,
        cast(row_number() over so_far as integer) as event_number,
        coalesce(last_value(case event_type
            when 'opportunity_won' then 'won'
            when 'signature' then 'won'
            when 'opportunity_lost' then 'lost'
            when 'opportunity_reopened' then 'open'
        end ignore nulls) over so_far, 'open') as status,
        coalesce(last_value(new_phase ignore nulls) over so_far, 'p1') as phase,
        last_value(expected_close_on ignore nulls) over so_far as close_expected
    from events
    window so_far as (
        partition by opportunity order by occurred_at, event_id, event_type
        rows between unbounded preceding and current row
    )
)
select
    * exclude (event_id, new_phase, close_expected),
    coalesce(lag(status) over in_order, 'open') as status_before,
    coalesce(lag(phase) over in_order, 'p1') as phase_before,
    lag(close_expected) over in_order as close_expected_before
from known
window in_order as (partition by opportunity order by event_number);

create temp table opportunities as
with closings as (
    select opportunity, max(occurred_at) as closed_at, max_by(reason, event_number) as reason
    from (
        select opportunity, event_number, occurred_at, coalesce(reason, '') as reason, status from opportunity_events
        where status <> status_before
    )
    group by opportunity
    having max_by(status, event_number) <> 'open'
),
placed as (
    select
        events.*,
        phases.phase_number,
        closings.closed_at,
        closings.reason as closing_reason,
        coalesce(events.occurred_at <= closings.closed_at, true) as is_up_to_close
    from opportunity_events as events
    inner join phases on events.phase = phases.stage
    left join closings on events.opportunity = closings.opportunity
),
summed as (
    select
        opportunity,
        min_by(lead_row, event_number) as lead_row,
        min(occurred_at) as created_at,
        nullif(coalesce(
            min_by(coalesce(actor_id, ''), event_number) filter (where event_type = 'opportunity_created'),
            min_by(coalesce(actor_id, ''), event_number) filter (where event_type <> 'signature')
        ), '') as created_by,
        max_by(actor_id, event_number) filter (where is_up_to_close) as owner_id,
        max_by(phase_number, event_number) as phase_number,
        max(phase_number) as max_phase_number,
        max_by(amount, event_number) as amount,
        coalesce(
            max_by(amount, event_number) filter (where is_up_to_close), min_by(amount, event_number)
        ) as amount_at_close,
        max_by(expected_close_on, event_number) as expected_close_on,
        count(*) filter (where month_of(expected_close_on) > month_of(close_expected_before)) as push_count,
        max_by(status, event_number) as status,
        min(closed_at) as closed_at,
        min(closing_reason) as closing_reason
    from placed
    group by opportunity
),
-- The lead as it was then.
sizes as (
    select
        summed.opportunity,
        coalesce(
            max_by(coalesce(leads.employee_count, 0), struct_pack(
                updated_at := leads.updated_at, loaded := leads._loaded_at, s := leads._source, r := leads._source_row
            )) filter (where leads.updated_at <= summed.created_at),
            min_by(coalesce(leads.employee_count, 0), struct_pack(
                updated_at := leads.updated_at, loaded := leads._loaded_at, s := leads._source, r := leads._source_row
            ))
        ) as employee_count
    from summed
    inner join lead_states as states on summed.lead_row = states.lead_row
    inner join store.raw.leads on states.lead_id = leads.lead_id
    group by summed.opportunity
),
segmented as (
    select sizes.opportunity, max_by(segments.segment, segments.min_employees) as segment
    from sizes
    inner join seeds.segments on sizes.employee_count >= segments.min_employees
    group by sizes.opportunity
),
cycles as (
    select
        summed.opportunity,
        max(moves.cycle_number) as cycle_number,
        max_by(moves.from_reach, moves.cycle_number) as began_from
    from summed
    inner join moves
        on
            summed.lead_row = moves.lead_row
            and moves.to_reach % 64 = 0
            and list_contains(getvariable('recyclable_reaches'), moves.from_reach)
            and summed.created_at >= moves.entered_at
    group by summed.opportunity
),
coverage as (
    select
        summed.opportunity,
        bool_or(is_covered_at(
            islands.starts_at, islands.first_signed_at, islands.uncovered_at, islands.is_overdue, summed.created_at
        )) as is_covered,
        bool_or(summed.created_at >= islands.starts_at) as has_been_covered
    from summed
    inner join islands on summed.lead_row = islands.lead_row
    group by summed.opportunity
),
wins as (
    select
        summed.opportunity,
        max_by(moves.won_opportunity_count, struct_pack(
            moved_at := moves.moved_at, id := moves.move_id, move := moves.move, o := moves.opportunity_id
        )) > 0 as is_won
    from summed
    inner join opportunity_moves as moves
        on summed.lead_row = moves.lead_row and summed.created_at >= moves.moved_at
    group by summed.opportunity
),
acted as (
    select
        numbers.opportunity,
        max(reports.occurred_at) filter (where kinds.is_buyer_act) as last_buyer_act_at,
        bit_or(coalesce(1 << (phases.phase_number - 1), 0)) as proved
    from reports
    inner join opportunity_numbers as numbers on reports.opportunity_id = numbers.opportunity_id
    inner join kinds on reports.activity_type = kinds.activity_type
    left join seeds.stage_criteria on reports.activity_type = stage_criteria.activity_type
    left join phases on stage_criteria.stage = phases.stage
    where reports.lead_row in (select lead_row from lead_states)
    group by numbers.opportunity
)
select
    numbers.opportunity_id,
    states.lead_id,
    summed.* exclude (created_by, owner_id, closing_reason),
    coalesce(summed.created_by, states.owner_id) as created_by,
    coalesce(summed.owner_id, states.owner_id) as owner_id,
    segmented.segment,
    lead_slices.lead_source,
    lead_sources.motion,
    coalesce(cycles.cycle_number, 1) as cycle_number,
    case
        when coalesce(coverage.is_covered, false) then 'expansion'
        when wins.is_won and not coalesce(coverage.has_been_covered, false) then 'expansion'
        when began_from.stage = 'churned' then 'won_back'
        when began_from.stage = 'recycled' then 'recycled'
        else 'new'
    end as opportunity_type,
    case
        when acted.proved & 31 = 31 then 5
        when acted.proved & 15 = 15 then 4
        when acted.proved & 7 = 7 then 3
        when acted.proved & 3 = 3 then 2
        when acted.proved & 1 = 1 then 1
        else 0
    end as evidenced_number,
    case when summed.status = 'lost' then nullif(summed.closing_reason, '') end as lost_reason,
    acted.last_buyer_act_at
from summed
inner join opportunity_numbers as numbers on summed.opportunity = numbers.opportunity
inner join lead_states as states on summed.lead_row = states.lead_row
inner join lead_slices on summed.lead_row = lead_slices.lead_row
inner join segmented on summed.opportunity = segmented.opportunity
left join seeds.lead_sources on lead_slices.lead_source = lead_sources.lead_source
left join cycles on summed.opportunity = cycles.opportunity
left join stages as began_from on cycles.began_from = began_from.reach
left join coverage on summed.opportunity = coverage.opportunity
left join wins on summed.opportunity = wins.opportunity
left join acted on summed.opportunity = acted.opportunity;

create table warehouse.marts.fct_opportunity_phases as
with turned as (
    select
        *,
        event_number = 1 or (status = 'open' and (status_before <> 'open' or phase <> phase_before)) as begins_stay,
        status_before = 'open' and status <> 'open' as ends_stay
    from opportunity_events
),
bounded as (
    select
        *,
        case
            when ends_stay and begins_stay then occurred_at
            else lead(occurred_at) over (partition by opportunity order by event_number)
        end as exited_at
    from turned
    where begins_stay or ends_stay
)
select
    opportunities.opportunity_id,
    cast(row_number() over (partition by bounded.opportunity order by bounded.event_number) as integer)
        as phase_number,
    bounded.phase,
    bounded.occurred_at as entered_at,
    bounded.exited_at,
    opportunities.lead_id,
    opportunities.segment
from bounded
inner join opportunities on bounded.opportunity = opportunities.opportunity
where bounded.begins_stay;

create temp table phase_histogram as
select
    struct_pack(segment := segment, phase := phase) as slice,
    epoch_us(coalesce(exited_at, getvariable('as_of'))) - epoch_us(entered_at) as duration,
    count(exited_at) as exits,
    count(*) - count(exited_at) as censored
from warehouse.marts.fct_opportunity_phases
where exited_at is null or exited_at > entered_at
group by all;

create table warehouse.marts.fct_opportunities as
with paces as (
    select slice.segment, slice.phase, p75 from quartiles_of('phase_histogram')
)
select
    opportunities.opportunity_id,
    opportunities.lead_id,
    opportunities.created_at,
    opportunities.created_by,
    opportunities.owner_id,
    opportunities.segment,
    opportunities.lead_source,
    opportunities.motion,
    opportunities.cycle_number,
    opportunities.opportunity_type,
    phases.stage as current_phase,
    max_phases.stage as max_phase,
    evidenced_phases.stage as evidenced_phase,
    opportunities.phase_number - opportunities.evidenced_number as phase_inflation,
    opportunities.amount,
    case when opportunities.closed_at is not null then opportunities.amount_at_close end as amount_at_close,
    opportunities.expected_close_on,
    cast(opportunities.push_count as integer) as push_count,
    opportunities.status,
    opportunities.closed_at,
    opportunities.lost_reason,
    coalesce(lost_reasons.is_no_decision, starts_with(opportunities.lost_reason, 'no_decision'), false)
        as is_no_decision,
    coalesce(lost_reasons.is_excluded, false) as is_excluded,
    cast(
        epoch_us(coalesce(opportunities.closed_at, getvariable('as_of'))) - epoch_us(opportunities.created_at) as double
    ) / 86400000000 as days_open,
    opportunities.last_buyer_act_at,
    opportunities.status = 'open' and coalesce(
        epoch_us(getvariable('as_of')) - epoch_us(greatest(
            opportunities.created_at, coalesce(opportunities.last_buyer_act_at, opportunities.created_at)
        )) >= 2 * paces.p75,
        false
    ) as is_stalled
from opportunities
inner join phases on opportunities.phase_number = phases.phase_number
inner join phases as max_phases on opportunities.max_phase_number = max_phases.phase_number
left join phases as evidenced_phases on opportunities.evidenced_number = evidenced_phases.phase_number
left join seeds.lost_reasons on opportunities.lost_reason = lost_reasons.reason
left join paces on opportunities.segment = paces.segment and phases.stage = paces.phase;
