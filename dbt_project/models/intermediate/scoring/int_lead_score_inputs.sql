{{ per_lead() }}

{% set attributes = [
    'industry', 'country', 'employee_band', 'job_level', 'lead_source', 'company_domain', 'segment', 'known_attributes',
    'fit_points', 'fit_grade',
] %}

with leads as (
    select * from {{ touched('int_leads_rankable') }}
),

blocks as (
    select * from {{ touched('int_behaviour_blocks') }}
),

carried as (
    select * from {{ touched('int_behaviour_carried') }}
),

current_profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'current'
),

-- A score may use only what was known of the lead at as_of, nearly always what is known now.
scored_profiles as (
    select * from {{ touched('int_lead_profiles') }}
    where profile = 'scored'
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
        max(blocks.last_buyer_act_at) as last_buyer_act_at,
        max_by(blocks.last_buyer_act_id, blocks.last_buyer_act_at) as last_buyer_act_id,
        max_by(blocks.last_content_id, blocks.last_content_at) as last_content_id
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
        blocks.last_buyer_act_at,
        blocks.last_buyer_act_id,
        blocks.last_content_id
    from blocks
    left join long_lives on blocks.lead_id = long_lives.lead_id
    where long_lives.lead_id is null
    union all
    select
        long_lives.lead_id,
        long_lives.weight_block,
        long_lives.block_sum,
        carried.sum_before,
        long_lives.last_buyer_act_at,
        long_lives.last_buyer_act_id,
        long_lives.last_content_id
    from long_lives
    inner join carried on long_lives.lead_id = carried.lead_id and long_lives.weight_block = carried.weight_block
),

summarised as (
    select
        leads.lead_id,
        leads.created_at,
        leads.cycle_number,
        leads.is_rankable,
        {% for attribute in attributes -%}
            case
                when scored_profiles.lead_id is null then current_profiles.{{ attribute }}
                else scored_profiles.{{ attribute }}
            end as {{ attribute }},
        {% endfor -%}
        lives.weight_block,
        lives.block_sum,
        lives.sum_before,
        lives.last_buyer_act_at,
        lives.last_buyer_act_id,
        lives.last_content_id
    from leads
    inner join current_profiles on leads.lead_id = current_profiles.lead_id
    left join lives on leads.lead_id = lives.lead_id
    left join scored_profiles on leads.lead_id = scored_profiles.lead_id
)

select * from summarised
