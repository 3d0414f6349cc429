with pools as (
    select * from {{ ref('int_recycling_pools_filled') }}
),

leads as (
    select * from {{ ref('dim_leads') }}
),

scores as (
    select * from {{ ref('fct_lead_scores') }}
),

occupied as (
    select * from {{ ref('int_leads_occupied') }}
),

recycle_rules as (
    select * from {{ ref('recycle_rules') }}
),

fit_grades as (
    select * from {{ ref('int_score_grades_banded') }}
    where axis = 'fit'
),

behaved as (
    select * from {{ ref('int_leads_behaved') }}
),

recycling_actions as (
    select
        *,
        {{ seed_row() }} as action_position
    from {{ ref('next_actions') }}
    where trigger = 'recycling'
),

busy_domains as (
    select distinct leads.company_domain
    from leads
    inner join occupied on leads.lead_id = occupied.lead_id
    where occupied.has_open_opportunity and leads.company_domain is not null
),

-- An exact reason beats the empty one, then the smaller priority.
matched_rules as (
    select
        pools.lead_id,
        recycle_rules.*,
        row_number() over (
            partition by pools.lead_id
            order by
                case when recycle_rules.reason is null then 1 else 0 end,
                recycle_rules.priority,
                recycle_rules.min_days
        ) as match_number
    from pools
    inner join recycle_rules
        on
            pools.from_stage = recycle_rules.from_stage
            and (recycle_rules.reason is null or pools.reason = recycle_rules.reason)
),

matched_actions as (
    select
        pools.lead_id,
        recycling_actions.action,
        recycling_actions.channel,
        recycling_actions.content,
        row_number() over (
            partition by pools.lead_id
            order by
                case when recycling_actions.stage is null then 1 else 0 end,
                recycling_actions.action_position
        ) as match_number
    from pools
    inner join recycling_actions
        on recycling_actions.stage is null or pools.from_stage = recycling_actions.stage
),

new_acts as (
    select
        pools.lead_id,
        behaved.last_buyer_act_type as activity_type,
        behaved.last_buyer_act_at as occurred_at
    from pools
    inner join behaved on pools.lead_id = behaved.lead_id
    where pools.entered_pool_at < behaved.last_buyer_act_at
),

judged as (
    select
        pools.lead_id,
        pools.pool,
        pools.customer_id,
        pools.opportunity_id,
        pools.from_stage,
        pools.reason,
        leads.cycle_number,
        pools.entered_pool_at,
        {{ days_between('pools.entered_pool_on', as_of_date()) }} as pool_days,
        matched_rules.priority as rule_priority,
        {{ days_after('pools.entered_pool_on', 'matched_rules.min_days') }} as eligible_on,
        case
            when leads.opted_out then 'opted_out'
            when occupied.has_open_opportunity or busy_domains.company_domain is not null then 'open_opportunity'
            when matched_rules.lead_id is null then 'no_rule'
            when leads.cycle_number >= matched_rules.max_cycles then 'max_cycles'
            when lead_grades.grade_position > least_grades.grade_position then 'fit'
            when
                {{ days_after('pools.entered_pool_on', 'matched_rules.min_days') }} > {{ as_of_date() }}
                then 'too_early'
            when matched_rules.needs_new_act and new_acts.lead_id is null then 'no_new_act'
        end as ineligible_reason,
        new_acts.activity_type as new_act_type,
        new_acts.occurred_at as new_act_at,
        matched_actions.action,
        matched_actions.channel,
        matched_actions.content,
        leads.owner_id,
        lead_grades.grade_position,
        scores.behaviour_points,
        {{ hash_share("pools.lead_id || '|' || cast(leads.cycle_number as varchar) || '|' || pools.pool") }}
        < {{ var('recycling_holdout_rate') }} as is_holdout
    from pools
    inner join leads on pools.lead_id = leads.lead_id
    inner join scores on pools.lead_id = scores.lead_id
    inner join occupied on pools.lead_id = occupied.lead_id
    inner join fit_grades as lead_grades on scores.fit_grade = lead_grades.grade
    left join busy_domains on leads.company_domain = busy_domains.company_domain
    left join matched_rules on pools.lead_id = matched_rules.lead_id and matched_rules.match_number = 1
    left join fit_grades as least_grades on matched_rules.min_fit_grade = least_grades.grade
    left join matched_actions on pools.lead_id = matched_actions.lead_id and matched_actions.match_number = 1
    left join new_acts on pools.lead_id = new_acts.lead_id
),

ranked as (
    select
        lead_id,
        row_number() over (
            order by rule_priority asc, grade_position asc, behaviour_points desc, lead_id asc
        ) as recycling_rank
    from judged
    where ineligible_reason is null
),

candidates as (
    select
        judged.lead_id,
        judged.pool,
        judged.customer_id,
        judged.opportunity_id,
        judged.from_stage,
        judged.reason,
        judged.cycle_number,
        judged.entered_pool_at,
        cast(judged.pool_days as integer) as pool_days,
        judged.rule_priority,
        judged.eligible_on,
        judged.ineligible_reason is null as is_eligible,
        judged.ineligible_reason,
        judged.new_act_type,
        judged.new_act_at,
        ranked.recycling_rank,
        judged.action,
        judged.channel,
        judged.content,
        judged.owner_id,
        judged.is_holdout
    from judged
    left join ranked on judged.lead_id = ranked.lead_id
)

select * from candidates
