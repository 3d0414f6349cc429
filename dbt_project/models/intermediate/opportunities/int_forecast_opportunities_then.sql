{{ config(materialized='incremental', incremental_strategy='new_origins', on_schema_change='fail') }}

-- A night makes only the origins that the last one lacks, or had not yet loaded everything for.
with origins as (
    select origin_at from {{ ref('int_forecast_origins') }}
    where
        knowledge = 'then'
        {% if is_increment() -%}
            and ({{ is_new('origin_at') }} or origin_at not in (select kept.origin_at from {{ this }} as kept))
        {%- endif %}
),

activity_versions as (
    select * from {{ ref('stg_crm__activity_versions') }}
    where {{ tells_of_opportunity() }}
),

corrections as (
    select * from {{ ref('stg_crm__activity_corrections') }}
),

contract_versions as (
    select * from {{ ref('stg_crm__contract_versions') }}
),

lead_versions as (
    select * from {{ ref('stg_crm__lead_versions') }}
),

segments as (
    select * from {{ ref('segments') }}
),

lost_reasons as (
    select * from {{ ref('lost_reasons') }}
),

exchange_rates as (
    select * from {{ ref('exchange_rates') }}
),

-- Activities: nearly all have one version, those that have several are ranked for each origin.
corrected_versions as (
    select * from corrections
    where activity_id in (select told.activity_id from corrections as told where {{ tells_of_opportunity('told.') }})
),

corrected as (
    {{ versions_by_origin('corrected_versions', 'activity_id', 'origins') }}
),

told as (
    {% set columns = [
        'activity_id', 'lead_id', 'activity_type', 'occurred_at', 'opportunity_id', 'outcome', 'stage', 'reason',
        'amount', 'currency', 'expected_close_on',
    ] -%}
    select
        origins.origin_at,
        activity_versions.{{ columns | join(',\n        activity_versions.') }}
    from activity_versions
    inner join origins
        on greatest(activity_versions._loaded_at, activity_versions.occurred_at) <= origins.origin_at
    left join corrections on activity_versions.activity_id = corrections.activity_id
    where corrections.activity_id is null and not activity_versions.is_deleted
    union all
    select
        origin_at,
        {{ columns | join(',\n        ') }}
    from corrected
    where occurred_at <= origin_at and not is_deleted and {{ tells_of_opportunity() }}
),

-- Leads: those that tell of opportunities, and all that a merge was ever said of, for the chains between them.
merges as (
    select
        lead_id,
        merged_into_lead_id
    from lead_versions
    where merged_into_lead_id is not null
),

needed_leads as (
    select lead_id from told
    union
    select lead_id from merges
    union
    select merged_into_lead_id as lead_id from merges
),

needed_versions as (
    select lead_versions.*
    from lead_versions
    inner join needed_leads on lead_versions.lead_id = needed_leads.lead_id
),

survivors as (
    {{ survivors_by_origin('needed_versions', 'origins') }}
),

told_by_survivors as (
    select
        told.*,
        survivors.survivor_id
    from told
    inner join survivors on told.origin_at = survivors.origin_at and told.lead_id = survivors.lead_id
),

-- A lead is seen from its creation on, or from the first move of an opportunity that it tells of.
seen as (
    select
        origin_at,
        survivor_id
    from survivors
    where created_at <= origin_at
    union
    select
        origin_at,
        survivor_id
    from told_by_survivors
    where
        activity_type in (
            'opportunity_created', 'opportunity_phase_changed', 'opportunity_won', 'opportunity_lost'
        )
),

activities as (
    select
        told_by_survivors.*,
        {{ in_reporting_currency('told_by_survivors.amount', 'exchange_rates.rate_to_reporting') }} as converted_amount
    from told_by_survivors
    inner join seen
        on told_by_survivors.origin_at = seen.origin_at and told_by_survivors.survivor_id = seen.survivor_id
    left join exchange_rates on told_by_survivors.currency = exchange_rates.currency
),

-- Contracts: the first signature that names an opportunity wins it.
naming_versions as (
    select * from contract_versions
    where contract_id in (select named.contract_id from contract_versions as named where named.opportunity_id is not null)
),

contracts as (
    {{ versions_by_origin('naming_versions', 'contract_id', 'origins') }}
),

signatures as (
    select
        origin_at,
        opportunity_id,
        contract_id,
        signed_at,
        row_number() over (partition by origin_at, opportunity_id order by signed_at, contract_id) as signing_number
    from contracts
    where not is_deleted and signed_at <= origin_at and opportunity_id is not null
),

events as (
    select
        activities.origin_at,
        activities.opportunity_id,
        activities.activity_id as event_id,
        activities.activity_type as event_type,
        activities.occurred_at,
        activities.survivor_id as naming_lead_id,
        case when activities.activity_type = 'opportunity_phase_changed' then activities.stage end as told_phase,
        activities.converted_amount as amount,
        activities.expected_close_on,
        coalesce(lost_reasons.is_excluded, false) as is_excluded
    from activities
    left join lost_reasons on activities.reason = lost_reasons.reason
    where activities.activity_type <> 'forecast_called'
    union all
    select
        origin_at,
        opportunity_id,
        contract_id as event_id,
        'signature' as event_type,
        signed_at as occurred_at,
        null as naming_lead_id,
        null as told_phase,
        null as amount,
        null as expected_close_on,
        false as is_excluded
    from signatures
    where signing_number = 1
),

calls as (
    select
        origin_at,
        opportunity_id,
        activity_id,
        occurred_at,
        outcome,
        converted_amount as amount
    from activities
    where activity_type = 'forecast_called'
),

spans as (
    {{ opportunity_spans('events', 'calls', ['origin_at', 'opportunity_id']) }}
),

-- Their segments, by the lead's last version updated by the creation, else its first, of those loaded by then.
sized_versions as (
    select
        needed_versions.lead_id,
        needed_versions.updated_at,
        needed_versions._loaded_at as loaded_at,
        row_number() over (
            partition by needed_versions.lead_id
            order by
                needed_versions.updated_at,
                needed_versions._loaded_at,
                needed_versions._source,
                needed_versions._source_row
        ) as version_number,
        (
            select max_by(segments.segment, segments.min_employees)
            from segments
            where segments.min_employees <= coalesce(needed_versions.employee_count, 0)
        ) as segment
    from needed_versions
),

segmented as (
    select
        spans.origin_at,
        spans.opportunity_id,
        coalesce(
            max_by(
                case when sized_versions.updated_at <= spans.created_at then sized_versions.segment end,
                case when sized_versions.updated_at <= spans.created_at then sized_versions.version_number end
            ),
            min_by(sized_versions.segment, sized_versions.version_number)
        ) as segment
    from spans
    inner join sized_versions on spans.lead_id = sized_versions.lead_id and sized_versions.loaded_at <= spans.origin_at
    where spans.stands_until is null
    group by spans.origin_at, spans.opportunity_id
)

select
    spans.origin_at,
    spans.opportunity_id,
    segmented.segment,
    {%- for column in forecast_facts() %}
    spans.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from spans
inner join segmented on spans.origin_at = segmented.origin_at and spans.opportunity_id = segmented.opportunity_id
where spans.stands_until is null
