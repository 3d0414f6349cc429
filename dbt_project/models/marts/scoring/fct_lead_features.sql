{% set kinds = ['web', 'content', 'email', 'event', 'inquiry', 'voice'] %}

with score_inputs as (
    select * from {{ ref('int_lead_score_inputs') }}
    where is_rankable
),

today as (
    select * from {{ ref('int_score_day_weights') }}
    where date_day = {{ as_of_date() }}
),

rankable_then as (
    select * from {{ ref('int_leads_rankable_then') }}
),

profiles_then as (
    select * from {{ ref('int_lead_profiles_then') }}
),

behaviour_then as (
    select * from {{ ref('int_behaviour_then') }}
),

windows as (
    select * from {{ ref('int_score_windows') }}
),

opportunities as (
    select * from {{ ref('int_opportunity_outcomes') }}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

public_domains as (
    select * from {{ ref('public_domains') }}
),

target_accounts as (
    select distinct company_domain
    from {{ ref('target_accounts') }}
),

covered as (
    select
        lead_id,
        min(attached_at) as attached_at
    from {{ ref('int_contracts_attached') }}
    where is_covering and lead_id is not null
    group by lead_id
),

labels as (
    select distinct
        rankable_then.lead_id,
        rankable_then.period_month
    from rankable_then
    inner join opportunities
        on
            rankable_then.lead_id = opportunities.lead_id
            and rankable_then.starts_at < opportunities.created_at
            and {{ days_between('rankable_then.period_month', local_date('opportunities.created_at')) }}
            < {{ var('score_horizon_days') }}
),

scored as (
    select
        score_inputs.lead_id,
        {{ as_of() }} as scored_at,
        {{ as_of_date() }} as scored_on,
        score_inputs.cycle_number,
        score_inputs.created_at,
        score_inputs.industry,
        score_inputs.country,
        score_inputs.employee_band,
        score_inputs.job_level,
        score_inputs.lead_source,
        score_inputs.company_domain,
        score_inputs.known_attributes,
        score_inputs.fit_points,
        {{ behaviour_points_on('today', 'score_inputs') }} as behaviour_points,
        score_inputs.last_buyer_act_at,
        cast(null as boolean) as has_opportunity_within_horizon
    from score_inputs
    cross join today
    union all
    select
        rankable_then.lead_id,
        rankable_then.starts_at as scored_at,
        rankable_then.period_month as scored_on,
        rankable_then.cycle_number,
        rankable_then.created_at,
        profiles.industry,
        profiles.country,
        profiles.employee_band,
        profiles.job_level,
        profiles.lead_source,
        profiles.company_domain,
        profiles.known_attributes,
        profiles.fit_points,
        coalesce(behaviour_then.behaviour_points, 0) as behaviour_points,
        behaviour_then.last_buyer_act_at,
        labels.lead_id is not null as has_opportunity_within_horizon
    from rankable_then
    inner join profiles_then as profiles
        on rankable_then.lead_id = profiles.lead_id and rankable_then.period_month = profiles.period_month
    left join behaviour_then
        on rankable_then.lead_id = behaviour_then.lead_id and rankable_then.period_month = behaviour_then.period_month
    left join labels on rankable_then.lead_id = labels.lead_id and rankable_then.period_month = labels.period_month
),

features as (
    select
        scored.lead_id,
        scored.scored_at,
        cast(scored.cycle_number as integer) as cycle_number,
        scored.industry,
        scored.country,
        scored.employee_band,
        scored.job_level,
        scored.lead_source,
        lead_sources.motion,
        scored.company_domain is not null and public_domains.company_domain is null as has_company_domain,
        target_accounts.company_domain is not null as is_target_account,
        coalesce(covered.attached_at <= scored.scored_at, false) as was_customer,
        cast(scored.known_attributes as integer) as known_attributes,
        cast(scored.fit_points as double) as fit_points,
        round(scored.behaviour_points, 2) as behaviour_points,
        {% for name in counted_acts() -%}
            coalesce(windows.{{ name }}, 0) as {{ name }},
        {% endfor -%}
        {% for kind in kinds -%}
            {{ one_if_any('windows', kind ~ '_acts') }}{{ ' + ' if not loop.last }}
        {%- endfor %} as act_kinds_90d,
        -- By its creation: what captured a lead may be a score with its current fit.
        cast(
            greatest({{ days_between(local_date('scored.created_at'), 'scored.scored_on') }}, 0) as integer
        ) as days_since_captured,
        cast(
            {{ days_between(local_date('scored.last_buyer_act_at'), 'scored.scored_on') }} as integer
        ) as days_since_buyer_act,
        windows.days_since_act_by_us,
        scored.has_opportunity_within_horizon
    from scored
    left join windows on scored.lead_id = windows.lead_id and scored.scored_on = windows.scored_on
    left join covered on scored.lead_id = covered.lead_id
    left join lead_sources on scored.lead_source = lead_sources.lead_source
    left join public_domains on scored.company_domain = public_domains.company_domain
    left join target_accounts on scored.company_domain = target_accounts.company_domain
)

select * from features
