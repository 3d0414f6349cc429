{% set days = handover_days() %}
{% set slices = ['period_month', 'from_department', 'to_department', 'segment'] %}
{% set forever = 'cast(9223372036854775807 as bigint)' %}

with answered as (
    select * from {{ ref('int_handovers') }}
),

-- Whoever was not accepted, be they rejected since, was not until as_of.
timed as (
    select
        *,
        case when is_accepted then {{ microseconds_between('entered_at', 'answered_at') }} end as accepted_microseconds,
        case
            when not coalesce(is_accepted, false) then {{ microseconds_between('entered_at', as_of()) }}
        end as waited_microseconds
    from answered
),

summed as (
    select
        period_month,
        from_department,
        to_department,
        segment,
        count(*) as handed,
        count(accepted_microseconds) as accepted,
        count(case when not is_accepted then 1 end) as rejected,
        {{ lower_median('coalesce(accepted_microseconds, ' ~ forever ~ ')') }} as lower_median,
        coalesce(min(waited_microseconds), {{ forever }}) as least_waited,
        count(case when has_next_stage then 1 end) as next_stage_base,
        count(case when has_next_stage and has_reached_next then 1 end) as next_stage_count,
        count(case when has_won then 1 end) as won_180d,
        {{ days_after(month_end('period_month'), days.next_stage) }} <= {{ as_of_date() }} as is_mature_to_advance,
        {{ days_after(month_end('period_month'), days.win) }} <= {{ as_of_date() }} as is_mature_to_win
    from timed
    group by period_month, from_department, to_department, segment
),

-- As long as nobody has waited for less than it, the median of all is Kaplan-Meier's; of the others it has to be told.
histogram as (
    select
        timed.period_month,
        timed.from_department,
        timed.to_department,
        timed.segment,
        coalesce(timed.accepted_microseconds, timed.waited_microseconds) as microseconds,
        count(timed.accepted_microseconds) as exits,
        count(timed.waited_microseconds) as censored
    from timed
    inner join summed
        on
            timed.period_month = summed.period_month
            and timed.from_department = summed.from_department
            and timed.to_department = summed.to_department
            and timed.segment = summed.segment
    where summed.least_waited < summed.lower_median
    group by
        timed.period_month,
        timed.from_department,
        timed.to_department,
        timed.segment,
        coalesce(timed.accepted_microseconds, timed.waited_microseconds)
),

acceptances as (
    select * from {{ kaplan_meier('histogram', slices, 'microseconds') }} as quartiles
),

rated as (
    select
        summed.period_month,
        summed.from_department,
        summed.to_department,
        summed.segment,
        summed.handed,
        summed.accepted,
        summed.rejected,
        {{ ratio('summed.accepted', 'summed.accepted + summed.rejected') }} as accept_rate,
        cast(
            case
                when summed.least_waited < summed.lower_median then acceptances.median_microseconds
                when summed.lower_median < {{ forever }} then summed.lower_median
            end as double
        ) / 3600000000 as accept_hours_median,
        case when summed.is_mature_to_advance then summed.next_stage_base end as next_stage_base,
        case when summed.is_mature_to_advance then summed.next_stage_count end as next_stage_count,
        case
            when summed.is_mature_to_advance
                then {{ ratio('summed.next_stage_count', 'summed.next_stage_base') }}
        end as next_stage_rate,
        case when summed.is_mature_to_win then summed.won_180d end as won_180d,
        case when summed.is_mature_to_win then {{ ratio('summed.won_180d', 'summed.handed') }} end as won_rate_180d,
        {{ is_complete('summed.period_month') }} as is_complete
    from summed
    left join acceptances
        on
            summed.period_month = acceptances.period_month
            and summed.from_department = acceptances.from_department
            and summed.to_department = acceptances.to_department
            and summed.segment = acceptances.segment
)

select * from rated
