with business_hours as (
    select * from {{ ref('business_hours') }}
),

holidays as (
    select * from {{ ref('holidays') }}
),

stages as (
    select * from {{ ref('stages') }}
),

transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

-- A week has at least its longest opening, whatever overlaps.
weeks as (
    select
        region,
        max({{ microseconds_between(
            zoned_instant("date '2024-01-01'", 'opens', "'UTC'"), zoned_instant("date '2024-01-01'", 'closes', "'UTC'")
        ) }}) as open_microseconds
    from business_hours
    group by region
),

limits as (
    select coalesce(max({{ hours_in_microseconds('sla_hours') }}), 0) as longest_microseconds
    from stages
),

holidays_to_come as (
    select
        region,
        count(*) as holiday_count
    from holidays
    where holiday_on >= {{ as_of_date() }}
    group by region
),

-- As far ahead as the longest limit can take for who enters a stage at as_of, were every holiday to cost a week.
regions as (
    select
        weeks.region,
        2
        + coalesce(holidays_to_come.holiday_count, 0)
        + ceil(cast(limits.longest_microseconds as double) / weeks.open_microseconds) as weeks_ahead
    from weeks
    cross join limits
    left join holidays_to_come on weeks.region = holidays_to_come.region
),

bounds as (
    select
        {{ days_after("coalesce((select min(entered_on) from transitions), " ~ as_of_date() ~ ")", -2) }} as first_day,
        {{ days_after(as_of_date(), '7 * max(weeks_ahead)') }} as last_day
    from regions
),

days as (
    select date_day
    from {{ day_series("(select first_day from bounds)", "(select last_day from bounds)") }} as days
),

openings as (
    select
        business_hours.region,
        {{ zoned_instant('days.date_day', 'business_hours.opens', 'business_hours.time_zone') }} as opens_at,
        {{ zoned_instant('days.date_day', 'business_hours.closes', 'business_hours.time_zone') }} as closes_at
    from business_hours
    inner join days on business_hours.weekday = {{ weekday_of('days.date_day') }}
    left join holidays on business_hours.region = holidays.region and days.date_day = holidays.holiday_on
    where holidays.holiday_on is null
),

-- Where openings overlap, the later one begins when the earlier ones have closed.
disjoint_openings as (
    select
        region,
        greatest(opens_at, coalesce(open_until, opens_at)) as opens_at,
        closes_at
    from (
        select
            *,
            max(closes_at) over (
                partition by region
                order by opens_at, closes_at
                rows between unbounded preceding and 1 preceding
            ) as open_until
        from openings
    ) as ordered_openings
    where closes_at > greatest(opens_at, coalesce(open_until, opens_at))
    union all
    -- One of no time before all others, for what happens before the first of them.
    select
        regions.region,
        {{ local_midnight(days_after('bounds.first_day', -2)) }} as opens_at,
        {{ local_midnight(days_after('bounds.first_day', -2)) }} as closes_at
    from regions
    cross join bounds
),

lined_up as (
    select
        region,
        opens_at,
        closes_at,
        coalesce(lead(opens_at) over (partition by region order by opens_at), closes_at) as next_opens_at,
        cast(
            coalesce(
                sum({{ microseconds_between('opens_at', 'closes_at') }}) over (
                    partition by region
                    order by opens_at
                    rows between unbounded preceding and 1 preceding
                ), 0
            ) as bigint
        ) as open_before
    from disjoint_openings
),

dated as (
    select
        lined_up.region,
        days.date_day,
        lined_up.opens_at,
        lined_up.closes_at,
        lined_up.next_opens_at,
        lined_up.open_before
    from lined_up
    inner join days
        on
            {{ local_date('lined_up.opens_at') }} <= days.date_day
            and {{ local_date('lined_up.next_opens_at') }} >= days.date_day
)

select * from dated
