with transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

contracts as (
    select * from {{ ref('int_contracts_attached') }}
),

-- Whole calendar years, from the first thing that happened to the year after as_of.
bounds as (
    select
        least(
            {{ as_of_date() }},
            coalesce((select {{ local_date('min(entered_at)') }} from transitions), {{ as_of_date() }}),
            coalesce((select min(starts_on) from contracts), {{ as_of_date() }})
        ) as first_day,
        {{ as_of_date() }} as last_day
),

days as (
    select days.date_day
    from {{ day_series(
        "(select cast(date_trunc('year', first_day) as date) from bounds)",
        "(select " ~ days_after(months_after("cast(date_trunc('year', last_day) as date)", 24), -1) ~ " from bounds)"
    ) }} as days
),

-- Months counted from the start of the fiscal year; the year is named by the calendar year it ends in.
counted as (
    select
        date_day,
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(month from date_day) as integer) as calendar_month,
        cast(
            (extract(month from date_day) - {{ var('fiscal_year_start_month') }} + 12) % 12 as integer
        ) as months_into_fiscal_year
    from days
),

described as (
    select
        date_day,
        {{ month_of('date_day') }} as month_starts_on,
        cast(date_trunc('week', date_day) as date) as week_starts_on,
        calendar_year,
        calendar_month,
        calendar_year
        + case
            when
                {{ var('fiscal_year_start_month') }} > 1 and calendar_month >= {{ var('fiscal_year_start_month') }}
                then 1
            else 0
        end as fiscal_year,
        cast(floor(months_into_fiscal_year / 3) as integer) + 1 as fiscal_quarter,
        months_into_fiscal_year + 1 as fiscal_month,
        {{ fiscal_quarter_of('date_day') }} as fiscal_quarter_starts_on
    from counted
)

select * from described
