with measures as (
    select * from {{ ref('int_monthly_measures') }}
),

refreshes as (
    select * from {{ ref('fct_refreshes') }}
),

logged as (
    select * from {{ source('ops', 'measures') }}
    where refresh_id <> {{ refresh_fact('refresh_id') }}
),

-- A replay, or an earlier as_of that was asked for, shows what was known before: it is no step in the history of the
-- numbers. A night whose clock went back is one.
stepped as (
    select
        *,
        is_replay or (is_as_of_asked and coalesce(as_of < lag(as_of) over in_order, false)) as looks_back
    from refreshes
    window in_order as (partition by is_replay order by refresh_number)
),

-- What can have moved a number from one step to the next: the code, else the process, else the data alone.
-- Who looks back sees the steps up to there.
caused as (
    select
        refresh_id,
        refresh_number,
        started_at,
        looks_back,
        case
            when code_version <> lag(code_version) over in_order then 'code'
            when process_hash <> lag(process_hash) over in_order then 'process'
            else 'data'
        end as cause
    from stepped
    where
        refresh_id = {{ refresh_fact('refresh_id') }}
        or (not looks_back and as_of <= {{ as_of() }} and {{ is_known('known_at') }})
    window in_order as (order by refresh_number)
),

histories as (
    select
        logged.mart,
        logged.measure,
        logged.period_month,
        logged.value,
        caused.started_at,
        caused.cause,
        row_number() over first_to_last as position_from_first,
        row_number() over last_to_first as position_from_last
    from logged
    inner join caused on logged.refresh_id = caused.refresh_id
    window
        first_to_last as (
            partition by logged.mart, logged.measure, logged.period_month
            order by caused.refresh_number
        ),
        last_to_first as (
            partition by logged.mart, logged.measure, logged.period_month
            order by caused.refresh_number desc
        )
),

firsts as (
    select * from histories
    where position_from_first = 1
),

lasts as (
    select * from histories
    where position_from_last = 1
),

this_refresh as (
    select * from caused
    where refresh_id = {{ refresh_fact('refresh_id') }}
),

-- A month that this refresh does not hold over, as of an earlier day, says nothing; a measure that is gone is none.
compared as (
    select
        coalesce(measures.period_month, firsts.period_month) as period_month,
        coalesce(measures.mart, firsts.mart) as mart,
        coalesce(measures.measure, firsts.measure) as measure,
        coalesce(firsts.value, measures.value) as published,
        coalesce(measures.value, 0) as current_value,
        firsts.started_at as first_started_at,
        lasts.value as last_value,
        lasts.cause as last_cause
    from measures
    full outer join firsts
        on
            measures.mart = firsts.mart
            and measures.measure = firsts.measure
            and measures.period_month = firsts.period_month
    left join lasts
        on
            coalesce(measures.mart, firsts.mart) = lasts.mart
            and coalesce(measures.measure, firsts.measure) = lasts.measure
            and coalesce(measures.period_month, firsts.period_month) = lasts.period_month
    where {{ month_end('coalesce(measures.period_month, firsts.period_month)') }} < {{ as_of_date() }}
),

restated as (
    select
        compared.period_month,
        compared.mart,
        compared.measure,
        cast(compared.published as decimal(18, 2)) as published,
        cast(compared.current_value as decimal(18, 2)) as current,
        cast(compared.current_value - compared.published as decimal(18, 2)) as difference,
        coalesce(compared.first_started_at, this_refresh.started_at) as first_published_at,
        case
            when compared.current_value = compared.published then null
            when compared.current_value = compared.last_value then compared.last_cause
            else this_refresh.cause
        end as cause,
        not this_refresh.looks_back
        and (compared.last_value is null or compared.last_value <> compared.current_value) as is_news
    from compared
    cross join this_refresh
)

select * from restated
