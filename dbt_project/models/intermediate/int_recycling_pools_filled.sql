with leads as (
    select * from {{ ref('dim_leads') }}
),

transitions as (
    select * from {{ ref('fct_stage_transitions') }}
    where exited_at is null
),

behaved as (
    select * from {{ ref('int_leads_behaved') }}
),

occupied as (
    select * from {{ ref('int_leads_occupied') }}
),

opportunity_moves as (
    select distinct lead_id
    from {{ ref('int_opportunities_tracked') }}
),

contracts as (
    select
        *,
        row_number() over (partition by lead_id order by signed_at desc, contract_id desc) as latest_number
    from {{ ref('int_contracts_attached') }}
    where lead_id is not null
),

rule_stages as (
    select distinct from_stage
    from {{ ref('recycle_rules') }}
),

-- Whoever is no customer waits in the stage the lead fell into; a customer waits from the day it counts as unattended.
waiting as (
    select
        leads.lead_id,
        leads.current_stage as from_stage,
        leads.is_customer,
        occupied.latest_opportunity_id as opportunity_id,
        case when not leads.is_customer then transitions.reason end as reason,
        case
            when leads.is_customer
                then {{ days_after(
                    local_date('coalesce(behaved.last_own_act_at, leads.stage_entered_at)'), var('unattended_days')
                ) }}
            else {{ local_date('leads.stage_entered_at') }}
        end as entered_pool_on,
        leads.stage_entered_at,
        case
            when leads.is_customer then 'unattended_customer'
            when leads.current_stage = {{ churned_stage() }} then 'churned_customer'
            when opportunity_moves.lead_id is not null then 'lost_opportunity'
            else 'never_opportunity'
        end as pool
    from leads
    inner join transitions on leads.lead_id = transitions.lead_id
    inner join behaved on leads.lead_id = behaved.lead_id
    inner join occupied on leads.lead_id = occupied.lead_id
    left join opportunity_moves on leads.lead_id = opportunity_moves.lead_id
    left join rule_stages on leads.current_stage = rule_stages.from_stage
    where
        leads.is_customer
        or rule_stages.from_stage is not null
        or leads.current_stage in ({{ recyclable_stages() }}, {{ lost_stage() }})
),

filled as (
    select
        waiting.lead_id,
        waiting.pool,
        contracts.customer_id,
        waiting.opportunity_id,
        waiting.from_stage,
        waiting.reason,
        case
            when waiting.is_customer then {{ local_midnight('waiting.entered_pool_on') }}
            else waiting.stage_entered_at
        end as entered_pool_at,
        waiting.entered_pool_on
    from waiting
    left join contracts on waiting.lead_id = contracts.lead_id and contracts.latest_number = 1
    where waiting.entered_pool_on <= {{ as_of_date() }}
)

select * from filled
