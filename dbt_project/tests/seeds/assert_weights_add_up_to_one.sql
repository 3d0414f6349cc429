-- A failure means: a full score, or full pay, is not 100 %.
{{ config(meta={'dagster': {'ref': {'name': 'compensation_plans'}}}) }}
-- Where a weight is that of nothing there is, that alone is told.
with health_total as (
    select
        coalesce(sum(weight), 0) as weight,
        count(case when component not in ('onboarding', 'usage', 'recency', 'voice', 'contract') then 1 end)
            as unknown_count
    from {{ ref('health_weights') }}
),

known_kpis as (
    {% for kpi in seed_kpis() %}
        select '{{ kpi }}' as kpi
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

plans as (
    select * from {{ seed_rows(ref('compensation_plans')) }} as seed
),

plan_kpis as (
    select
        team,
        kpi,
        min(weight) as weight
    from plans
    group by team, kpi
),

team_totals as (
    select
        plan_kpis.team,
        sum(plan_kpis.weight) as weight,
        count(*) - count(known_kpis.kpi) as unknown_count
    from plan_kpis
    left join known_kpis on plan_kpis.kpi = known_kpis.kpi
    group by plan_kpis.team
),

tiers as (
    select
        *,
        min(seed_row) over (partition by team, kpi) as first_row
    from plans
)

select
    {{ seed_sentence(
        'health_weights.csv: the weights add up to {weight}. Change them so that they add up to 1.'
    ) }} as message
from health_total
where weight <> 1 and unknown_count = 0

union all

select
    {{ seed_sentence(
        'compensation_plans.csv: the weights of team {team} add up to {weight}. '
        ~ 'Change them so that its kpis add up to 1.'
    ) }} as message
from team_totals
where weight <> 1 and unknown_count = 0

union all

select
    {{ seed_sentence(
        'compensation_plans.csv, row {!tiers.seed_row} (team {tiers.team}, kpi {tiers.kpi}): '
        ~ 'differs from row {!tiers.first_row}, a tier of the same kpi, in more than '
        ~ 'accelerator_from and accelerator_rate. Make them alike.'
    ) }} as message
from tiers
inner join plans on tiers.first_row = plans.seed_row
where
    tiers.weight <> plans.weight
    or tiers.variable_pay <> plans.variable_pay
    or coalesce(tiers.threshold, -1) <> coalesce(plans.threshold, -1)
    -- What is no tiering at all is told as that alone.
    or (tiers.tiering <> plans.tiering and tiers.tiering in ('marginal', 'retroactive'))
    or coalesce(tiers.cap, -1) <> coalesce(plans.cap, -1)
