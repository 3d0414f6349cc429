with offers as (
    select * from {{ ref('int_recycling_offers') }}
),

ages as (
    select * from {{ conversion_window_rows() }} as windows
),

-- How long it took to an opportunity, as the shortest window that it lies within.
counted as (
    select
        {{ month_of('offered_on') }} as offered_month,
        pool,
        segment,
        is_holdout,
        {{ conversion_window_of('days_to_opportunity') }} as within_days,
        count(*) as offers
    from offers
    group by
        {{ month_of('offered_on') }}, pool, segment, is_holdout, {{ conversion_window_of('days_to_opportunity') }}
),

aged as (
    select
        counted.offered_month,
        counted.pool,
        counted.segment,
        ages.age_days,
        counted.is_holdout,
        counted.offers,
        case when counted.within_days <= ages.age_days then counted.offers else 0 end as opportunities,
        {{ days_after(month_end('counted.offered_month'), 'ages.age_days') }} <= {{ as_of_date() }} as is_mature
    from counted
    cross join ages
),

-- Each month, and all mature ones together; each segment, and all.
sliced as (
    select * from aged
    union all
    select
        offered_month,
        pool,
        'all' as segment,
        age_days,
        is_holdout,
        offers,
        opportunities,
        is_mature
    from aged
),

dated as (
    select * from sliced
    union all
    select
        null as offered_month,
        pool,
        segment,
        age_days,
        is_holdout,
        offers,
        opportunities,
        is_mature
    from sliced
    where is_mature
),

summed as (
    select
        offered_month,
        pool,
        segment,
        age_days,
        {{ total_of('offers', 'not is_holdout') }} as treated,
        {{ total_of('offers', 'is_holdout') }} as holdout,
        {{ total_of('opportunities', 'not is_holdout') }} as treated_opportunities,
        {{ total_of('opportunities', 'is_holdout') }} as holdout_opportunities,
        bool_and(is_mature) as is_mature
    from dated
    group by offered_month, pool, segment, age_days
),

observed as (
    select
        offered_month,
        pool,
        segment,
        age_days,
        is_mature,
        treated,
        holdout,
        case when is_mature then treated_opportunities end as treated_opportunities,
        case when is_mature then holdout_opportunities end as holdout_opportunities
    from summed
),

compared as (
    select
        *,
        {{ ratio('treated_opportunities', 'treated') }} as treated_rate,
        {{ ratio('holdout_opportunities', 'holdout') }} as holdout_rate,
        {{ newcombe_low(('treated_opportunities', 'treated'), ('holdout_opportunities', 'holdout')) }} as uplift_low,
        {{ newcombe_high(('treated_opportunities', 'treated'), ('holdout_opportunities', 'holdout')) }} as uplift_high
    from observed
),

concluded as (
    select
        offered_month,
        pool,
        segment,
        age_days,
        treated,
        holdout,
        treated_opportunities,
        holdout_opportunities,
        treated_rate,
        holdout_rate,
        treated_rate - holdout_rate as uplift,
        uplift_low,
        uplift_high,
        is_mature
        and treated >= {{ least_cases() }}
        and holdout >= {{ least_cases() }}
        and (uplift_low > 0 or uplift_high < 0) as is_conclusive,
        is_mature
    from compared
)

select * from concluded
