-- What the marts cost at least: the same marts as the dbt project's, by hand, without dbt and without a night to come.
-- Run by limit.py on the store (attached as `store`), the seeds (schema `seeds`) and the vars (as variables); the marts
-- go to the attached file `warehouse`. A row of raw is known by its rowid until its texts are wanted.

-- step: process
create macro local_date(instant) as case
    when getvariable('reporting_timezone') = 'UTC' then cast(make_timestamp(epoch_us(instant)) as date)
    else cast(instant at time zone getvariable('reporting_timezone') as date)
end;
create macro midnight_there(local_day) as cast(local_day as timestamp) at time zone getvariable('reporting_timezone');
create macro local_midnight(local_day) as case
    when local_date(midnight_there(local_day) - interval 1 hour) = local_day
        then midnight_there(local_day) - interval 1 hour
    else midnight_there(local_day)
end;
create macro month_of(local_day) as cast(date_trunc('month', local_day) as date);
create macro month_end(local_day) as cast(date_trunc('month', local_day) + interval 1 month - interval 1 day as date);
create macro days_after(local_day, days) as cast(local_day + cast(days as integer) as date);
create macro is_covered_at(starts_at, first_signed_at, uncovered_at, is_overdue, instant) as
    least(starts_at, first_signed_at) <= instant and (uncovered_at is null or instant < uncovered_at or is_overdue);
create macro in_reporting_currency(amount, rate) as cast(
    cast(floor(amount) as decimal(20, 0)) * cast(coalesce(rate, 1) as decimal(18, 8))
    + greatest(
        cast(
            cast(amount - floor(amount) as decimal(19, 18)) * cast(coalesce(rate, 1) as decimal(18, 8)) - 0.000000005
            as decimal(28, 8)
        ),
        0
    )
    as decimal(18, 2)
);
create macro ratio(numerator, denominator) as
    cast(numerator as double) / nullif(cast(denominator as double), 0);
create macro wilson_bound(successes, total, z) as
    (
        2 * cast(successes as double) + z * z
        + z * sqrt(z * z + 4 * cast(successes as double) * (total - successes) / nullif(cast(total as double), 0))
    ) / (2 * (nullif(cast(total as double), 0) + z * z));
create macro behaviour_points(block_sum, sum_before, weight) as
    (cast(block_sum as double) + cast(coalesce(sum_before, 0) as double) / 1099511627776.0)
    / (10000.0 * cast(weight as double));
create macro part(field) as concat(length(cast(field as varchar)), ':', field);
set variable today = local_date(getvariable('as_of'));

create temp table stages as
select
    stage,
    kind = 'success' as is_success,
    kind = 'success' and stage in ('p1', 'p2', 'p3', 'p4', 'p5') as is_phase,
    stage in ('recycled', 'churned') as is_recyclable,
    stage in ('lost', 'disqualified') as is_closed,
    cast(case when kind = 'success' then rank else -row_number() over (partition by kind order by stage) end as integer)
        as stage_code,
    cast(row_number() over (partition by kind order by rank, stage) as integer) as position_in_kind,
    case when kind = 'success' then position_in_kind end as success_position,
    -- How far a stage brings a lead within a segment, and which stage it is: detours begin again at the first rank.
    case when kind = 'success' then position_in_kind * 64 else 64 + position_in_kind end as reach
from seeds.stages;
set variable first_code = (select min(stage_code) from stages where is_success);
set variable captured_code = (select stage_code from stages where stage = 'captured');
set variable mql_code = (select stage_code from stages where stage = 'mql');
set variable recyclable_reaches = (select list(reach) from stages where is_recyclable);
set variable won_code = (select stage_code from stages where stage = 'onboarding');
set variable renewed_code = (select stage_code from stages where stage = 'renewed');
set variable churned_code = (select stage_code from stages where stage = 'churned');
set variable lost_code = (select stage_code from stages where stage = 'lost');

create temp table criteria as
select stage_criteria.activity_type, stage_criteria.outcome, max(stages.stage_code) as stage_code
from seeds.stage_criteria
inner join stages on stage_criteria.stage = stages.stage
where stages.is_success and not stages.is_phase
group by all;

-- All that a type says of an activity, in one row, so that the scan joins once.
create temp table kinds as
with types as (
    select activity_type from seeds.activity_types
    union
    select activity_type from criteria
    union
    select unnest(['opportunity_created', 'opportunity_won', 'opportunity_phase_changed'])
)
select
    types.activity_type,
    cast(row_number() over (order by types.activity_type) as usmallint) as kind,
    activity_types.activity_type is not null as is_listed,
    coalesce(activity_types.is_buyer_act, false) as is_buyer_act,
    cast(coalesce(activity_types.points, 0) * 10000 as bigint) as points,
    criteria.stage_code as criterion_code,
    case types.activity_type
        when 'opportunity_created' then (select stage_code from stages where stage = 'p1')
        when 'opportunity_won' then getvariable('won_code')
    end as opportunity_code
from types
left join seeds.activity_types on types.activity_type = activity_types.activity_type
left join criteria on types.activity_type = criteria.activity_type and criteria.outcome is null;

set variable won_kind = (select kind from kinds where activity_type = 'opportunity_won');

create temp table weights as
with days as (
    select cast(unnest(generate_series(
        (select cast(min(occurred_at) as date) - 1 from store.raw.activities), getvariable('today') + 1, interval 1 day
    )) as date) as date_day
),
aged as (
    select
        date_day,
        cast(date_diff('day', date '1899-12-31', date_day) as double) / getvariable('score_half_life_days') as half_lives
    from days
)
select
    date_day,
    cast(floor(half_lives / 40) as integer) as weight_block,
    cast(round(power(2.0, half_lives - floor(half_lives)) * 1099511627776) as hugeint)
    * cast(power(2.0, cast(floor(half_lives) as bigint) % 40) as hugeint) as weight
from aged;

create temp table grades as
select
    axis,
    grade,
    case when row_number() over (partition by axis order by min_points) > 1 then min_points end as from_points,
    lead(min_points) over (partition by axis order by min_points) as below_points,
    row_number() over (partition by axis order by min_points desc) as grade_position
from seeds.score_grades;

-- step: leads
create temp table lead_losers as
with repeated as (
    select lead_id from store.raw.leads
    group by lead_id
    having count(*) > 1
),
ranked as (
    select
        leads.rowid as row_number_in_raw,
        row_number() over (
            partition by lead_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
        ) as version_rank
    from store.raw.leads
    where lead_id in (select lead_id from repeated)
)
select row_number_in_raw as lead_row from ranked
where version_rank > 1;

create temp table current_leads as
select cast(rowid as integer) as lead_row, lead_id, merged_into_lead_id, is_deleted, created_at, opted_out
from store.raw.leads
where rowid not in (select lead_row from lead_losers);

-- Only who was merged walks the chain.
create temp table merges as
with recursive links as (
    select lead_row, lead_id, merged_into_lead_id as next_lead_id from current_leads
    where merged_into_lead_id is not null
),
chains as (
    select lead_row, lead_id, next_lead_id as reached_lead_id from links
    union
    select chains.lead_row, chains.lead_id, links.next_lead_id as reached_lead_id
    from chains
    inner join links on chains.reached_lead_id = links.lead_id
)
select chains.lead_row, survivors.lead_row as survivor_row, survivors.is_deleted as is_erased
from chains
inner join current_leads as survivors on chains.reached_lead_id = survivors.lead_id
where survivors.merged_into_lead_id is null;

create temp table resolved as
select
    current_leads.lead_id,
    coalesce(merges.survivor_row, current_leads.lead_row) as lead_row,
    case
        when merged_into_lead_id is null then is_deleted
        else coalesce(merges.is_erased, false)
    end as is_erased
from current_leads
left join merges on current_leads.lead_row = merges.lead_row;

create temp table merged_sets as
select
    survivor_row as lead_row,
    min(created_at) as created_at,
    bool_or(opted_out) as opted_out
from (
    select survivor_row, created_at, opted_out from merges
    inner join current_leads on merges.lead_row = current_leads.lead_row
)
group by survivor_row;

create temp table profiles as
with later_leads as (
    select current_leads.lead_id, current_leads.lead_row
    from current_leads
    inner join store.raw.leads on current_leads.lead_row = leads.rowid
    where leads.updated_at > getvariable('as_of')
),
numbered_versions as (
    select
        later_leads.lead_row,
        leads.rowid as version_row,
        leads.updated_at,
        row_number() over (
            partition by leads.lead_id order by leads.updated_at, leads._loaded_at, leads._source, leads._source_row
        ) as version_number
    from store.raw.leads
    inner join later_leads on leads.lead_id = later_leads.lead_id
),
scored_versions as (
    select
        lead_row,
        version_row,
        row_number() over (
            partition by lead_row
            order by
                case when updated_at <= getvariable('as_of') then -version_number end asc nulls last,
                version_number asc
        ) as preference
    from numbered_versions
),
versions as (
    select lead_row, lead_row as version_row, true as is_current from current_leads
    union all
    select lead_row, version_row, false as is_current from scored_versions
    where preference = 1
),
described as (
    select
        versions.lead_row,
        versions.is_current,
        leads.job_title,
        leads.industry,
        coalesce(leads.employee_count, 0) as employee_count,
        leads.country,
        leads.lead_source
    from store.raw.leads
    inner join versions on leads.rowid = versions.version_row
),
titles as (
    select distinct job_title from described
    where job_title is not null
),
levels as (
    select
        titles.job_title,
        min_by(job_levels.job_level, job_levels.seed_row) as job_level
    from titles
    inner join seeds.job_levels on position(lower(job_levels.pattern) in lower(titles.job_title)) > 0
    group by titles.job_title
),
sizes as (
    select
        counts.employee_count,
        max_by(segments.segment, segments.min_employees) as segment
    from (select distinct employee_count from described) as counts
    inner join seeds.segments on counts.employee_count >= segments.min_employees
    group by counts.employee_count
),
pointed as (
    select
        described.lead_row,
        described.is_current,
        sizes.segment,
        cast(
            coalesce(industry_rules.points, 0) + coalesce(country_rules.points, 0) + coalesce(source_rules.points, 0)
            + coalesce(band_rules.points, 0) + coalesce(level_rules.points, 0)
            as decimal(12, 4)
        ) as fit_points
    from described
    left join sizes on described.employee_count = sizes.employee_count
    left join levels on described.job_title = levels.job_title
    left join seeds.fit_rules as industry_rules
        on industry_rules.attribute = 'industry' and described.industry = industry_rules.value
    left join seeds.fit_rules as country_rules
        on country_rules.attribute = 'country' and described.country = country_rules.value
    left join seeds.fit_rules as source_rules
        on source_rules.attribute = 'lead_source' and described.lead_source = source_rules.value
    left join seeds.fit_rules as band_rules
        on band_rules.attribute = 'employee_band' and sizes.segment = band_rules.value
    left join seeds.fit_rules as level_rules
        on level_rules.attribute = 'job_level' and levels.job_level = level_rules.value
)
select
    pointed.lead_row,
    pointed.is_current,
    pointed.segment,
    pointed.fit_points,
    grades.grade as fit_grade,
    grades.grade_position as fit_position
from pointed
inner join grades
    on
        grades.axis = 'fit'
        and (grades.from_points is null or pointed.fit_points >= grades.from_points)
        and (grades.below_points is null or pointed.fit_points < grades.below_points);

-- One row per surviving lead that is not erased.
create temp table leads as
select
    current_leads.lead_row,
    current_leads.lead_id,
    least(current_leads.created_at, coalesce(merged_sets.created_at, current_leads.created_at)) as created_at,
    current_leads.opted_out or coalesce(merged_sets.opted_out, false) as opted_out
from current_leads
left join merges on current_leads.lead_row = merges.lead_row
left join merged_sets on current_leads.lead_row = merged_sets.lead_row
where merges.lead_row is null and not (current_leads.is_deleted and current_leads.merged_into_lead_id is null);

-- step: activities
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

-- What moves a stage, scores or was an act by us, as numbers alone.
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
    activities.actor_id is not null as is_own_act
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
        kinds.points <> 0 or kinds.is_buyer_act or activities.actor_id is not null
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
    activities.reason
from store.raw.activities
inner join resolved on activities.lead_id = resolved.lead_id
where
    activities.activity_type in (
        'stage_changed', 'disqualified', 'recycled',
        'opportunity_created', 'opportunity_phase_changed', 'opportunity_won', 'opportunity_lost', 'opportunity_reopened'
    )
    and not activities.is_deleted
    and not resolved.is_erased
    and activities.occurred_at <= getvariable('as_of')
    and activities.rowid not in (select activity_row from activity_losers);

-- step: contracts
create temp table current_contracts as
with ranked as (
    select
        contracts.*,
        row_number() over (
            partition by contract_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
        ) as version_rank
    from store.raw.contracts
)
select * from ranked
where version_rank = 1 and not is_deleted;

create temp table contracts as
with seen_contracts as (
    select * from current_contracts
    where signed_at <= getvariable('as_of')
),
customer_leads as (
    select
        seen_contracts.customer_id,
        min_by(resolved.lead_row, struct_pack(signed_at := signed_at, contract_id := contract_id)) as lead_row
    from seen_contracts
    inner join resolved on seen_contracts.lead_id = resolved.lead_id and not resolved.is_erased
    group by seen_contracts.customer_id
)
select
    seen_contracts.contract_id,
    seen_contracts.customer_id,
    customer_leads.lead_row,
    signed_at,
    starts_on,
    least(coalesce(days_after(ends_on, 1), date '9999-12-31'), coalesce(cancelled_on, date '9999-12-31'))
        as uncovered_from,
    cancelled_on is not null and (ends_on is null or cancelled_on <= ends_on) as is_cancelled,
    opportunity_id,
    renews_contract_id,
    cancel_reason,
    in_reporting_currency(mrr, exchange_rates.rate_to_reporting) as mrr
from seen_contracts
left join customer_leads on seen_contracts.customer_id = customer_leads.customer_id
left join seeds.exchange_rates on seen_contracts.currency = exchange_rates.currency;

create temp table islands as
with holders as (
    select customer_id as holder_id, null as lead_row, * exclude (customer_id, lead_row) from contracts
    where uncovered_from > starts_on
    union all
    select null as holder_id, lead_row, * exclude (customer_id, lead_row) from contracts
    where uncovered_from > starts_on and lead_row is not null
),
reached as (
    select
        *,
        max(uncovered_from) over (
            partition by holder_id, lead_row order by starts_on, contract_id
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from holders
),
numbered as (
    select
        *,
        sum(
            case when date_diff('day', covered_before, starts_on) <= getvariable('churn_grace_days') then 0 else 1 end
        ) over (
            partition by holder_id, lead_row order by starts_on, contract_id
            rows between unbounded preceding and current row
        ) as island_number
    from reached
),
gathered as (
    select
        holder_id,
        lead_row,
        island_number,
        min(starts_on) as starts_on,
        max(uncovered_from) as uncovered_from,
        min(signed_at) as first_signed_at,
        max(signed_at) as last_signed_at,
        min_by(contract_id, struct_pack(signed_at := signed_at, contract_id := contract_id)) as first_contract_id,
        max_by(
            struct_pack(contract_id := contract_id, cancel_reason := cancel_reason),
            struct_pack(uncovered_from := uncovered_from, contract_id := contract_id)
        ) as last_contract,
        max(uncovered_from) filter (where not is_cancelled) as ran_out_from
    from numbered
    group by holder_id, lead_row, island_number
),
judged as (
    select
        *,
        island_number = max(island_number) over (partition by holder_id, lead_row)
        and uncovered_from <= getvariable('today')
        and date_diff('day', uncovered_from, getvariable('today')) <= getvariable('churn_grace_days')
        and coalesce(ran_out_from = uncovered_from, false) as is_overdue
    from gathered
)
select
    * exclude (last_contract, ran_out_from),
    last_contract.contract_id as last_contract_id,
    last_contract.cancel_reason as last_cancel_reason,
    uncovered_from <= getvariable('today') and not is_overdue as has_ended,
    local_midnight(starts_on) as starts_at,
    case when uncovered_from < date '9999-12-31' then local_midnight(uncovered_from) end as uncovered_at
from judged;

-- step: quality
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

-- step: opportunities
create temp table opportunity_moves as
with numbered_opportunities as (
    select lead_row, opportunity_id, cast(row_number() over () as integer) as pair_number
    from reports
    where starts_with(activity_type, 'opportunity_') and opportunity_id is not null
    group by lead_row, opportunity_id
),
signatures as (
    select opportunity_id, min(struct_pack(signed_at := signed_at, contract_id := contract_id)) as first_signature
    from contracts
    where opportunity_id is not null
    group by opportunity_id
),
moves as (
    select
        pairs.pair_number,
        pairs.lead_row,
        pairs.opportunity_id,
        reports.occurred_at as moved_at,
        reports.activity_id as move_id,
        reports.activity_type as move,
        case when reports.activity_type = 'opportunity_phase_changed' then reports.stage end as phase,
        reports.actor_id,
        reports.reason
    from reports
    inner join numbered_opportunities as pairs
        on reports.lead_row = pairs.lead_row and reports.opportunity_id = pairs.opportunity_id
    where starts_with(reports.activity_type, 'opportunity_')
    union all
    select
        pairs.pair_number,
        pairs.lead_row,
        pairs.opportunity_id,
        first_signature.signed_at as moved_at,
        first_signature.contract_id as move_id,
        'signature' as move,
        null as phase,
        null as actor_id,
        null as reason
    from numbered_opportunities as pairs
    inner join signatures on pairs.opportunity_id = signatures.opportunity_id
),
known as (
    select
        *,
        last_value(case
            when move in ('opportunity_won', 'opportunity_lost', 'signature') then 0
            when move = 'opportunity_reopened' then 1
        end ignore nulls) over so_far as decision,
        last_value(case
            when move = 'opportunity_won' then 1
            when move in ('opportunity_lost', 'opportunity_reopened') then 0
        end ignore nulls) over so_far as stands_won,
        last_value(phase ignore nulls) over so_far as phase_reported,
        row_number() over so_far as move_number
    from moves
    window so_far as (
        partition by pair_number order by moved_at, move_id, move rows between unbounded preceding and current row
    )
),
followed as (
    select
        *,
        lag(decision) over in_order as previous_decision,
        lag(stands_won) over in_order as stood_won
    from known
    window in_order as (partition by pair_number order by move_number)
),
opened as (
    select
        *,
        coalesce(decision, 1) - case when move_number = 1 then 0 else coalesce(previous_decision, 1) end as opening,
        coalesce(stands_won, 0) - coalesce(stood_won, 0) as winning,
        coalesce(previous_decision = 0, false) as was_closed
    from followed
)
select
    lead_row,
    opportunity_id,
    moved_at,
    move_id,
    move,
    actor_id,
    reason,
    was_closed,
    coalesce(phase_reported, 'p1') as phase,
    sum(opening) over so_far as open_opportunity_count,
    sum(winning) over so_far as won_opportunity_count,
    lead(lead_row) over so_far is null as is_latest
from opened
window so_far as (
    partition by lead_row order by moved_at, move_id, move, opportunity_id
    rows between unbounded preceding and current row
);

create temp table occupied as
with covered as (
    select
        lead_row,
        bool_or(is_covered_at(starts_at, first_signed_at, uncovered_at, is_overdue, getvariable('as_of'))) as is_covered,
        bool_or(starts_at <= getvariable('as_of')) as has_been_covered
    from islands
    where lead_row is not null
    group by lead_row
)
select
    coalesce(moves.lead_row, covered.lead_row) as lead_row,
    coalesce(covered.is_covered, false)
    or (coalesce(moves.won_opportunity_count, 0) > 0 and not coalesce(covered.has_been_covered, false)) as is_customer,
    coalesce(moves.open_opportunity_count, 0) > 0 as has_open_opportunity,
    moves.opportunity_id as latest_opportunity_id
from (select * from opportunity_moves where is_latest) as moves
full join covered on moves.lead_row = covered.lead_row;

-- step: markers
-- An explicit signal opens a segment of a lead's life; the first one begins with the lead itself.
create temp table markers as
with closings as (
    select
        moves.lead_row,
        moves.moved_at,
        moves.move_id,
        stages.stage_code,
        moves.actor_id,
        moves.reason,
        moves.won_opportunity_count
    from opportunity_moves as moves
    inner join stages on stages.stage = case when moves.move = 'opportunity_lost' then 'lost' else moves.phase end
    where
        (moves.move = 'opportunity_lost' and moves.open_opportunity_count = 0)
        or (moves.move = 'opportunity_reopened' and moves.open_opportunity_count = 1 and moves.was_closed)
),
closings_and_islands as (
    select
        closings.lead_row,
        closings.move_id,
        bool_or(is_covered_at(
            islands.starts_at, islands.first_signed_at, islands.uncovered_at, islands.is_overdue, closings.moved_at
        )) as is_of_customer,
        bool_or(closings.moved_at >= islands.starts_at) as is_after_coverage
    from closings
    inner join islands on closings.lead_row = islands.lead_row
    group by closings.lead_row, closings.move_id
),
signals as (
    select
        reports.lead_row,
        reports.occurred_at as signal_at,
        reports.activity_id as signal_id,
        stages.stage_code,
        'reported' as basis,
        reports.actor_id,
        reports.reason
    from reports
    inner join stages
        on stages.stage = case reports.activity_type
            when 'stage_changed' then reports.stage
            when 'disqualified' then 'disqualified'
            when 'recycled' then 'recycled'
        end
    union all
    select
        closings.lead_row,
        closings.moved_at as signal_at,
        closings.move_id as signal_id,
        closings.stage_code,
        'opportunity' as basis,
        closings.actor_id,
        closings.reason
    from closings
    left join closings_and_islands
        on closings.lead_row = closings_and_islands.lead_row and closings.move_id = closings_and_islands.move_id
    where
        not coalesce(closings_and_islands.is_of_customer, false)
        and (closings.won_opportunity_count = 0 or closings_and_islands.is_after_coverage)
    union all
    select
        lead_row,
        greatest(uncovered_at, last_signed_at) as signal_at,
        last_contract_id as signal_id,
        getvariable('churned_code') as stage_code,
        'coverage' as basis,
        null as actor_id,
        last_cancel_reason as reason
    from islands
    where lead_row is not null and has_ended
)
select
    *,
    cast(row_number() over (partition by lead_row order by signal_at, signal_id, basis) as integer) as segment_number
from signals;

create temp table segments as
with openings as (
    select lead_row, segment_number, signal_at, stage_code from markers
    union all
    select distinct lead_row, 0 as segment_number, timestamptz '-infinity' as signal_at, getvariable('captured_code') as stage_code
    from markers
)
select
    openings.lead_row,
    openings.segment_number,
    openings.signal_at as from_at,
    coalesce(
        lead(openings.signal_at) over (partition by openings.lead_row order by openings.segment_number),
        timestamptz 'infinity'
    ) as to_at,
    openings.stage_code,
    stages.is_closed
from openings
inner join stages on openings.stage_code = stages.stage_code;

-- step: evidence
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
select
    lead_row,
    occurred_at as signal_at,
    cast(activity_row as bigint) as signal_row,
    stage_code,
    kind = getvariable('won_kind') as is_strong,
    case when is_opportunity then 'opportunity' else 'criterion' end as basis
from acts
where stage_code is not null
union all
select lead_row, signal_at, signal_row, stage_code, is_strong, 'contract' as basis from signatures;

-- In a closed segment nothing counts before the first signature.
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

-- step: behaviour
-- The last act and its type in one number, once with the types upwards and once downwards: where both name one type,
-- no other was of the same instant.
create temp table blocks as
select
    acts.lead_row,
    weights.weight_block,
    sum(kinds.points * weights.weight) as block_sum,
    sum(kinds.points) filter (where kinds.points > 0) as points_won,
    max(acts.occurred_at) filter (where acts.is_own_act) as last_own_act_at,
    max(epoch_us(acts.occurred_at) * 1024 + kinds.kind) filter (where kinds.is_buyer_act) as last_buyer_act,
    max(epoch_us(acts.occurred_at) * 1024 + 1023 - kinds.kind) filter (where kinds.is_buyer_act) as last_buyer_act_down
from acts
left join kinds on acts.kind = kinds.kind
left join weights on local_date(acts.occurred_at) = weights.date_day
group by acts.lead_row, weights.weight_block;

create temp table behaviours as
with today as (
    select * from weights
    where date_day = getvariable('today')
),
lives as (
    select
        blocks.lead_row,
        sum(blocks.block_sum) filter (where blocks.weight_block = today.weight_block) as block_sum,
        sum(blocks.block_sum) filter (where blocks.weight_block = today.weight_block - 1) as sum_before,
        max(blocks.last_own_act_at) as last_own_act_at,
        max(blocks.last_buyer_act) as last_buyer_act,
        max(blocks.last_buyer_act_down) as last_buyer_act_down
    from blocks
    cross join today
    group by blocks.lead_row
),
ambiguous as (
    select lives.lead_row, max_by(activities.activity_type, activities.activity_id) as activity_type
    from lives
    inner join acts
        on lives.lead_row = acts.lead_row and acts.occurred_at = make_timestamptz(lives.last_buyer_act // 1024)
    inner join kinds on acts.kind = kinds.kind and kinds.is_buyer_act
    inner join store.raw.activities on acts.activity_row = activities.rowid
    where lives.last_buyer_act % 1024 <> 1023 - lives.last_buyer_act_down % 1024
    group by lives.lead_row
),
scored as (
    select
        leads.lead_row,
        lives.last_own_act_at,
        make_timestamptz(lives.last_buyer_act // 1024) as last_buyer_act_at,
        coalesce(ambiguous.activity_type, kinds.activity_type) as last_buyer_act_type,
        behaviour_points(coalesce(lives.block_sum, 0), lives.sum_before, today.weight) as points
    from leads
    cross join today
    left join lives on leads.lead_row = lives.lead_row
    left join kinds on lives.last_buyer_act % 1024 = kinds.kind
    left join ambiguous on leads.lead_row = ambiguous.lead_row
)
select scored.*, grades.grade, grades.grade_position
from scored
inner join grades
    on
        grades.axis = 'behaviour'
        and (grades.from_points is null or scored.points >= grades.from_points - 0.000000001)
        and (grades.below_points is null or not scored.points >= grades.below_points - 0.000000001);

-- step: scores of old
-- The score can move a lead only until other evidence has brought it as far, and only if the points could ever do.
create temp table score_limits as
with fit_leads as (
    select lead_row from profiles
    where is_current and list_contains(getvariable('mql_fit_grades'), fit_grade)
),
others as (
    select lead_row, segment_number, min(signal_at) as signal_at from earliest
    where stage_code >= getvariable('mql_code')
    group by all
)
select fit_leads.lead_row, coalesce(others.signal_at, timestamptz 'infinity') as until_at
from fit_leads
left join others on fit_leads.lead_row = others.lead_row
where fit_leads.lead_row not in (select lead_row from segments)
union all
select segments.lead_row, max(least(coalesce(others.signal_at, segments.to_at), segments.to_at)) as until_at
from segments
inner join fit_leads on segments.lead_row = fit_leads.lead_row
left join others on segments.lead_row = others.lead_row and segments.segment_number = others.segment_number
where not segments.is_closed and segments.stage_code < getvariable('mql_code')
group by segments.lead_row;

create temp table scoring_leads as
select score_limits.lead_row, any_value(score_limits.until_at) as until_at
from score_limits
inner join blocks on score_limits.lead_row = blocks.lead_row
group by score_limits.lead_row
having sum(blocks.points_won) >= (getvariable('mql_behaviour_points') - 0.001) * 10000;

-- A life is a lead in one block of weights, in one number, so that the window sorts by two. What the block before left
-- comes first. The lookup of weights is a left join: an inner one on an expression looks so selective to the planner
-- that it builds its hash tables from the acts.
create temp macro weighted(some_acts) as table
select
    cast(some_acts.lead_row as bigint) * 65536 + weights.weight_block as life,
    some_acts.moment,
    some_acts.activity_row,
    case
        when kinds.points > 0
            then (getvariable('mql_behaviour_points') - 0.000000001) * 10000.0 * cast(weights.weight as double)
        else cast('infinity' as double)
    end as needed_sum,
    cast(kinds.points as double) * cast(weights.weight as double) as weighted_points
from query_table(some_acts) as some_acts
inner join kinds on some_acts.kind = kinds.kind
inner join scoring_leads on some_acts.lead_row = scoring_leads.lead_row
left join weights on local_date(some_acts.occurred_at) = weights.date_day
where kinds.points <> 0 and some_acts.occurred_at <= scoring_leads.until_at
union all
select
    cast(blocks.lead_row as bigint) * 65536 + blocks.weight_block + 1 as life,
    cast(-9223372036854775808 as bigint) as moment,
    0 as activity_row,
    cast('infinity' as double) as needed_sum,
    cast(blocks.block_sum as double) / 1099511627776.0 as weighted_points
from blocks
inner join scoring_leads on blocks.lead_row = scoring_leads.lead_row
where blocks.weight_block < (select max(weight_block) from blocks);

create temp macro scores_reached(weighted_acts) as table
with summed as (
    select
        life,
        moment,
        activity_row,
        sum(weighted_points) over in_order >= needed_sum as is_reached,
        lag(moment) over in_order is not distinct from moment as is_tied
    from query_table(weighted_acts)
    window in_order as (
        partition by life order by moment rows between unbounded preceding and current row
    )
)
select cast(life // 65536 as integer) as lead_row, moment, activity_row, is_reached, is_tied
from summed
where is_reached or is_tied;

create temp view timed_acts as select *, epoch_us(occurred_at) as moment from acts;
create temp view weighted_acts as from weighted('timed_acts');
create temp table scored as from scores_reached('weighted_acts');

-- Acts of one instant count by id: a lead that has such is summed again, in that order.
create temp table tied_leads as
select distinct lead_row from scored
where is_tied;

create temp table tied_acts as
select
    acts.*,
    row_number() over (order by acts.occurred_at, activities.activity_id) as moment
from (select * from acts where lead_row in (select lead_row from tied_leads)) as acts
inner join store.raw.activities on acts.activity_row = activities.rowid;
create temp view weighted_tied_acts as from weighted('tied_acts');

create temp table reached as
select lead_row, make_timestamptz(moment) as occurred_at, activity_row from scored
where is_reached and lead_row not in (select lead_row from tied_leads)
union all
select scored.lead_row, tied_acts.occurred_at, scored.activity_row
from scores_reached('weighted_tied_acts') as scored
inner join tied_acts on scored.activity_row = tied_acts.activity_row
where scored.is_reached;
drop table scored;

create temp table mql_signals as
with segmented as (
    select
        reached.lead_row,
        coalesce(segments.segment_number, 0) as segment_number,
        min(reached.occurred_at) as signal_at
    from reached
    left join segments
        on
            reached.lead_row = segments.lead_row
            and reached.occurred_at > segments.from_at
            and reached.occurred_at <= segments.to_at
    where not coalesce(segments.is_closed, false)
    group by all
)
select segmented.*, reached.activity_row as signal_row
from reached
inner join segmented on reached.lead_row = segmented.lead_row and reached.occurred_at = segmented.signal_at;

-- step: signals
create temp table candidates as
select
    evidence.lead_row,
    earliest.segment_number,
    evidence.stage_code,
    evidence.signal_at,
    evidence.signal_row,
    evidence.is_strong,
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
select lead_row, segment_number, getvariable('mql_code'), signal_at, signal_row, false as is_strong, 'score' as basis
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
-- In a closed segment the first signature and what follows it count, by time and id.
first_strong as (
    select
        named.lead_row,
        named.segment_number,
        min(struct_pack(signal_at := named.signal_at, signal_id := named.signal_id, basis := named.basis)) as first_signal
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
select lead_row, segment_number, stage_code, signal_at, signal_id, basis, actor_id, reason from markers;

-- step: transitions
-- A key grows with each signal that moves the lead: segments first, within one how far the stage reaches.
create temp table moves as
with captures as (
    select
        leads.lead_row,
        least(leads.created_at, coalesce(first_signals.signal_at, leads.created_at)) as signal_at
    from leads
    left join (select lead_row, min(signal_at) as signal_at from signals group by lead_row) as first_signals
        on leads.lead_row = first_signals.lead_row
),
placed as (
    select
        lead_row,
        signal_at,
        cast(null as varchar) as signal_id,
        cast((select reach from stages where stage = 'captured') as bigint) as key,
        'created' as basis,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as reason
    from captures
    where signal_at <= getvariable('as_of')
    union all
    select
        signals.lead_row,
        signals.signal_at,
        signals.signal_id,
        cast(signals.segment_number as bigint) * 65536 + stages.reach as key,
        signals.basis,
        signals.actor_id,
        signals.reason
    from signals
    inner join stages on signals.stage_code = stages.stage_code
),
compared as (
    select
        *,
        max(key) over (
            partition by lead_row
            order by key // 65536, signal_at, signal_id nulls first, basis
            rows between unbounded preceding and 1 preceding
        ) as key_before
    from placed
),
moved as (
    select
        *,
        cast(key % 65536 as usmallint) as to_reach,
        cast(key_before % 65536 as usmallint) as from_reach
    from compared
    where key_before is null or (key > key_before and key % 65536 <> key_before % 65536)
)
select
    lead_row,
    cast(row_number() over in_order as integer) as transition_number,
    cast(
        1 + sum(
            case when to_reach % 64 = 0 and list_contains(getvariable('recyclable_reaches'), from_reach) then 1 else 0 end
        ) over in_order as integer
    ) as cycle_number,
    from_reach,
    to_reach,
    signal_at as entered_at,
    lead(signal_at) over in_order as exited_at,
    basis,
    signal_id as source_id,
    actor_id,
    reason
from moved
window in_order as (partition by lead_row order by key);

-- What a move from one stage to another is called.
create temp table directions as
select
    from_stages.reach as from_reach,
    to_stages.reach as to_reach,
    case
        when not to_stages.is_success then 'detour'
        when from_stages.is_recyclable then 'reentry'
        when from_stages.is_closed then 'reopen'
        when to_stages.success_position = from_stages.success_position + 1 then 'forward'
        when to_stages.success_position > from_stages.success_position then 'skip'
        else 'backward'
    end as direction
from stages as from_stages
cross join stages as to_stages;

create temp table lead_slices as
select
    leads.lead_row,
    raw_leads.lead_id,
    raw_leads.owner_id,
    raw_leads.lead_source,
    profiles.segment
from store.raw.leads as raw_leads
inner join leads on raw_leads.rowid = leads.lead_row
inner join profiles on leads.lead_row = profiles.lead_row and profiles.is_current;

create table warehouse.marts.fct_stage_transitions as
select
    lead_slices.lead_id,
    moves.transition_number,
    moves.cycle_number,
    from_stages.stage as from_stage,
    to_stages.stage as to_stage,
    moves.entered_at,
    moves.exited_at,
    local_date(moves.entered_at) as entered_on,
    local_date(moves.exited_at) as exited_on,
    cast(epoch_us(moves.exited_at) - epoch_us(moves.entered_at) as double) / 1000000 as seconds_in_stage,
    coalesce(directions.direction, 'entry') as direction,
    moves.basis,
    moves.source_id,
    coalesce(moves.actor_id, lead_slices.owner_id) as actor_id,
    moves.reason,
    lead_slices.segment,
    lead_slices.lead_source
from moves
inner join lead_slices on moves.lead_row = lead_slices.lead_row
left join stages as to_stages on moves.to_reach = to_stages.reach
left join stages as from_stages on moves.from_reach = from_stages.reach
left join directions on moves.from_reach = directions.from_reach and moves.to_reach = directions.to_reach;

-- step: milestones
-- Only where a cycle went backward or came back from a closed stage is its highest stage not the one just left.
create temp table winding_leads as
select distinct moves.lead_row
from moves
inner join directions on moves.from_reach = directions.from_reach and moves.to_reach = directions.to_reach
where
    directions.direction in ('backward', 'reopen')
    or (directions.direction = 'detour' and not list_contains(getvariable('recyclable_reaches'), moves.to_reach));

create temp table advances as
with entries as (
    select
        lead_row,
        cycle_number,
        entered_at,
        to_reach // 64 as position,
        max(to_reach // 64) over (
            partition by lead_row, cycle_number order by transition_number
            rows between unbounded preceding and 1 preceding
        ) as position_before
    from moves
    where to_reach % 64 = 0 and lead_row in (select lead_row from winding_leads)
    union all
    select
        lead_row,
        cycle_number,
        entered_at,
        to_reach // 64 as position,
        case when from_reach % 64 = 0 then from_reach // 64 end as position_before
    from moves
    where to_reach % 64 = 0 and lead_row not in (select lead_row from winding_leads)
)
select
    *,
    coalesce(position_before, position - 1) as floor_position,
    local_date(entered_at) as entered_on,
    local_date(lead(entered_at) over (partition by lead_row, cycle_number order by position)) as next_entered_on
from entries
where position_before is null or position > position_before;

create temp table milestones as
select
    advances.lead_row,
    advances.cycle_number,
    stages.stage,
    advances.entered_at as reached_at,
    stages.success_position < advances.position as was_skipped,
    advances.entered_on as reached_on,
    cast(case
        when stages.success_position < advances.position then 0
        else date_diff('day', advances.entered_on, advances.next_entered_on)
    end as integer) as days_to_next
from advances
inner join stages
    on advances.floor_position < stages.success_position and advances.position >= stages.success_position;

create table warehouse.marts.fct_stage_milestones as
select
    lead_slices.lead_id,
    milestones.* exclude (lead_row),
    lead_slices.segment,
    lead_slices.lead_source
from milestones
inner join lead_slices on milestones.lead_row = lead_slices.lead_row;

-- step: stage_daily
-- Leads of one slice and moves between two stages are counted by number; names come to the few cells.
create temp table slices as
select
    named.segment,
    named.lead_source,
    case
        when named.lead_source is not null and lead_sources.lead_source is null then 'unlisted' else named.lead_source
    end as slice_source,
    cast(row_number() over () as usmallint) as slice
from (select distinct segment, lead_source from lead_slices) as named
left join seeds.lead_sources on named.lead_source = lead_sources.lead_source;

create temp table slice_numbers as
select lead_slices.lead_row, slices.slice
from lead_slices
inner join slices
    on lead_slices.segment = slices.segment and lead_slices.lead_source is not distinct from slices.lead_source;

create temp view sliced_moves as
select
    slice_numbers.slice,
    moves.from_reach,
    moves.to_reach,
    local_date(moves.entered_at) as entered_on,
    local_date(moves.exited_at) as exited_on,
    epoch_us(moves.exited_at) - epoch_us(moves.entered_at) as microseconds
from moves
inner join slice_numbers on moves.lead_row = slice_numbers.lead_row;

create temp table flows as
with entries as (
    select slice, from_reach, to_reach, entered_on as date_day, count(*) as moved from sliced_moves
    group by all
),
directed as (
    select entries.*, directions.direction
    from entries
    left join directions on entries.from_reach = directions.from_reach and entries.to_reach = directions.to_reach
)
select
    slice, to_reach as reach, date_day,
    moved as entered, 0 as exited, 0 as advanced, 0 as detoured, 0 as regressed, 0 as microseconds
from directed
union all
select
    slice, from_reach as reach, date_day,
    0 as entered,
    moved as exited,
    case when direction not in ('detour', 'backward') then moved else 0 end as advanced,
    case when direction = 'detour' then moved else 0 end as detoured,
    case when direction = 'backward' then moved else 0 end as regressed,
    0 as microseconds
from directed
where from_reach is not null
union all
select
    slice, to_reach as reach, exited_on as date_day,
    0 as entered, 0 as exited, 0 as advanced, 0 as detoured, 0 as regressed, sum(microseconds) as microseconds
from sliced_moves
where exited_on is not null
group by all;

create table warehouse.marts.kpi_stage_daily as
with combinations as (
    select *, cast(row_number() over () as integer) as combination
    from (
        select distinct stages.stage, slices.segment, slices.slice_source as lead_source
        from (select distinct slice, reach from flows where entered > 0) as entered
        inner join slices on entered.slice = slices.slice
        inner join stages on entered.reach = stages.reach
    )
),
numbered as (
    select slices.slice, stages.reach, combinations.combination
    from combinations
    inner join stages on combinations.stage = stages.stage
    inner join slices
        on
            combinations.segment = slices.segment
            and combinations.lead_source is not distinct from slices.slice_source
),
summed as (
    select
        numbered.combination,
        flows.date_day,
        sum(entered) as entered,
        sum(exited) as exited,
        sum(advanced) as advanced,
        sum(detoured) as detoured,
        sum(regressed) as regressed,
        sum(microseconds) as microseconds
    from flows
    inner join numbered on flows.slice = numbered.slice and flows.reach = numbered.reach
    group by numbered.combination, flows.date_day
),
days as (
    select cast(unnest(generate_series(
        (select min(date_day) from flows), getvariable('today'), interval 1 day
    )) as date) as date_day
),
daily as (
    select
        days.date_day,
        combinations.*,
        cast(coalesce(summed.entered, 0) as bigint) as entered,
        cast(coalesce(summed.exited, 0) as bigint) as exited,
        cast(coalesce(summed.advanced, 0) as bigint) as advanced,
        cast(coalesce(summed.detoured, 0) as bigint) as detoured,
        cast(coalesce(summed.regressed, 0) as bigint) as regressed,
        cast(coalesce(summed.microseconds, 0) as double) / 1000000 as seconds_to_exit_sum
    from combinations
    cross join days
    left join summed on combinations.combination = summed.combination and days.date_day = summed.date_day
)
select
    date_day, stage, segment, lead_source, entered, exited, advanced, detoured, regressed,
    cast(sum(entered - exited) over (
        partition by combination order by date_day rows between unbounded preceding and current row
    ) as bigint) as balance,
    seconds_to_exit_sum
from daily;

-- step: maturity
create table warehouse.marts.kpi_maturity_curve as
with recursive captured as (
    select moves.lead_row, lead_slices.segment, local_date(moves.entered_at) as captured_on
    from moves
    inner join lead_slices on moves.lead_row = lead_slices.lead_row
    where moves.transition_number = 1
),
aged as (
    select
        milestones.stage as milestone,
        captured.segment,
        month_of(captured.captured_on) as cohort_month,
        cast(floor(
            date_diff('day', captured.captured_on, milestones.reached_on)
            / cast(getvariable('maturity_period_days') as double)
        ) as integer) as age_period,
        count(*) as leads
    from captured
    inner join milestones on captured.lead_row = milestones.lead_row
    where milestones.cycle_number = 1 and milestones.stage in ('mql', 'p1', 'onboarding')
    group by all
),
cohorts as (
    select segment, month_of(captured_on) as cohort_month, count(*) as leads
    from captured
    group by all
),
cohorts_and_all as (
    select coalesce(segment, 'all') as segment, cohort_month, sum(leads) as cohort_leads
    from cohorts
    group by grouping sets ((segment, cohort_month), (cohort_month))
),
converted as (
    select milestone, coalesce(segment, 'all') as segment, cohort_month, age_period, sum(leads) as leads
    from aged
    group by grouping sets (
        (milestone, segment, cohort_month, age_period), (milestone, cohort_month, age_period)
    )
),
slices as (
    select
        segment,
        greatest(
            cast(floor(
                date_diff('day', month_end(min(cohort_month)), getvariable('today'))
                / cast(getvariable('maturity_period_days') as double)
            ) as integer) - 1,
            0
        ) as last_age
    from cohorts_and_all
    group by segment
),
cells as (
    select
        cohorts_and_all.cohort_month,
        stages.stage as milestone,
        ages.age_period,
        cohorts_and_all.segment,
        cohorts_and_all.cohort_leads,
        days_after(
            month_end(cohorts_and_all.cohort_month), (ages.age_period + 1) * getvariable('maturity_period_days')
        ) <= getvariable('today') as is_observed
    from cohorts_and_all
    inner join slices on cohorts_and_all.segment = slices.segment
    inner join (
        select cast(unnest(generate_series(0, (select max(last_age) from slices))) as integer) as age_period
    ) as ages on slices.last_age >= ages.age_period
    cross join stages
    where stages.stage in ('mql', 'p1', 'onboarding')
),
counted as (
    select
        cells.*,
        cast(coalesce(converted.leads, 0) as bigint) as newly_converted,
        cast(sum(coalesce(converted.leads, 0)) over (
            partition by cells.milestone, cells.segment, cells.cohort_month order by cells.age_period
            rows between unbounded preceding and current row
        ) as bigint) as converted
    from cells
    left join converted
        on
            cells.milestone = converted.milestone
            and cells.segment = converted.segment
            and cells.cohort_month = converted.cohort_month
            and cells.age_period = converted.age_period
),
observed as (
    select *, cohort_leads - converted + newly_converted as at_risk
    from counted
    where is_observed
),
hazards as (
    select milestone, segment, age_period, coalesce(ratio(sum(newly_converted), sum(at_risk)), 0) as hazard
    from observed
    group by all
),
curves as (
    select *, cast(1 as double) as share_before, 1 - hazard as share_left
    from hazards
    where age_period = 0
    union all
    select hazards.*, curves.share_left as share_before, curves.share_left * (1 - hazards.hazard) as share_left
    from curves
    inner join hazards
        on
            curves.milestone = hazards.milestone
            and curves.segment = hazards.segment
            and curves.age_period + 1 = hazards.age_period
),
ends as (
    select milestone, segment, min(share_left) as share_left
    from curves
    group by all
),
standings as (
    select
        observed.milestone,
        observed.segment,
        observed.cohort_month,
        max(observed.converted) as converted,
        min(curves.share_left) as share_left
    from observed
    inner join curves
        on
            observed.milestone = curves.milestone
            and observed.segment = curves.segment
            and observed.age_period = curves.age_period
    group by all
),
ages as (
    select
        milestone,
        segment,
        age_period,
        max(cohort) as last_cohort,
        cast(sum(at_risk) as double) as n,
        cast(sum(newly_converted) as double) as d,
        cast(coalesce(sum(at_risk) filter (cohort = 1), 0) as double) as n1,
        cast(coalesce(sum(newly_converted) filter (cohort = 1), 0) as double) as d1,
        cast(coalesce(sum(at_risk) filter (cohort = 2), 0) as double) as n2,
        cast(coalesce(sum(newly_converted) filter (cohort = 2), 0) as double) as d2,
        cast(coalesce(sum(at_risk) filter (cohort = 3), 0) as double) as n3
    from (
        select *, dense_rank() over (partition by milestone, segment order by cohort_month desc) as cohort
        from observed
        qualify cohort <= 3
    )
    group by milestone, segment, age_period
    having sum(at_risk) > 0
),
tests as (
    select
        milestone,
        segment,
        max(last_cohort) as cohorts,
        cast(sum(cast(d1 - d * n1 / n as decimal(28, 12))) as double) as surplus1,
        cast(sum(cast(d2 - d * n2 / n as decimal(28, 12))) as double) as surplus2,
        cast(sum(cast(scatter * n1 * (n - n1) as decimal(28, 12))) as double) as variance1,
        cast(sum(cast(scatter * n2 * (n - n2) as decimal(28, 12))) as double) as variance2,
        cast(sum(cast(scatter * n3 * (n - n3) as decimal(28, 12))) as double) as variance3,
        cast(sum(cast(-scatter * n1 * n2 as decimal(28, 12))) as double) as covariance
    from (select *, coalesce(d * (n - d) / nullif(n * n * (n - 1), 0), 0) as scatter from ages)
    group by all
),
drifts as (
    select
        milestone,
        segment,
        case
            when cohorts < 3 then null
            when variance1 > 0 and variance2 > 0 and variance3 > 0
                then (
                    surplus1 * surplus1 * variance2
                    - 2 * surplus1 * surplus2 * covariance
                    + surplus2 * surplus2 * variance1
                ) / (variance1 * variance2 - covariance * covariance) > 5.991464547107979e0
            when variance1 > 0 then surplus1 * surplus1 / variance1 > 3.841458820694124e0
            when variance2 > 0 then surplus2 * surplus2 / variance2 > 3.841458820694124e0
            else false
        end as is_drifting
    from tests
)
select
    counted.cohort_month,
    counted.milestone,
    counted.age_period,
    counted.segment,
    counted.cohort_leads,
    case when counted.is_observed then counted.converted end as converted,
    case when counted.is_observed then ratio(counted.converted, counted.cohort_leads) end as rate,
    counted.is_observed,
    case
        when not counted.is_observed then null
        when counted.converted = 0 then 0
        else wilson_bound(counted.converted, counted.cohort_leads, -1.959963984540054e0)
    end as rate_low,
    case
        when not counted.is_observed then null
        when counted.converted = counted.cohort_leads then 1
        else wilson_bound(counted.converted, counted.cohort_leads, 1.959963984540054e0)
    end as rate_high,
    1 - curves.share_left as expected_rate,
    coalesce(standings.converted, 0) + coalesce(
        (counted.cohort_leads - coalesce(standings.converted, 0))
        * (coalesce(standings.share_left, 1) - ends.share_left) / nullif(coalesce(standings.share_left, 1), 0),
        case when ends.share_left is not null then 0 end
    ) as expected_ultimate,
    case
        when counted.is_observed then counted.cohort_leads - counted.converted + counted.newly_converted
        else
            (counted.cohort_leads - coalesce(standings.converted, 0))
            * coalesce(curves.share_before / nullif(coalesce(standings.share_left, 1), 0), 0)
    end * curves.hazard as expected_new,
    drifts.is_drifting
from counted
left join curves
    on
        counted.milestone = curves.milestone
        and counted.segment = curves.segment
        and counted.age_period = curves.age_period
left join ends on counted.milestone = ends.milestone and counted.segment = ends.segment
left join standings
    on
        counted.milestone = standings.milestone
        and counted.segment = standings.segment
        and counted.cohort_month = standings.cohort_month
left join drifts on counted.milestone = drifts.milestone and counted.segment = drifts.segment;

-- step: money
create table warehouse.marts.fct_mrr_movements as
with covering as (
    select * from contracts
    where uncovered_from > starts_on and starts_on <= getvariable('today')
),
days as (
    select customer_id, changed_on, sum(mrr_change) as mrr_change, sum(contract_change) as contract_change
    from (
        select customer_id, starts_on as changed_on, mrr as mrr_change, 1 as contract_change from covering
        union all
        select customer_id, uncovered_from as changed_on, -mrr as mrr_change, -1 as contract_change from covering
        where uncovered_from <= getvariable('today')
    ) as changes
    group by customer_id, changed_on
),
closings as (
    select
        customer_id,
        changed_on,
        sum(mrr_change) over so_far as closing_mrr,
        sum(contract_change) over so_far as contract_count
    from days
    window so_far as (
        partition by customer_id order by changed_on rows between unbounded preceding and current row
    )
),
kept as (
    select closings.*
    from closings
    inner join islands
        on
            closings.customer_id = islands.holder_id
            and closings.changed_on >= islands.starts_on
            and closings.changed_on <= islands.uncovered_from
    where
        closings.contract_count > 0
        or (closings.changed_on = islands.uncovered_from and not islands.is_overdue)
),
compared as (
    select
        customer_id,
        changed_on,
        closing_mrr,
        coalesce(lag(closing_mrr) over before_it, 0) as opening_mrr,
        coalesce(max(closing_mrr) over before_it, 0) as highest_mrr_before
    from kept
    window before_it as (
        partition by customer_id order by changed_on rows between unbounded preceding and 1 preceding
    )
)
select
    customer_id,
    changed_on as movement_date,
    case
        when opening_mrr = 0 and highest_mrr_before = 0 then 'new'
        when opening_mrr = 0 then 'reactivation'
        when closing_mrr = 0 then 'churn'
        when closing_mrr > opening_mrr then 'expansion'
        else 'contraction'
    end as movement_type,
    cast(closing_mrr - opening_mrr as decimal(18, 2)) as amount,
    cast(opening_mrr as decimal(18, 2)) as opening_mrr,
    cast(closing_mrr as decimal(18, 2)) as closing_mrr
from compared
where closing_mrr <> opening_mrr;

create table warehouse.marts.kpi_mrr_monthly as
with movements as (
    select * from warehouse.marts.fct_mrr_movements
),
months as (
    select cast(unnest(generate_series(
        (select month_of(min(movement_date)) from movements), month_of(getvariable('today')), interval 1 month
    )) as date) as period_month
),
customer_months as (
    select
        customer_id,
        month_of(movement_date) as period_month,
        coalesce(sum(amount) filter (where movement_type = 'new'), 0) as new_mrr,
        coalesce(sum(amount) filter (where movement_type = 'expansion'), 0) as expansion_mrr,
        coalesce(sum(amount) filter (where movement_type = 'contraction'), 0) as contraction_mrr,
        coalesce(sum(amount) filter (where movement_type = 'churn'), 0) as churn_mrr,
        coalesce(sum(amount) filter (where movement_type = 'reactivation'), 0) as reactivation_mrr,
        min_by(opening_mrr, movement_date) as opening_mrr,
        max_by(closing_mrr, movement_date) as closing_mrr
    from movements
    group by all
),
summed as (
    select
        months.period_month,
        coalesce(sum(new_mrr), 0) as new_mrr,
        coalesce(sum(expansion_mrr), 0) as expansion_mrr,
        coalesce(sum(contraction_mrr), 0) as contraction_mrr,
        coalesce(sum(churn_mrr), 0) as churn_mrr,
        coalesce(sum(reactivation_mrr), 0) as reactivation_mrr,
        coalesce(sum(closing_mrr - opening_mrr), 0) as net_mrr,
        coalesce(sum(cast(closing_mrr > 0 as integer) - cast(opening_mrr > 0 as integer)), 0) as net_customers,
        coalesce(sum(greatest(opening_mrr - closing_mrr, 0)) filter (where opening_mrr > 0), 0) as lost_mrr,
        coalesce(sum(closing_mrr - opening_mrr) filter (where opening_mrr > 0), 0) as net_mrr_of_customers,
        count(*) filter (where opening_mrr > 0 and closing_mrr = 0) as lost_customers
    from months
    left join customer_months on months.period_month = customer_months.period_month
    group by months.period_month
),
accumulated as (
    select *, sum(net_mrr) over so_far as closing_mrr, sum(net_customers) over so_far as customers
    from summed
    window so_far as (order by period_month rows between unbounded preceding and current row)
)
select
    period_month,
    cast(closing_mrr - net_mrr as decimal(18, 2)) as opening_mrr,
    cast(new_mrr as decimal(18, 2)) as new_mrr,
    cast(expansion_mrr as decimal(18, 2)) as expansion_mrr,
    cast(contraction_mrr as decimal(18, 2)) as contraction_mrr,
    cast(churn_mrr as decimal(18, 2)) as churn_mrr,
    cast(reactivation_mrr as decimal(18, 2)) as reactivation_mrr,
    cast(closing_mrr as decimal(18, 2)) as closing_mrr,
    cast(customers as bigint) as customers,
    cast(customers - net_customers as bigint) as opening_customers,
    cast(lost_customers as bigint) as lost_customers,
    cast(closing_mrr - net_mrr - lost_mrr as decimal(18, 2)) as kept_mrr,
    cast(closing_mrr - net_mrr + net_mrr_of_customers as decimal(18, 2)) as retained_mrr,
    ratio(closing_mrr - net_mrr - lost_mrr, closing_mrr - net_mrr) as grr,
    ratio(closing_mrr - net_mrr + net_mrr_of_customers, closing_mrr - net_mrr) as nrr,
    ratio(lost_customers, customers - net_customers) as logo_churn_rate
from accumulated;

-- step: dimensions
create table warehouse.marts.dim_stages as
select * exclude (seed_row) from seeds.stages;

create table warehouse.marts.dim_reps as
select rep_id, name, team, department, manager_id, started_on, ended_on, capacity from seeds.reps;

create table warehouse.marts.dim_dates as
with bounds as (
    select least(
        getvariable('today'),
        coalesce((select local_date(min(entered_at)) from moves), getvariable('today')),
        coalesce((select min(starts_on) from contracts), getvariable('today'))
    ) as first_day
),
days as (
    select cast(unnest(generate_series(
        (select date_trunc('year', first_day) from bounds),
        date_trunc('year', getvariable('today')) + interval 24 month - interval 1 day,
        interval 1 day
    )) as date) as date_day
),
counted as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(month from date_day) as integer) as calendar_month,
        cast((extract(month from date_day) - getvariable('fiscal_year_start_month') + 12) % 12 as integer)
            as months_into_fiscal_year
    from days
)
select
    date_day,
    month_of(date_day) as month_starts_on,
    cast(date_trunc('week', date_day) as date) as week_starts_on,
    calendar_year,
    calendar_month,
    calendar_year + case
        when getvariable('fiscal_year_start_month') > 1 and calendar_month >= getvariable('fiscal_year_start_month') then 1
        else 0
    end as fiscal_year,
    cast(floor(months_into_fiscal_year / 3) as integer) + 1 as fiscal_quarter,
    months_into_fiscal_year + 1 as fiscal_month,
    cast(month_of(date_day) - to_months(months_into_fiscal_year % 3) as date) as fiscal_quarter_starts_on
from counted;

create temp table lead_states as
with stays as (
    select moves.*, stages.stage from moves
    left join stages on moves.to_reach = stages.reach
    where moves.exited_at is null
)
select
    leads.lead_row,
    lead_slices.lead_id,
    lead_slices.owner_id,
    leads.opted_out,
    leads.created_at,
    captures.entered_at as captured_at,
    stays.stage as current_stage,
    stays.entered_at as stage_entered_at,
    stays.reason,
    stays.cycle_number,
    coalesce(occupied.is_customer, false) as is_customer,
    coalesce(occupied.has_open_opportunity, false) as has_open_opportunity,
    occupied.latest_opportunity_id
from leads
inner join lead_slices on leads.lead_row = lead_slices.lead_row
inner join stays on leads.lead_row = stays.lead_row
inner join moves as captures on leads.lead_row = captures.lead_row and captures.transition_number = 1
left join occupied on leads.lead_row = occupied.lead_row;

create table warehouse.marts.dim_leads as
select
    raw_leads.lead_id,
    states.created_at,
    raw_leads.updated_at,
    raw_leads.job_title,
    raw_leads.company_name,
    raw_leads.company_domain,
    raw_leads.industry,
    raw_leads.employee_count,
    raw_leads.country,
    raw_leads.lead_source,
    raw_leads.campaign_id,
    cast(raw_leads.acquisition_cost as decimal(18, 2)) as acquisition_cost,
    raw_leads.owner_id,
    states.opted_out,
    states.captured_at,
    profiles.segment,
    lead_sources.motion,
    states.current_stage,
    states.stage_entered_at,
    states.cycle_number,
    profiles.fit_points,
    profiles.fit_grade,
    states.is_customer
from store.raw.leads as raw_leads
inner join lead_states as states on raw_leads.rowid = states.lead_row
inner join profiles on states.lead_row = profiles.lead_row and profiles.is_current
left join seeds.lead_sources on raw_leads.lead_source = lead_sources.lead_source;

-- step: scores
create temp table placed as
with scored as (
    select
        states.lead_row,
        states.lead_id,
        states.cycle_number,
        coalesce(scored_profiles.segment, profiles.segment) as segment,
        coalesce(scored_profiles.fit_points, profiles.fit_points) as fit_points,
        coalesce(scored_profiles.fit_grade, profiles.fit_grade) as fit_grade,
        coalesce(scored_profiles.fit_position, profiles.fit_position) as fit_position,
        behaviours.points as behaviour_points,
        behaviours.grade as behaviour_grade,
        behaviours.grade_position as behaviour_position,
        behaviours.last_buyer_act_at,
        not states.is_customer
        and not states.opted_out
        and states.current_stage <> 'disqualified'
        and not states.has_open_opportunity as is_rankable
    from lead_states as states
    inner join profiles on states.lead_row = profiles.lead_row and profiles.is_current
    left join profiles as scored_profiles
        on states.lead_row = scored_profiles.lead_row and not scored_profiles.is_current
    inner join behaviours on states.lead_row = behaviours.lead_row
),
ranked as (
    select
        lead_row,
        segment,
        row_number() over best_first as score_rank,
        ntile(10) over best_first as score_decile
    from scored
    where is_rankable
    window best_first as (
        order by
            fit_position + behaviour_position,
            fit_position,
            behaviour_points desc,
            last_buyer_act_at desc nulls last,
            lead_id
    )
),
ranked_of_segment as (
    select *, row_number() over (partition by segment order by score_rank) as segment_rank
    from ranked
)
select scored.*, ranked.score_rank, ranked.segment_rank, cast(ranked.score_decile as integer) as score_decile
from scored
left join ranked_of_segment as ranked on scored.lead_row = ranked.lead_row;

create table warehouse.marts.fct_lead_scores as
select
    lead_id,
    getvariable('as_of') as scored_at,
    cycle_number,
    'rule' as score_kind,
    'rule' as model_version,
    fit_points,
    fit_grade,
    behaviour_points,
    behaviour_grade,
    fit_grade || behaviour_grade as combined_grade,
    score_rank,
    segment_rank,
    score_decile,
    last_buyer_act_at,
    is_rankable
from placed;

create table warehouse.outputs.sync_crm__lead_scores as
with payloads as (
    select
        placed.lead_id,
        placed.fit_grade || placed.behaviour_grade as combined_grade,
        placed.score_decile,
        'rule' as score_kind,
        states.current_stage,
        placed.cycle_number,
        'Fit ' || placed.fit_grade || ', behaviour ' || placed.behaviour_grade
        || case
            when placed.last_buyer_act_at is null then '; no act by the buyer yet'
            else '; last act by the buyer on ' || cast(local_date(placed.last_buyer_act_at) as varchar)
        end as reason_text
    from placed
    inner join lead_states as states on placed.lead_row = states.lead_row
    where not states.opted_out
)
select
    *,
    md5(
        part(combined_grade) || part(score_decile) || part(score_kind) || part(current_stage) || part(cycle_number)
        || part(reason_text)
    ) as row_hash
from payloads;

-- step: recycling
create temp table pools as
with last_contracts as (
    select
        lead_row,
        max_by(customer_id, struct_pack(signed_at := signed_at, contract_id := contract_id)) as customer_id
    from contracts
    where lead_row is not null
    group by lead_row
),
waiting as (
    select
        states.*,
        case
            when states.is_customer
                then days_after(
                    local_date(coalesce(behaviours.last_own_act_at, states.stage_entered_at)),
                    getvariable('unattended_days')
                )
            else local_date(states.stage_entered_at)
        end as entered_pool_on,
        behaviours.last_buyer_act_at,
        behaviours.last_buyer_act_type
    from lead_states as states
    inner join behaviours on states.lead_row = behaviours.lead_row
    where
        states.is_customer
        or states.current_stage in ('recycled', 'churned', 'lost')
        or states.current_stage in (select from_stage from seeds.recycle_rules)
)
select
    waiting.* replace (case when not waiting.is_customer then waiting.reason end as reason),
    last_contracts.customer_id,
    case
        when waiting.is_customer then 'unattended_customer'
        when waiting.current_stage = 'churned' then 'churned_customer'
        when waiting.lead_row in (select lead_row from opportunity_moves) then 'lost_opportunity'
        else 'never_opportunity'
    end as pool,
    case
        when waiting.is_customer then local_midnight(waiting.entered_pool_on)
        else waiting.stage_entered_at
    end as entered_pool_at,
    waiting.last_buyer_act_at > entered_pool_at as has_acted_anew
from waiting
left join last_contracts on waiting.lead_row = last_contracts.lead_row
where waiting.entered_pool_on <= getvariable('today');

create table warehouse.marts.fct_recycling_candidates as
with cases as (
    select distinct current_stage as from_stage, reason from pools
),
rules as (
    select
        cases.from_stage,
        cases.reason,
        min_by(recycle_rules, struct_pack(
            is_general := case when recycle_rules.reason is null then 1 else 0 end,
            priority := recycle_rules.priority,
            min_days := recycle_rules.min_days
        )) as rule
    from cases
    inner join seeds.recycle_rules
        on
            cases.from_stage = recycle_rules.from_stage
            and (recycle_rules.reason is null or cases.reason = recycle_rules.reason)
    group by cases.from_stage, cases.reason
),
actions as (
    select
        stages.stage,
        min_by(next_actions, struct_pack(
            is_general := case when next_actions.stage is null then 1 else 0 end, seed_row := next_actions.seed_row
        )) as next_action
    from stages
    inner join seeds.next_actions
        on next_actions.trigger = 'recycling' and (next_actions.stage is null or stages.stage = next_actions.stage)
    group by stages.stage
),
busy_domains as (
    select distinct raw_leads.company_domain
    from store.raw.leads as raw_leads
    inner join lead_states as states on raw_leads.rowid = states.lead_row
    where states.has_open_opportunity and raw_leads.company_domain is not null
),
busy_leads as (
    select raw_leads.rowid as lead_row
    from store.raw.leads as raw_leads
    where raw_leads.company_domain in (select company_domain from busy_domains)
),
fit_grades as (
    select grade, grade_position from grades
    where axis = 'fit'
),
judged as (
    select
        pools.*,
        rules.rule,
        days_after(pools.entered_pool_on, rules.rule.min_days) as eligible_on,
        case
            when pools.opted_out then 'opted_out'
            when pools.has_open_opportunity or pools.lead_row in (select lead_row from busy_leads) then 'open_opportunity'
            when rules.rule is null then 'no_rule'
            when pools.cycle_number >= rules.rule.max_cycles then 'max_cycles'
            when placed.fit_position > fit_grades.grade_position then 'fit'
            when days_after(pools.entered_pool_on, rules.rule.min_days) > getvariable('today') then 'too_early'
            when rules.rule.needs_new_act and not coalesce(pools.has_acted_anew, false) then 'no_new_act'
        end as ineligible_reason,
        actions.next_action,
        placed.fit_position,
        placed.behaviour_points,
        cast('0x' || left(md5(pools.lead_id || '|' || cast(pools.cycle_number as varchar) || '|' || pools.pool), 8) as bigint)
        / 4294967296.0 < getvariable('recycling_holdout_rate') as is_holdout
    from pools
    inner join placed on pools.lead_row = placed.lead_row
    left join rules on pools.current_stage = rules.from_stage and pools.reason is not distinct from rules.reason
    left join fit_grades on rules.rule.min_fit_grade = fit_grades.grade
    left join actions on pools.current_stage = actions.stage
),
ranked as (
    select
        lead_row,
        row_number() over (order by rule.priority, fit_position, behaviour_points desc, lead_id) as recycling_rank
    from judged
    where ineligible_reason is null
)
select
    judged.lead_id,
    judged.pool,
    judged.customer_id,
    judged.latest_opportunity_id as opportunity_id,
    judged.current_stage as from_stage,
    judged.reason,
    judged.cycle_number,
    judged.entered_pool_at,
    cast(date_diff('day', judged.entered_pool_on, getvariable('today')) as integer) as pool_days,
    judged.rule.priority as rule_priority,
    judged.eligible_on,
    judged.ineligible_reason is null as is_eligible,
    judged.ineligible_reason,
    case when judged.has_acted_anew then judged.last_buyer_act_type end as new_act_type,
    case when judged.has_acted_anew then judged.last_buyer_act_at end as new_act_at,
    ranked.recycling_rank,
    judged.next_action.action,
    judged.next_action.channel,
    judged.next_action.content,
    judged.owner_id,
    judged.is_holdout
from judged
left join ranked on judged.lead_row = ranked.lead_row;

create table warehouse.outputs.sync_crm__recycled_leads as
with numbered as (
    select *, row_number() over (order by recycling_rank) as offer_number
    from warehouse.marts.fct_recycling_candidates
    where is_eligible and not is_holdout
),
payloads as (
    select
        lead_id,
        pool,
        reason,
        action,
        channel,
        content,
        owner_id,
        recycling_rank,
        'In ' || from_stage || ' since ' || cast(local_date(entered_pool_at) as varchar)
        || case when reason is null then '' else ' (' || reason || ')' end
        || case
            when new_act_at is null then ''
            else '; new act ' || new_act_type || ' on ' || cast(local_date(new_act_at) as varchar)
        end as reason_text
    from numbered
    where offer_number <= getvariable('recycling_daily_limit') or getvariable('recycling_daily_limit') = 0
)
select
    *,
    md5(
        part(pool) || part(reason) || part(action) || part(channel) || part(content) || part(owner_id)
        || part(recycling_rank) || part(reason_text)
    ) as row_hash
from payloads;
