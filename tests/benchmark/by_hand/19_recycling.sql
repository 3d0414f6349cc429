create temp table pools as
with last_contracts as (
    select
        lead_row,
        max_by(customer_id, struct_pack(signed_at := signed_at, contract_id := contract_id)) as customer_id
    from contracts
    where lead_row is not null
    group by lead_row
),
waiting as (
    select
        states.*,
        case
            when states.is_customer
                then days_after(
                    local_date(coalesce(behaviours.last_own_act_at, states.stage_entered_at)),
                    getvariable('unattended_days')
                )
            else local_date(states.stage_entered_at)
        end as entered_pool_on,
        behaviours.last_buyer_act_at,
        behaviours.last_buyer_act_type
    from lead_states as states
    inner join behaviours on states.lead_row = behaviours.lead_row
    where
        states.is_customer
        or states.current_stage in ('recycled', 'churned', 'lost')
        or states.current_stage in (select from_stage from seeds.recycle_rules)
)
select
    waiting.* replace (case when not waiting.is_customer then waiting.reason end as reason),
    last_contracts.customer_id,
    case
        when waiting.is_customer then 'unattended_customer'
        when waiting.current_stage = 'churned' then 'churned_customer'
        when waiting.lead_row in (select lead_row from opportunity_moves) then 'lost_opportunity'
        else 'never_opportunity'
    end as pool,
    case
        when waiting.is_customer then local_midnight(waiting.entered_pool_on)
        else waiting.stage_entered_at
    end as entered_pool_at,
    waiting.last_buyer_act_at > entered_pool_at as has_acted_anew
from waiting
left join last_contracts on waiting.lead_row = last_contracts.lead_row
where waiting.entered_pool_on <= getvariable('today');

create table warehouse.marts.fct_recycling_candidates as
with cases as (
    select distinct current_stage as from_stage, reason from pools
),
rules as (
    select
        cases.from_stage,
        cases.reason,
        min_by(recycle_rules, struct_pack(
            is_general := case when recycle_rules.reason is null then 1 else 0 end,
            priority := recycle_rules.priority,
            min_days := recycle_rules.min_days
        )) as rule
    from cases
    inner join seeds.recycle_rules
        on
            cases.from_stage = recycle_rules.from_stage
            and (recycle_rules.reason is null or cases.reason = recycle_rules.reason)
    group by cases.from_stage, cases.reason
),
actions as (
    select
        stages.stage,
        min_by(next_actions, struct_pack(
            is_general := case when next_actions.stage is null then 1 else 0 end, seed_row := next_actions.seed_row
        )) as next_action
    from stages
    inner join seeds.next_actions
        on next_actions.trigger = 'recycling' and (next_actions.stage is null or stages.stage = next_actions.stage)
    group by stages.stage
),
busy_domains as (
    select distinct raw_leads.company_domain
    from store.raw.leads as raw_leads
    inner join lead_states as states on raw_leads.rowid = states.lead_row
    where states.has_open_opportunity and raw_leads.company_domain is not null
),
busy_leads as (
    select raw_leads.rowid as lead_row
    from store.raw.leads as raw_leads
    where raw_leads.company_domain in (select company_domain from busy_domains)
),
fit_grades as (
    select grade, grade_position from grades
    where axis = 'fit'
),
judged as (
    select
        pools.*,
        rules.rule,
        days_after(pools.entered_pool_on, rules.rule.min_days) as eligible_on,
        case
            when pools.opted_out then 'opted_out'
            when pools.has_open_opportunity or pools.lead_row in (select lead_row from busy_leads)
                then 'open_opportunity'
            when rules.rule is null then 'no_rule'
            when pools.cycle_number >= rules.rule.max_cycles then 'max_cycles'
            when placed.fit_position > fit_grades.grade_position then 'fit'
            when days_after(pools.entered_pool_on, rules.rule.min_days) > getvariable('today') then 'too_early'
            when rules.rule.needs_new_act and not coalesce(pools.has_acted_anew, false) then 'no_new_act'
        end as ineligible_reason,
        actions.next_action,
        placed.fit_position,
        placed.behaviour_points,
        cast(
            '0x' || left(md5(pools.lead_id || '|' || cast(pools.cycle_number as varchar) || '|' || pools.pool), 8)
            as bigint
        ) / 4294967296.0 < getvariable('recycling_holdout_rate') as is_holdout
    from pools
    inner join placed on pools.lead_row = placed.lead_row
    left join rules on pools.current_stage = rules.from_stage and pools.reason is not distinct from rules.reason
    left join fit_grades on rules.rule.min_fit_grade = fit_grades.grade
    left join actions on pools.current_stage = actions.stage
),
ranked as (
    select
        lead_row,
        row_number() over (order by rule.priority, fit_position, behaviour_points desc, lead_id) as recycling_rank
    from judged
    where ineligible_reason is null
)
select
    judged.lead_id,
    judged.pool,
    judged.customer_id,
    judged.latest_opportunity_id as opportunity_id,
    judged.current_stage as from_stage,
    judged.reason,
    judged.cycle_number,
    judged.entered_pool_at,
    cast(date_diff('day', judged.entered_pool_on, getvariable('today')) as integer) as pool_days,
    judged.rule.priority as rule_priority,
    judged.eligible_on,
    judged.ineligible_reason is null as is_eligible,
    judged.ineligible_reason,
    case when judged.has_acted_anew then judged.last_buyer_act_type end as new_act_type,
    case when judged.has_acted_anew then judged.last_buyer_act_at end as new_act_at,
    ranked.recycling_rank,
    judged.next_action.action,
    judged.next_action.channel,
    judged.next_action.content,
    judged.owner_id,
    judged.is_holdout
from judged
left join ranked on judged.lead_row = ranked.lead_row;

create table warehouse.outputs.sync_crm__recycled_leads as
with numbered as (
    select *, row_number() over (order by recycling_rank) as offer_number
    from warehouse.marts.fct_recycling_candidates
    where is_eligible and not is_holdout
),
payloads as (
    select
        lead_id,
        pool,
        reason,
        action,
        channel,
        content,
        owner_id,
        recycling_rank,
        'In ' || from_stage || ' since ' || cast(local_date(entered_pool_at) as varchar)
        || case when reason is null then '' else ' (' || reason || ')' end
        || case
            when new_act_at is null then ''
            else '; new act ' || new_act_type || ' on ' || cast(local_date(new_act_at) as varchar)
        end as reason_text
    from numbered
    where offer_number <= getvariable('recycling_daily_limit') or getvariable('recycling_daily_limit') = 0
)
select
    *,
    md5(
        part(pool) || part(reason) || part(action) || part(channel) || part(content) || part(owner_id)
        || part(recycling_rank) || part(reason_text)
    ) as row_hash
from payloads;
drop table pools;
drop table placed;
drop table behaviours;
drop table profiles;
