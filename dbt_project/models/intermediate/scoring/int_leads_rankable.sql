{{ per_lead() }}

with leads as (
    select * from {{ touched('dim_leads') }}
),

mentions as (
    select * from {{ touched('int_lead_opportunities') }}
),

-- Whose opportunity it is decides nothing: whoever it is named by is in talks while it is open.
open_opportunities as (
    select opportunity_id
    from {{ whole('int_opportunity_outcomes') }}
    where status = {{ open_status() }}
),

talks as (
    select distinct mentions.lead_id
    from mentions
    inner join open_opportunities on mentions.opportunity_id = open_opportunities.opportunity_id
),

judged as (
    select
        leads.lead_id,
        leads.created_at,
        leads.captured_at,
        leads.cycle_number,
        talks.lead_id is not null as is_in_talks,
        not leads.is_customer
        and not leads.opted_out
        and leads.current_stage <> {{ disqualified_stage() }}
        and talks.lead_id is null as is_rankable,
        {{ hash_share('leads.lead_id') }} as sample_share
    from leads
    left join talks on leads.lead_id = talks.lead_id
)

select * from judged
