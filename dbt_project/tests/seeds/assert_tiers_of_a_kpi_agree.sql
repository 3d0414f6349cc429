-- A failure means: a kpi is paid by two plans at once.
{{ config(meta={'dagster': {'ref': {'name': 'compensation_plans'}}}) }}
with plans as (
    select * from {{ seed_rows(ref('compensation_plans')) }} as seed
),

tiers as (
    select
        *,
        min(seed_row) over (partition by team, kpi) as first_row
    from plans
)

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
