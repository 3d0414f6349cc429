create table warehouse.marts.kpi_data_quality as
with odd_activities as (
    select
        activities.occurred_at,
        resolved.lead_id is null as is_parked,
        not coalesce(kinds.is_listed, false) as is_unknown_type
    from store.raw.activities
    left join resolved on activities.lead_id = resolved.lead_id
    left join kinds on activities.activity_type = kinds.activity_type
    where
        not activities.is_deleted
        and not coalesce(resolved.is_erased, false)
        and activities.rowid not in (select activity_row from activity_losers)
),
measured as (
    select
        'leads' as feed,
        0 as parked_rows,
        count(*) filter (where not resolved.is_erased and resolved.lead_row <> current_leads.lead_row) as merged_leads,
        count(*) filter (
            where current_leads.merged_into_lead_id is not null
            and current_leads.lead_row not in (select lead_row from merges)
        ) as void_merges,
        count(*) filter (where resolved.is_erased) as erased_leads,
        count(*) filter (where current_leads.created_at > getvariable('as_of')) as future_rows,
        0 as unknown_type_rows,
        max(current_leads.created_at) filter (where current_leads.created_at <= getvariable('as_of'))
            as latest_occurred_at
    from current_leads
    inner join resolved on current_leads.lead_id = resolved.lead_id
    union all
    select
        'activities' as feed,
        count(*) filter (where is_parked) as parked_rows,
        0 as merged_leads,
        0 as void_merges,
        0 as erased_leads,
        count(*) filter (where occurred_at > getvariable('as_of')) as future_rows,
        count(*) filter (where is_unknown_type) as unknown_type_rows,
        max(occurred_at) filter (where occurred_at <= getvariable('as_of')) as latest_occurred_at
    from odd_activities
    union all
    select
        'contracts' as feed,
        0 as parked_rows,
        0 as merged_leads,
        0 as void_merges,
        0 as erased_leads,
        count(*) filter (where signed_at > getvariable('as_of')) as future_rows,
        0 as unknown_type_rows,
        max(signed_at) filter (where signed_at <= getvariable('as_of')) as latest_occurred_at
    from current_contracts
)
select batch_feeds.* rename (batch_id as refresh_id), measured.* exclude (feed)
from store.ops.batch_feeds
left join measured on batch_feeds.feed = measured.feed;
create table warehouse.marts.fct_refreshes as from store.ops.refreshes;
drop table current_leads;
drop table resolved;
