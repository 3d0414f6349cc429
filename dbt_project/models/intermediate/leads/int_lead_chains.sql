-- A merge chain can have any length and can run in a circle: the one place that needs recursion.
with recursive leads as (
    select
        lead_id,
        merged_into_lead_id,
        is_deleted
    from {{ ref('stg_crm__leads') }}
),

links as (
    select
        lead_id,
        merged_into_lead_id as next_lead_id
    from leads
    where merged_into_lead_id is not null
),

chains as (
    select
        lead_id,
        next_lead_id as reached_lead_id
    from links
    union
    select
        chains.lead_id,
        links.next_lead_id as reached_lead_id
    from chains
    inner join links on chains.reached_lead_id = links.lead_id
),

ends as (
    select
        chains.lead_id,
        survivors.lead_id as survivor_id,
        survivors.is_deleted as is_survivor_deleted
    from chains
    inner join leads as survivors on chains.reached_lead_id = survivors.lead_id
    where survivors.merged_into_lead_id is null
),

resolved as (
    select
        links.lead_id,
        coalesce(ends.survivor_id, links.lead_id) as survivor_id,
        ends.survivor_id is null as is_merge_void,
        coalesce(ends.is_survivor_deleted, false) as is_erased
    from links
    left join ends on links.lead_id = ends.lead_id
    union all
    select
        lead_id,
        lead_id as survivor_id,
        false as is_merge_void,
        true as is_erased
    from leads
    where merged_into_lead_id is null and is_deleted
)

select * from resolved
