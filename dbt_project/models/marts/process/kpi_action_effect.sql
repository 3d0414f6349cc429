with first_acts as (
    select * from {{ ref('int_first_acts_by_stage') }}
    where acted_on <= {{ days_after(as_of_date(), -effect_days()) }}
),

-- The same once more: shared, every act would be held for the sake of the few with rare contents.
first_acts_again as (
    select * from {{ ref('int_first_acts_by_stage') }}
    where acted_on <= {{ days_after(as_of_date(), -effect_days()) }}
),

transitions as (
    select * from {{ ref('fct_stage_transitions') }}
    where exited_at is null or exited_at > entered_at
),

cells as (
    select
        stage,
        segment,
        activity_type,
        channel,
        content_id,
        age_days,
        count(*) as leads,
        sum(case when has_advanced_30d then 1 else 0 end) as advanced
    from first_acts
    group by stage, segment, activity_type, channel, content_id, age_days
),

contents as (
    select
        stage,
        segment,
        activity_type,
        channel,
        content_id,
        content_id is not null and (content_id = 'other' or sum(leads) < {{ least_cases() }}) as is_rare
    from cells
    group by stage, segment, activity_type, channel, content_id
),

rare_acts as (
    select
        first_acts_again.*,
        row_number() over (
            partition by
                first_acts_again.lead_id,
                first_acts_again.stage,
                first_acts_again.activity_type,
                first_acts_again.channel
            order by first_acts_again.acted_on, first_acts_again.content_id
        ) as act_number
    from first_acts_again
    inner join contents
        on
            first_acts_again.stage = contents.stage
            and first_acts_again.segment = contents.segment
            and first_acts_again.activity_type = contents.activity_type
            and {{ same('first_acts_again.channel', 'contents.channel') }}
            and first_acts_again.content_id = contents.content_id
    where contents.is_rare
),

-- A lead that met several rare contents counts once under `other`, with the first of them.
sliced as (
    select
        cells.stage,
        cells.segment,
        cells.activity_type,
        cells.channel,
        cells.content_id,
        cells.age_days,
        cells.leads,
        cells.advanced
    from cells
    inner join contents
        on
            cells.stage = contents.stage
            and cells.segment = contents.segment
            and cells.activity_type = contents.activity_type
            and {{ same('cells.channel', 'contents.channel') }}
            and {{ same('cells.content_id', 'contents.content_id') }}
    where not contents.is_rare
    union all
    select
        stage,
        segment,
        activity_type,
        channel,
        'other' as content_id,
        age_days,
        count(*) as leads,
        sum(case when has_advanced_30d then 1 else 0 end) as advanced
    from rare_acts
    where act_number = 1
    group by stage, segment, activity_type, channel, age_days
),

-- The day-hazard table. Stays of no time were over before anybody could act, and open ones are known up to as_of.
durations as (
    select
        to_stage as stage,
        segment,
        {{ days_between('entered_on', 'coalesce(exited_on, ' ~ as_of_date() ~ ')') }} as age_days,
        count(*) as stays,
        count(exited_on) as exits,
        sum(case when exit_direction in ({{ advances() }}) then 1 else 0 end) as advances
    from transitions
    group by
        to_stage,
        segment,
        {{ days_between('entered_on', 'coalesce(exited_on, ' ~ as_of_date() ~ ')') }}
),

lengths as (
    select
        stage,
        segment,
        max(age_days) as last_age
    from durations
    group by stage, segment
),

ages as (
    select
        lengths.stage,
        lengths.segment,
        ages.n as age_days
    from lengths
    inner join {{ number_series("(select max(last_age) from lengths)") }} as ages on lengths.last_age >= ages.n
),

at_risk as (
    select
        ages.stage,
        ages.segment,
        ages.age_days,
        coalesce(durations.exits, 0) as exits,
        coalesce(durations.advances, 0) as advances,
        sum(coalesce(durations.stays, 0)) over (
            partition by ages.stage, ages.segment
            order by ages.age_days desc
            rows between unbounded preceding and current row
        ) as stays
    from ages
    left join durations
        on
            ages.stage = durations.stage
            and ages.segment = durations.segment
            and ages.age_days = durations.age_days
),

-- Logarithms and shares are added up as decimals, or the order of rows would show in their last digits.
survived as (
    select
        *,
        exp(cast(
            coalesce(
                sum(
                    case
                        when exits < stays
                            then cast(ln(cast(stays - exits as double) / cast(stays as double)) as decimal(28, 18))
                    end
                ) over (
                    partition by stage, segment
                    order by age_days
                    rows between unbounded preceding and 1 preceding
                ), 0
            ) as double
        )) as share
    from at_risk
),

incidences as (
    select
        *,
        cast(share * cast(advances as double) / cast(stays as double) as decimal(28, 18)) as incidence
    from survived
),

hazards as (
    select
        stage,
        segment,
        age_days,
        cast(
            cast(
                sum(incidence) over (
                    partition by stage, segment
                    order by age_days
                    rows between current row and {{ effect_days() - 1 }} following
                ) as double
            ) / share as decimal(18, 15)
        ) as advance_rate
    from incidences
),

summed as (
    select
        sliced.stage,
        sliced.activity_type,
        sliced.channel,
        sliced.content_id,
        sliced.segment,
        cast(sum(sliced.leads) as bigint) as lead_count,
        cast(sum(sliced.advanced) as bigint) as advanced_30d_count,
        sum(sliced.leads * hazards.advance_rate) as usual_count
    from sliced
    inner join hazards
        on
            sliced.stage = hazards.stage
            and sliced.segment = hazards.segment
            and sliced.age_days = hazards.age_days
    group by sliced.stage, sliced.activity_type, sliced.channel, sliced.content_id, sliced.segment
),

rated as (
    select
        stage,
        activity_type,
        channel,
        content_id,
        segment,
        lead_count,
        advanced_30d_count,
        {{ ratio('advanced_30d_count', 'lead_count') }} as rate,
        {{ ratio('usual_count', 'lead_count') }} as baseline_rate,
        {{ ratio('advanced_30d_count', 'usual_count') }} as lift,
        {{ wilson_low('advanced_30d_count', 'lead_count') }} as low,
        {{ wilson_high('advanced_30d_count', 'lead_count') }} as high
    from summed
),

compared as (
    select
        *,
        {{ ratio('low', 'baseline_rate') }} as lift_low,
        {{ ratio('high', 'baseline_rate') }} as lift_high
    from rated
)

select * from compared
