-- Exactly one action for every open record and none for any other, told from the published marts alone.
{{ config(meta={'dagster': {'ref': {'name': 'fct_next_actions'}}}) }}
with actions as (
    select
        record_type,
        record_id,
        count(*) as actions
    from {{ ref('fct_next_actions') }}
    group by record_type, record_id
),

open_records as (
    select
        'lead' as record_type,
        leads.lead_id as record_id
    from {{ ref('dim_leads') }} as leads
    inner join {{ ref('fct_lead_scores') }} as scores on leads.lead_id = scores.lead_id
    inner join {{ ref('dim_stages') }} as stages on leads.current_stage = stages.stage
    left join {{ ref('fct_recycling_candidates') }} as candidates on leads.lead_id = candidates.lead_id
    where
        scores.is_rankable
        and (stages.kind = 'success' or coalesce(candidates.is_eligible, false))
        and not coalesce(candidates.is_eligible and candidates.is_holdout, false)
    union all
    select
        'opportunity' as record_type,
        opportunity_id as record_id
    from {{ ref('fct_opportunities') }}
    where status = {{ open_status() }}
    union all
    select
        'customer' as record_type,
        customer_id as record_id
    from (
        select
            customer_id,
            max_by(closing_mrr, movement_date) as mrr
        from {{ ref('fct_mrr_movements') }}
        where movement_date <= {{ as_of_date() }}
        group by customer_id
    ) as customers
    where mrr > 0
),

wrong as (
    select
        coalesce(open_records.record_type, actions.record_type) as record_type,
        coalesce(open_records.record_id, actions.record_id) as record_id,
        coalesce(actions.actions, 0) as actions,
        case when open_records.record_id is null then 0 else 1 end as wanted
    from open_records
    full join actions
        on open_records.record_type = actions.record_type and open_records.record_id = actions.record_id
)

select
    'fct_next_actions: ' || record_type || ' ' || record_id || ' has ' || cast(actions as varchar) || ' actions, not '
    || cast(wanted as varchar) as message
from wrong
where actions <> wanted
