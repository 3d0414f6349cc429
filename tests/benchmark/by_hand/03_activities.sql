-- Few ids have several versions, and only their rows are ranked. Sorting hashes finds them cheaper than grouping ids.
create temp table repeated_hashes as
with sorted_hashes as (
    select id_hash, lag(id_hash) over (order by id_hash) as hash_before
    from (select hash(activity_id) as id_hash from store.raw.activities) as hashes
)
select distinct id_hash from sorted_hashes
where id_hash = hash_before;

create temp table activity_losers as
with ranked as (
    select
        activities.rowid as activity_row,
        row_number() over (
            partition by activity_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
        ) as version_rank
    from store.raw.activities
    where hash(activity_id) in (select id_hash from repeated_hashes)
)
select activity_row from ranked
where version_rank > 1;

set variable latest_activity_at = (
    select max(activities.occurred_at) from store.raw.activities
    inner join resolved on activities.lead_id = resolved.lead_id
    where
        not activities.is_deleted
        and not resolved.is_erased
        and activities.occurred_at <= getvariable('as_of')
        and activities.rowid not in (select activity_row from activity_losers)
);

-- What moves a stage, scores or was an act of the buyer, as numbers alone.
create temp table acts as
select
    resolved.lead_row,
    cast(activities.rowid as uinteger) as activity_row,
    kinds.kind,
    activities.occurred_at,
    cast(greatest(
        kinds.criterion_code, by_outcome.stage_code, kinds.opportunity_code,
        reported.stage_code
    ) as smallint) as stage_code,
    coalesce(kinds.opportunity_code, reported.stage_code)
    >= greatest(kinds.criterion_code, by_outcome.stage_code, getvariable('first_code')) as is_opportunity,
    coalesce(kinds.is_buyer_act, false) as is_buyer_act
from store.raw.activities
inner join resolved on activities.lead_id = resolved.lead_id
left join kinds on activities.activity_type = kinds.activity_type
left join criteria as by_outcome
    on activities.activity_type = by_outcome.activity_type and activities.outcome = by_outcome.outcome
left join stages as reported
    on
        activities.stage = reported.stage
        and activities.activity_type = 'opportunity_phase_changed'
        and reported.is_success
where
    not activities.is_deleted
    and not resolved.is_erased
    and activities.occurred_at <= getvariable('as_of')
    and activities.rowid not in (select activity_row from activity_losers)
    and (
        kinds.points <> 0 or kinds.is_buyer_act
        or kinds.criterion_code is not null or by_outcome.stage_code is not null
        or kinds.opportunity_code is not null or reported.stage_code is not null
    );

-- The few activities whose texts matter before anything is decided.
create temp table reports as
select
    resolved.lead_row,
    activities.activity_id,
    activities.activity_type,
    activities.occurred_at,
    activities.opportunity_id,
    activities.actor_id,
    activities.stage,
    activities.reason,
    cast(activities.rowid as bigint) as activity_row
from store.raw.activities
inner join resolved on activities.lead_id = resolved.lead_id
where
    (activities.opportunity_id is not null or activities.activity_type in ('stage_changed', 'disqualified', 'recycled'))
    and not activities.is_deleted
    and not resolved.is_erased
    and activities.occurred_at <= getvariable('as_of')
    and activities.rowid not in (select activity_row from activity_losers);
