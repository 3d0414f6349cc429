with leads as (
    select * from {{ ref('int_leads_rankable') }}
),

months as (
    select * from {{ ref('int_score_month_starts') }}
),

transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

contracts as (
    select * from {{ ref('int_contracts_attached') }}
    where is_covering and lead_id is not null
),

opportunity_moves as (
    select * from {{ ref('int_opportunity_moves_by_lead') }}
),

opportunity_events as (
    select * from {{ ref('int_opportunity_events') }}
    where event_number = 1 or status <> status_before
),

mentions as (
    select * from {{ ref('int_lead_opportunities') }}
),

disqualified as (
    select
        lead_id,
        entered_at as stands_from,
        exited_at as stands_until
    from transitions
    where to_stage = {{ disqualified_stage() }}
),

opportunity_spans as (
    select
        opportunity_id,
        status,
        occurred_at as stands_from,
        lead(occurred_at) over (partition by opportunity_id order by event_number) as stands_until
    from opportunity_events
),

in_talks as (
    select
        mentions.lead_id,
        greatest(opportunity_spans.stands_from, mentions.named_at) as stands_from,
        opportunity_spans.stands_until
    from opportunity_spans
    inner join mentions on opportunity_spans.opportunity_id = mentions.opportunity_id
    where opportunity_spans.status = {{ open_status() }}
),

won_spans as (
    select
        lead_id,
        won_opportunity_count,
        moved_at as stands_from,
        lead(moved_at) over (
            partition by lead_id
            order by moved_at, move_id, move, opportunity_id
        ) as stands_until
    from opportunity_moves
    where
        lead_id in (
            select winners.lead_id
            from opportunity_moves as winners
            where winners.won_opportunity_count > 0
        )
),

first_covered as (
    select
        lead_id,
        min(greatest(attached_at, {{ local_midnight('starts_on') }})) as covered_from
    from contracts
    group by lead_id
),

-- Who stands won is a customer until a coverage of the lead has begun.
standing_won as (
    select
        won_spans.lead_id,
        won_spans.stands_from,
        least(won_spans.stands_until, first_covered.covered_from) as stands_until
    from won_spans
    left join first_covered on won_spans.lead_id = first_covered.lead_id
    where won_spans.won_opportunity_count > 0
),

spans as (
    select * from disqualified
    union all
    select * from in_talks
    union all
    select * from standing_won
),

-- What had been signed by then decides: the last of it ends later, or ran out at most churn_grace_days ago.
coverages as (
    select
        contracts.lead_id,
        months.period_month,
        max(contracts.uncovered_from) as uncovered_from,
        max(case when not contracts.is_cancelled then contracts.uncovered_from end) as ran_out_on
    from contracts
    inner join months
        on
            contracts.attached_at <= months.starts_at
            and {{ days_between('contracts.uncovered_from', 'months.period_month') }} <= {{ var('churn_grace_days') }}
    group by contracts.lead_id, months.period_month
),

unrankable as (
    select
        spans.lead_id,
        months.period_month
    from spans
    inner join months
        on
            spans.stands_from <= months.starts_at
            and (spans.stands_until is null or spans.stands_until > months.starts_at)
    union
    select
        lead_id,
        period_month
    from coverages
    where uncovered_from > period_month or ran_out_on = uncovered_from
),

-- A contract signed later may name the lead of those before it: whom only they captured was not seen yet.
attached_late as (
    select
        lead_id,
        min(signed_at) as signed_at,
        min(attached_at) as attached_at
    from contracts
    group by lead_id
    having min(attached_at) > min(signed_at)
),

first_moves as (
    select
        transitions.lead_id,
        min(transitions.entered_at) as moved_at
    from transitions
    inner join attached_late on transitions.lead_id = attached_late.lead_id
    where transitions.basis not in ('created', 'contract', 'coverage')
    group by transitions.lead_id
),

seen as (
    select
        leads.lead_id,
        leads.created_at,
        leads.sample_share,
        case
            when leads.captured_at < leads.created_at and leads.captured_at = attached_late.signed_at
                then least(leads.created_at, attached_late.attached_at, first_moves.moved_at)
            else leads.captured_at
        end as seen_at
    from leads
    left join attached_late on leads.lead_id = attached_late.lead_id
    left join first_moves on leads.lead_id = first_moves.lead_id
),

-- How many halvings of the leads a lead is still among.
halved as (
    select
        lead_id,
        created_at,
        {{ first_month_start('seen_at') }} as first_start_on,
        case
            {% for halving in range(1, 33) -%}
                when sample_share >= {{ 2.0 ** -halving }} then {{ halving - 1 }}
            {% endfor -%}
            else 32
        end as halvings
    from seen
),

starters as (
    select
        halvings,
        first_start_on,
        count(*) as leads
    from halved
    group by halvings, first_start_on
),

counted as (
    select
        starters.halvings,
        sum(starters.leads) as leads
    from starters
    inner join months on starters.first_start_on <= months.period_month
    group by starters.halvings
    union all
    select
        halved.halvings,
        -count(*) as leads
    from unrankable
    inner join halved on unrankable.lead_id = halved.lead_id
    where halved.first_start_on <= unrankable.period_month
    group by halved.halvings
),

kept as (
    select
        halvings,
        sum(sum(leads)) over (order by halvings desc) as leads
    from counted
    group by halvings
),

-- Between two halvings with leads nothing changes.
draw as (
    select coalesce(1 + max(case when leads > {{ var('score_training_leads') }} then halvings end), 0) as halvings
    from kept
),

sampled as (
    select
        halved.lead_id,
        halved.created_at,
        halved.first_start_on
    from halved
    inner join draw on halved.halvings >= draw.halvings
),

rankable as (
    select
        sampled.lead_id,
        sampled.created_at,
        months.period_month,
        months.starts_at
    from sampled
    inner join months on sampled.first_start_on <= months.period_month
    left join unrankable on sampled.lead_id = unrankable.lead_id and months.period_month = unrankable.period_month
    where unrankable.lead_id is null
),

entries as (
    select
        transitions.lead_id,
        transitions.entered_at,
        transitions.cycle_number
    from transitions
    inner join sampled on transitions.lead_id = sampled.lead_id
),

described as (
    select
        rankable.lead_id,
        rankable.period_month,
        rankable.starts_at,
        rankable.created_at,
        max(entries.cycle_number) as cycle_number
    from rankable
    inner join entries on rankable.lead_id = entries.lead_id and rankable.starts_at >= entries.entered_at
    group by rankable.lead_id, rankable.period_month, rankable.starts_at, rankable.created_at
)

select * from described
