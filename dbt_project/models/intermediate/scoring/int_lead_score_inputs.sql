{{ per_lead() }}

{% set first_day_waited = days_after(
    local_date('coalesce(lives.last_own_activity_at, leads.stage_entered_at)'), var('unattended_days')
) %}
{% set recyclable = recyclable_stages() ~ ', ' ~ lost_stage() %}
{% set drawn = hash_share("waiting.lead_id || '|' || cast(waiting.cycle_number as varchar) || '|' || waiting.pool") %}

with leads as (
    select * from {{ touched('dim_leads') }}
),

blocks as (
    select * from {{ touched('int_behaviour_blocks') }}
),

carried as (
    select * from {{ touched('int_behaviour_carried') }}
),

-- A score may use only what was known of the lead at as_of, nearly always what is known now.
scored_profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'scored'
),

-- Joins on few leads are cheap: what says nothing of a lead is left out.
statuses as (
    select * from {{ touched('int_lead_customer_status') }}
    where latest_opportunity_id is not null
),

reasons as (
    select * from {{ touched('fct_stage_transitions') }}
    where exited_at is null and reason is not null
),

contracts as (
    select
        *,
        row_number() over (partition by lead_id order by signed_at desc, contract_id desc) as latest_number
    from {{ touched('int_contracts_attached') }}
    where lead_id is not null
),

rule_stages as (
    select distinct from_stage
    from {{ ref('recycle_rules') }}
),

repeated_leads as (
    select distinct lead_id
    from carried
),

long_lives as (
    select
        blocks.lead_id,
        max(blocks.weight_block) as weight_block,
        max_by(blocks.block_sum, blocks.weight_block) as block_sum,
        max(blocks.last_own_activity_at) as last_own_activity_at,
        max(blocks.last_buyer_act_at) as last_buyer_act_at,
        max_by(blocks.last_buyer_act_type, blocks.last_buyer_act_at) as last_buyer_act_type
    from blocks
    inner join repeated_leads on blocks.lead_id = repeated_leads.lead_id
    group by blocks.lead_id
),

lives as (
    select
        blocks.lead_id,
        blocks.weight_block,
        blocks.block_sum,
        null as sum_before,
        blocks.last_own_activity_at,
        blocks.last_buyer_act_at,
        blocks.last_buyer_act_type
    from blocks
    left join long_lives on blocks.lead_id = long_lives.lead_id
    where long_lives.lead_id is null
    union all
    select
        long_lives.lead_id,
        long_lives.weight_block,
        long_lives.block_sum,
        carried.sum_before,
        long_lives.last_own_activity_at,
        long_lives.last_buyer_act_at,
        long_lives.last_buyer_act_type
    from long_lives
    inner join carried on long_lives.lead_id = carried.lead_id and long_lives.weight_block = carried.weight_block
),

-- Whoever is no customer waits in the stage the lead fell into; a customer waits from the day it counts as unattended.
waiting as (
    select
        leads.lead_id,
        leads.cycle_number,
        leads.current_stage,
        leads.stage_entered_at,
        leads.owner_id,
        leads.opted_out,
        leads.is_customer,
        coalesce(scored_profiles.segment, leads.segment) as segment,
        coalesce(scored_profiles.fit_points, leads.fit_points) as fit_points,
        coalesce(scored_profiles.fit_grade, leads.fit_grade) as fit_grade,
        coalesce(scored_profiles.known_attributes, {{ known_attributes('leads') }}) as known_attributes,
        coalesce(statuses.has_open_opportunity, false) as has_open_opportunity,
        statuses.latest_opportunity_id,
        contracts.customer_id,
        case when not leads.is_customer then reasons.reason end as reason,
        lives.weight_block,
        lives.block_sum,
        lives.sum_before,
        lives.last_buyer_act_at,
        lives.last_buyer_act_type,
        case
            when leads.is_customer then 'unattended_customer'
            when leads.current_stage = {{ churned_stage() }} then 'churned_customer'
            when rule_stages.from_stage is null and leads.current_stage not in ({{ recyclable }}) then null
            when statuses.lead_id is not null then 'lost_opportunity'
            else 'never_opportunity'
        end as pool,
        case
            when leads.is_customer then {{ first_day_waited }}
            else {{ local_date('leads.stage_entered_at') }}
        end as entered_pool_on
    from leads
    left join lives on leads.lead_id = lives.lead_id
    left join scored_profiles on leads.lead_id = scored_profiles.lead_id
    left join statuses on leads.lead_id = statuses.lead_id
    left join reasons on leads.lead_id = reasons.lead_id
    left join contracts on leads.lead_id = contracts.lead_id and contracts.latest_number = 1
    left join rule_stages on leads.current_stage = rule_stages.from_stage
),

summarised as (
    select
        waiting.lead_id,
        waiting.cycle_number,
        waiting.current_stage,
        waiting.owner_id,
        waiting.opted_out,
        waiting.segment,
        waiting.fit_points,
        waiting.fit_grade,
        waiting.known_attributes,
        waiting.has_open_opportunity,
        waiting.latest_opportunity_id,
        waiting.customer_id,
        waiting.weight_block,
        waiting.block_sum,
        waiting.sum_before,
        waiting.last_buyer_act_at,
        waiting.last_buyer_act_type,
        waiting.pool,
        waiting.reason,
        case
            when waiting.is_customer then {{ local_midnight('waiting.entered_pool_on') }}
            else waiting.stage_entered_at
        end as entered_pool_at,
        waiting.entered_pool_on,
        {{ drawn }} < {{ var('recycling_holdout_rate') }} as is_holdout
    from waiting
)

select * from summarised
