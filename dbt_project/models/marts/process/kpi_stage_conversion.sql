with milestones as (
    select * from {{ ref('fct_stage_milestones') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
    where is_success
),

stages_before_others as (
    select stage from stages
    where next_stage is not null
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

sliced as (
    select
        milestones.*,
        {{ month_of('milestones.reached_on') }} as cohort_month,
        {{ source_slice('milestones.lead_source', 'lead_sources.lead_source') }} as source_slice,
        coalesce(
            milestones.days_to_next, {{ days_between('milestones.reached_on', as_of_date()) }}
        ) as days
    from milestones
    inner join stages_before_others on milestones.stage = stages_before_others.stage
    left join lead_sources on milestones.lead_source = lead_sources.lead_source
),

-- What a skip reaches has spent no time there: it counts, but not for how long it takes.
counted as (
    select
        cohort_month,
        stage,
        segment,
        source_slice as lead_source,
        days,
        count(*) as cycles,
        count(days_to_next) as reached,
        sum(case when not was_skipped and days_to_next is not null then 1 else 0 end) as exits,
        sum(case when not was_skipped and days_to_next is null then 1 else 0 end) as censored
    from sliced
    group by cohort_month, stage, segment, source_slice, days
),

histogram as (
    select
        cohort_month,
        stage,
        segment,
        lead_source,
        days,
        cycles,
        reached,
        exits,
        censored
    from counted
    union all
    select
        cohort_month,
        stage,
        segment,
        'all' as lead_source,
        days,
        sum(cycles) as cycles,
        sum(reached) as reached,
        sum(exits) as exits,
        sum(censored) as censored
    from counted
    group by cohort_month, stage, segment, days
),

cohorts as (
    select
        cohort_month,
        stage,
        segment,
        lead_source,
        cast(sum(cycles) as bigint) as cycles,
        {% for n in conversion_windows() -%}
            {{ days_after(month_end('cohort_month'), n) }} <= {{ as_of_date() }} as is_mature_{{ n }}d,
            cast(sum(case when days < {{ n }} then reached else 0 end) as bigint) as reached_{{ n }}d,
        {% endfor -%}
        cast(sum(reached) as bigint) as reached_next
    from histogram
    group by cohort_month, stage, segment, lead_source
),

medians as (
    select * from {{ kaplan_meier('histogram', ['cohort_month', 'stage', 'segment', 'lead_source']) }} as quartiles
),

matured as (
    select
        cohorts.cohort_month,
        cohorts.stage,
        cohorts.segment,
        cohorts.lead_source,
        cohorts.cycles,
        cohorts.reached_next,
        {% for n in conversion_windows() -%}
            case when cohorts.is_mature_{{ n }}d then cohorts.reached_{{ n }}d end as reached_next_{{ n }}d,
            cohorts.is_mature_{{ n }}d,
        {% endfor -%}
        cast(medians.median_days as integer) as median_days_to_next
    from cohorts
    left join medians
        on
            cohorts.cohort_month = medians.cohort_month
            and cohorts.stage = medians.stage
            and cohorts.segment = medians.segment
            and {{ same('cohorts.lead_source', 'medians.lead_source') }}
),

rated as (
    select
        *,
        {{ ratio('reached_next_90d', 'cycles') }} as rate_90d,
        {{ wilson_low('reached_next_90d', 'cycles') }} as rate_90d_low,
        {{ wilson_high('reached_next_90d', 'cycles') }} as rate_90d_high
    from matured
)

select * from rated
