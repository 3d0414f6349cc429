{% set eligible_on = days_after('pools.entered_pool_on', 'steps.min_days') %}

with summarised as (
    select * from {{ ref('int_lead_score_inputs') }}
),

leads as (
    select * from {{ ref('dim_leads') }}
),

today as (
    select * from {{ ref('int_score_day_weights') }}
    where date_day = {{ as_of_date() }}
),

recycle_rules as (
    select * from {{ ref('recycle_rules') }}
),

fit_grades as (
    select * from {{ ref('int_score_grade_bands') }}
    where axis = 'fit'
),

recycling_actions as (
    select
        *,
        {{ seed_row() }} as action_position
    from {{ ref('next_actions') }}
    where trigger = 'recycling'
),

-- Computed where it is read, column by column: kept for both readers it would be the largest table of a night.
pools as not materialized (
    select
        summarised.*,
        {{ behaviour_points_on('today', 'summarised') }} as behaviour_points,
        coalesce(summarised.entered_pool_at < summarised.last_buyer_act_at, false) as has_new_act
    from summarised
    cross join today
    where summarised.pool is not null and summarised.entered_pool_on <= {{ as_of_date() }}
),

busy_domains as (
    select distinct leads.company_domain
    from leads
    inner join summarised on leads.lead_id = summarised.lead_id
    where summarised.has_open_opportunity and leads.company_domain is not null
),

busy_leads as (
    select leads.lead_id
    from leads
    inner join busy_domains on leads.company_domain = busy_domains.company_domain
),

-- Leads wait in few stages for few reasons: rules and actions are matched to those, not to each lead.
waits as (
    select distinct
        current_stage as from_stage,
        reason
    from pools
),

-- An exact reason beats the empty one, then the smaller priority.
matched_rules as (
    select
        waits.from_stage,
        waits.reason,
        recycle_rules.min_days,
        recycle_rules.max_cycles,
        recycle_rules.needs_new_act,
        recycle_rules.priority,
        least_grades.grade_position as least_position,
        row_number() over (
            partition by waits.from_stage, waits.reason
            order by
                case when recycle_rules.reason is null then 1 else 0 end,
                recycle_rules.priority,
                recycle_rules.min_days
        ) as match_number
    from waits
    inner join recycle_rules
        on
            waits.from_stage = recycle_rules.from_stage
            and (recycle_rules.reason is null or waits.reason = recycle_rules.reason)
    left join fit_grades as least_grades on recycle_rules.min_fit_grade = least_grades.grade
),

matched_actions as (
    select
        waits.from_stage,
        waits.reason,
        recycling_actions.action,
        recycling_actions.channel,
        recycling_actions.content,
        row_number() over (
            partition by waits.from_stage, waits.reason
            order by
                case when recycling_actions.stage is null then 1 else 0 end,
                recycling_actions.action_position
        ) as match_number
    from waits
    inner join recycling_actions
        on recycling_actions.stage is null or waits.from_stage = recycling_actions.stage
),

-- What the process says of each wait and fit grade; the place is one narrow number for two that rank.
steps as (
    select
        waits.from_stage,
        waits.reason,
        fit_grades.grade as fit_grade,
        matched_rules.from_stage is not null as has_rule,
        matched_rules.priority,
        matched_rules.min_days,
        matched_rules.max_cycles,
        matched_rules.needs_new_act,
        fit_grades.grade_position > matched_rules.least_position as is_unfit,
        cast(
            dense_rank() over (order by matched_rules.priority, fit_grades.grade_position) as integer
        ) as step_place,
        matched_actions.action,
        matched_actions.channel,
        matched_actions.content
    from waits
    cross join fit_grades
    left join matched_rules
        on
            waits.from_stage = matched_rules.from_stage
            and {{ same('waits.reason', 'matched_rules.reason') }}
            and matched_rules.match_number = 1
    left join matched_actions
        on
            waits.from_stage = matched_actions.from_stage
            and {{ same('waits.reason', 'matched_actions.reason') }}
            and matched_actions.match_number = 1
),

judged as not materialized (
    select
        pools.lead_id,
        pools.pool,
        pools.customer_id,
        pools.latest_opportunity_id as opportunity_id,
        pools.current_stage as from_stage,
        pools.reason,
        pools.cycle_number,
        pools.entered_pool_at,
        cast({{ days_between('pools.entered_pool_on', as_of_date()) }} as integer) as pool_days,
        steps.priority as rule_priority,
        {{ eligible_on }} as eligible_on,
        case
            when pools.opted_out then 'opted_out'
            when pools.has_open_opportunity or busy_leads.lead_id is not null then 'open_opportunity'
            when not steps.has_rule then 'no_rule'
            when pools.cycle_number >= steps.max_cycles then 'max_cycles'
            when steps.is_unfit then 'fit'
            when {{ eligible_on }} > {{ as_of_date() }} then 'too_early'
            when steps.needs_new_act and not pools.has_new_act then 'no_new_act'
        end as ineligible_reason,
        case when pools.has_new_act then pools.last_buyer_act_type end as new_act_type,
        case when pools.has_new_act then pools.last_buyer_act_at end as new_act_at,
        steps.action,
        steps.channel,
        steps.content,
        pools.owner_id,
        pools.is_holdout,
        steps.step_place,
        pools.behaviour_points
    from pools
    inner join steps
        on
            pools.current_stage = steps.from_stage
            and {{ same('pools.reason', 'steps.reason') }}
            and pools.fit_grade = steps.fit_grade
    left join busy_leads on pools.lead_id = busy_leads.lead_id
),

-- By priority of the rule, fit grade, points and id.
ranked as (
    select
        lead_id,
        row_number() over (order by step_place asc, behaviour_points desc, lead_id asc) as recycling_rank
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
        judged.pool_days,
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
