-- Contracts have negative row numbers, so that activities and contracts are told apart.
create temp table signatures as
select
    contracts.lead_row,
    contracts.signed_at as signal_at,
    contracts.contract_id,
    -row_number() over () as signal_row,
    contracts.contract_id = islands.first_contract_id as is_strong,
    cast(
        case
            when contracts.contract_id = islands.first_contract_id then getvariable('won_code')
            else getvariable('renewed_code')
        end as smallint
    ) as stage_code
from contracts
inner join islands
    on
        contracts.lead_row = islands.lead_row
        and contracts.starts_on >= islands.starts_on
        and contracts.uncovered_from <= islands.uncovered_from
where
    contracts.uncovered_from > contracts.starts_on
    and (contracts.contract_id = islands.first_contract_id or contracts.renews_contract_id is not null);

create temp view evidence as
with openings as (
    select activity_row from opportunity_moves
    where is_opening
)
select
    lead_row,
    occurred_at as signal_at,
    cast(activity_row as bigint) as signal_row,
    stage_code,
    kind = getvariable('won_kind') or activity_row in (from openings) as is_strong,
    activity_row in (from openings) as is_opening,
    case when is_opportunity then 'opportunity' else 'criterion' end as basis
from acts
where stage_code is not null
union all
select lead_row, signal_at, signal_row, stage_code, is_strong, false as is_opening, 'contract' as basis from signatures;

-- In a closed segment nothing counts before the first strong evidence.
create temp table reopenings as
select segments.lead_row, segments.segment_number, min(evidence.signal_at) as strong_at
from evidence
inner join segments
    on
        evidence.lead_row = segments.lead_row
        and evidence.signal_at > segments.from_at
        and evidence.signal_at <= segments.to_at
where evidence.is_strong and segments.is_closed
group by all;

-- Of all evidence of one stage in one segment only the earliest can move the lead.
create temp table earliest as
with segmented as (
    select
        evidence.lead_row,
        coalesce(segments.segment_number, 0) as segment_number,
        evidence.stage_code,
        evidence.signal_at,
        coalesce(segments.is_closed, false) as is_closed
    from evidence
    left join segments
        on
            evidence.lead_row = segments.lead_row
            and evidence.signal_at > segments.from_at
            and evidence.signal_at <= segments.to_at
)
select lead_row, segment_number, stage_code, min(signal_at) as signal_at
from segmented
where not is_closed
group by all
union all
select segmented.lead_row, segmented.segment_number, segmented.stage_code, min(segmented.signal_at) as signal_at
from segmented
inner join reopenings
    on segmented.lead_row = reopenings.lead_row and segmented.segment_number = reopenings.segment_number
where segmented.is_closed and segmented.signal_at >= reopenings.strong_at
group by segmented.lead_row, segmented.segment_number, segmented.stage_code, segmented.signal_at > reopenings.strong_at;
