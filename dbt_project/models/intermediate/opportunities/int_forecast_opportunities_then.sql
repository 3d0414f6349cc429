{{ config(materialized='incremental', incremental_strategy='new_origins', on_schema_change='fail') }}

-- A night makes only the origins that the last one lacks, or had not yet loaded everything for.
{% set lacking -%}
    {%- if is_increment() -%}
        ({{ is_new('origin_at') }} or origin_at not in (select kept.origin_at from {{ this }} as kept))
    {%- else -%} true {%- endif -%}
{%- endset -%}

with origins as (
    select origin_at from {{ ref('int_forecast_origins') }}
    where knowledge = 'then' and {{ lacking }}
),

-- No row in a night that has none to make: what is joined with it is not even read then.
asked as (
    select distinct true as is_asked from origins
),

spans_of_today as (
    select spans.*
    from {{ ref('int_opportunity_spans') }} as spans
    cross join asked
),

activity_versions as (
    select versions.*
    from {{ ref('stg_crm__activity_versions') }} as versions
    cross join asked
),

corrections as (
    select versions.*
    from {{ ref('stg_crm__activity_corrections') }} as versions
    cross join asked
),

contract_versions as (
    select versions.*
    from {{ ref('stg_crm__contract_versions') }} as versions
    cross join asked
),

lead_versions as (
    select versions.*
    from {{ ref('stg_crm__lead_versions') }} as versions
    cross join asked
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

sized_versions as (
    select
        lead_versions.*,
        (
            select max_by(segments.segment, segments.min_employees)
            from segments
            where segments.min_employees <= coalesce(lead_versions.employee_count, 0)
        ) as segment
    from lead_versions
),

-- What was learnt at once and never corrected was known at each origin as it is today.
restless as (
    {{ restless_opportunities('activity_versions', 'corrections', 'contract_versions', 'sized_versions', 'origins') }}
),

restless_versions as (
    select activity_versions.*
    from activity_versions
    inner join restless on activity_versions.opportunity_id = restless.opportunity_id
),

told as (
    {{ opportunity_activities_by_origin('restless_versions', 'corrections', 'origins') }}
),

-- Leads: those that tell of opportunities, and all that a merge was ever said of, for the chains between them.
absorbed as (
    select
        lead_id,
        merged_into_lead_id
    from lead_versions
    where merged_into_lead_id is not null
),

needed_leads as (
    select lead_id from told
    union
    select lead_id from absorbed
    union
    select merged_into_lead_id as lead_id from absorbed
),

needed_versions as (
    select sized_versions.*
    from sized_versions
    inner join needed_leads on sized_versions.lead_id = needed_leads.lead_id
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

signatures as (
    {{ signatures_by_origin('contract_versions', 'restless', 'origins') }}
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

states as (
    {{ opportunity_states('events', ['origin_at', 'opportunity_id']) }}
),

spans as (
    {{ opportunity_spans('states', 'calls', ['origin_at', 'opportunity_id']) }}
),

-- Their segments, by the lead's last version updated by the creation, else its first, of those loaded by then.
numbered_versions as (
    select
        lead_id,
        updated_at,
        _loaded_at as loaded_at,
        row_number() over (
            partition by lead_id
            order by updated_at, _loaded_at, _source, _source_row
        ) as version_number,
        segment
    from needed_versions
),

segmented as (
    select
        spans.origin_at,
        spans.opportunity_id,
        coalesce(
            max_by(
                case when versions.updated_at <= spans.created_at then versions.segment end,
                case when versions.updated_at <= spans.created_at then versions.version_number end
            ),
            min_by(versions.segment, versions.version_number)
        ) as segment
    from spans
    inner join numbered_versions as versions
        on spans.lead_id = versions.lead_id and spans.origin_at >= versions.loaded_at
    where spans.stands_until is null
    group by spans.origin_at, spans.opportunity_id
)

select
    spans.origin_at,
    spans.opportunity_id,
    segmented.segment,
    spans.{{ forecast_facts() | join(',\n    spans.') }}
from spans
inner join segmented on spans.origin_at = segmented.origin_at and spans.opportunity_id = segmented.opportunity_id
where spans.stands_until is null
union all
select
    origins.origin_at,
    calm.opportunity_id,
    calm.segment,
    calm.{{ forecast_facts() | join(',\n    calm.') }}
from spans_of_today as calm
inner join origins on calm.stands_from <= origins.origin_at and calm.stands_until > origins.origin_at
left join restless on calm.opportunity_id = restless.opportunity_id
where restless.opportunity_id is null
