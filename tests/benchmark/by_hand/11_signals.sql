create temp table candidates as
select
    evidence.lead_row,
    earliest.segment_number,
    evidence.stage_code,
    evidence.signal_at,
    evidence.signal_row,
    evidence.is_strong,
    evidence.is_opening,
    evidence.basis
from evidence
inner join earliest
    on
        evidence.lead_row = earliest.lead_row
        and evidence.stage_code = earliest.stage_code
        and evidence.signal_at = earliest.signal_at
where
    evidence.stage_code >= getvariable('mql_code')
    or evidence.signal_row not in (select signal_row from mql_signals)
union all
select
    lead_row,
    segment_number,
    getvariable('mql_code') as stage_code,
    signal_at,
    signal_row,
    false as is_strong,
    false as is_opening,
    'score' as basis
from mql_signals;

create temp table signals as
with named as (
    select
        candidates.*,
        activities.activity_id as signal_id,
        activities.actor_id
    from store.raw.activities
    inner join candidates on activities.rowid = candidates.signal_row
    union all
    select
        candidates.*,
        signatures.contract_id as signal_id,
        null as actor_id
    from candidates
    inner join signatures on candidates.signal_row = signatures.signal_row
),
-- In a closed segment the first strong evidence and what follows it count, by time and id.
first_strong as (
    select
        named.lead_row,
        named.segment_number,
        min(struct_pack(signal_at := named.signal_at, signal_id := named.signal_id, basis := named.basis))
            as first_signal
    from named
    inner join reopenings
        on named.lead_row = reopenings.lead_row and named.segment_number = reopenings.segment_number
    where named.is_strong and named.signal_at = reopenings.strong_at
    group by named.lead_row, named.segment_number
)
select
    named.lead_row,
    named.segment_number,
    named.stage_code,
    named.signal_at,
    named.signal_id,
    named.basis,
    named.is_opening,
    named.actor_id,
    cast(null as varchar) as reason
from named
left join first_strong
    on named.lead_row = first_strong.lead_row and named.segment_number = first_strong.segment_number
where
    first_strong.lead_row is null
    or struct_pack(signal_at := named.signal_at, signal_id := named.signal_id, basis := named.basis)
    >= first_strong.first_signal
union all
select lead_row, segment_number, stage_code, signal_at, signal_id, basis, false as is_opening, actor_id, reason
from markers;
drop table candidates;
drop table earliest;
