{% set limit = var('recycling_daily_limit') %}

with pools as (
    select * from {{ ref('int_recycling_pools') }}
    where begins_at <= {{ as_of() }} and coalesce(ends_at > {{ as_of() }}, true)
),

leads as (
    select * from {{ ref('int_lead_standings') }}
),

scores as (
    select * from {{ ref('fct_lead_scores') }}
),

fit_grades as (
    select * from {{ ref('int_score_grade_bands') }}
    where axis = 'fit'
),

companies as (
    select * from {{ ref('int_lead_companies') }}
),

lead_opportunities as (
    select
        lead_opportunities.lead_id,
        opportunities.opportunity_id,
        opportunities.status = {{ open_status() }} as is_open,
        row_number() over (
            partition by lead_opportunities.lead_id
            order by
                case when opportunities.status = {{ open_status() }} then 0 else 1 end,
                opportunities.closed_at desc,
                opportunities.opportunity_id desc
        ) as latest_number
    from {{ ref('int_lead_opportunities') }} as lead_opportunities
    inner join {{ ref('fct_opportunities') }} as opportunities
        on lead_opportunities.opportunity_id = opportunities.opportunity_id
),

contracts as (
    select
        lead_id,
        customer_id,
        row_number() over (partition by lead_id order by signed_at desc, contract_id desc) as latest_number
    from {{ ref('int_contracts_attached') }}
    where lead_id is not null
),

actions as (
    select * from {{ ref('int_action_choices') }}
    where trigger = 'recycling'
),

capacities as (
    select
        rep_id,
        max(ends_at - begins_at) as capacity
    from {{ ref('int_role_shares') }}
    group by rep_id
),

savings as (
    select * from {{ ref('int_recycling_savings') }}
),

busy_companies as (
    select distinct companies.company
    from lead_opportunities
    inner join companies on lead_opportunities.lead_id = companies.lead_id
    where lead_opportunities.is_open
),

busy_leads as (
    select companies.lead_id
    from companies
    inner join busy_companies on companies.company = busy_companies.company
),

waiting as not materialized (
    select
        pools.*,
        leads.opted_out,
        leads.owner_id as lead_owner_id,
        scores.opportunity_probability,
        scores.expected_amount,
        scores.score_order,
        fit_grades.grade_position as fit_position,
        busy_leads.lead_id is not null as is_busy,
        {{ days_after(local_date('pools.quiet_since'), 'pools.min_days') }} as eligible_on,
        actions.action,
        actions.channel,
        actions.content,
        actions.owner_role,
        leads.drawn
    from pools
    inner join leads on pools.lead_id = leads.lead_id
    inner join scores on pools.lead_id = scores.lead_id
    inner join fit_grades on scores.fit_grade = fit_grades.grade
    left join busy_leads on pools.lead_id = busy_leads.lead_id
    left join actions on pools.stage = actions.stage
),

judged as (
    select
        waiting.*,
        {{ action_owner('waiting.lead_owner_id') }} as owner_id,
        case
            when waiting.opted_out then 'opted_out'
            when waiting.is_busy then 'open_opportunity'
            when not waiting.has_rule then 'no_rule'
            when waiting.cycle_number >= waiting.max_cycles then 'max_cycles'
            when waiting.fit_position > waiting.least_fit_position then 'fit'
            when waiting.eligible_on > {{ as_of_date() }} then 'too_early'
            when waiting.needs_new_act and waiting.last_new_act_at is null then 'no_new_act'
        end as ineligible_reason
    from waiting
    {{ action_owner_joins('waiting.owner_role', 'waiting.lead_owner_id', 'waiting.drawn') }}
),

-- The more an owner can hold, the more often it is the owner's turn.
turns as (
    select
        judged.lead_id,
        judged.is_drawn,
        judged.priority,
        judged.score_order,
        row_number() over (
            partition by judged.owner_id
            order by judged.priority, judged.score_order, judged.lead_id
        ) / cast(coalesce(nullif(capacities.capacity, 0), 1) as double) as turn
    from judged
    left join capacities on judged.owner_id = capacities.rep_id
    where judged.ineligible_reason is null
),

ranked as (
    select
        lead_id,
        is_drawn,
        row_number() over (order by turn, priority, score_order, lead_id) as recycling_rank
    from turns
),

-- What is delivered tonight. A limit of 0 is none.
listed as (
    select
        lead_id,
        recycling_rank,
        {% if limit > 0 -%}
        not is_drawn and row_number() over (partition by is_drawn order by recycling_rank) <= {{ limit }} as is_listed
        {%- else -%} not is_drawn as is_listed {%- endif %}
    from ranked
),

candidates as (
    select
        judged.lead_id,
        judged.pool,
        contracts.customer_id,
        lead_opportunities.opportunity_id,
        judged.stage as from_stage,
        judged.reason,
        judged.cycle_number,
        judged.entered_pool_at,
        cast({{ days_between(local_date('judged.entered_pool_at'), as_of_date()) }} as integer) as pool_days,
        judged.priority as rule_priority,
        judged.eligible_on,
        judged.ineligible_reason is null as is_eligible,
        judged.ineligible_reason,
        judged.last_new_act_type as new_act_type,
        judged.last_new_act_at as new_act_at,
        case when judged.needs_new_act then judged.first_new_act_at end as needed_act_at,
        case when judged.needs_new_act then judged.first_new_act_id end as needed_act_id,
        judged.opportunity_probability,
        judged.expected_amount,
        savings.saved_acquisition_amount,
        listed.recycling_rank,
        judged.action,
        judged.channel,
        judged.content,
        judged.owner_id,
        judged.is_drawn as is_holdout,
        coalesce(listed.is_listed, false) as is_listed
    from judged
    cross join savings
    left join listed on judged.lead_id = listed.lead_id
    left join lead_opportunities on judged.lead_id = lead_opportunities.lead_id and lead_opportunities.latest_number = 1
    left join contracts on judged.lead_id = contracts.lead_id and contracts.latest_number = 1
)

select * from candidates
