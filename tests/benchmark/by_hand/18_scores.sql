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
