with origins as (
    select * from {{ ref('int_forecast_origins') }}
    where not is_current
),

forecasts as (
    select * from {{ ref('int_forecasts') }}
    where not is_current
),

baselines as (
    select * from {{ ref('int_forecast_baselines') }}
),

wins as (
    select * from {{ ref('fct_opportunities') }}
    where status = {{ won_status() }}
),

quarters as (
    select
        forecast_as_of,
        knowledge,
        period_quarter,
        -- Of a month end, the months that follow it.
        cast(
            3 - (extract(month from forecast_as_of) - extract(month from period_quarter) + 13) % 12 as integer
        ) as months_left,
        {{ has_begun(months_after('period_quarter', 3)) }} as is_complete
    from origins
),

won_by_segment as (
    select
        {{ fiscal_quarter_of(local_date('closed_at')) }} as period_quarter,
        segment,
        sum(amount_at_close) as won_amount
    from wins
    group by {{ fiscal_quarter_of(local_date('closed_at')) }}, segment
),

won as (
    select * from won_by_segment
    union all
    select
        period_quarter,
        'all' as segment,
        sum(won_amount) as won_amount
    from won_by_segment
    group by period_quarter
),

foreseen as (
    select
        forecast_as_of,
        period_quarter,
        segment,
        'model' as method,
        expected,
        p10,
        p90
    from forecasts
    {% for method in baseline_methods() -%}
        union all
        select
            forecast_as_of,
            period_quarter,
            segment,
            '{{ method }}' as method,
            {{ method }} as expected,
            null as p10,
            null as p90
        from baselines
    {% endfor %}
),

held_against as (
    select
        quarters.forecast_as_of,
        quarters.period_quarter,
        foreseen.segment,
        foreseen.method,
        quarters.months_left,
        quarters.knowledge,
        foreseen.expected,
        foreseen.p10,
        foreseen.p90,
        case when quarters.is_complete then cast(coalesce(won.won_amount, 0) as decimal(18, 2)) end as actual,
        quarters.is_complete
    from quarters
    inner join foreseen
        on quarters.forecast_as_of = foreseen.forecast_as_of and quarters.period_quarter = foreseen.period_quarter
    left join won on quarters.period_quarter = won.period_quarter and foreseen.segment = won.segment
),

judged as (
    select
        *,
        cast(expected - actual as decimal(18, 2)) as error,
        actual between p10 and p90 as is_within
    from held_against
),

-- Over the origins with the same months left, and over all.
horizons as (
    select
        *,
        months_left as horizon
    from judged
    union all
    select
        *,
        0 as horizon
    from judged
),

measured as (
    select
        segment,
        method,
        horizon,
        count(error) as origins,
        {{ ratio('sum(abs(error))', 'sum(case when error is not null then actual end)') }} as wape,
        {{ ratio('sum(error)', 'sum(case when error is not null then actual end)') }} as bias,
        {{ ratio('count(case when is_within then 1 end)', 'count(is_within)') }} as interval_coverage
    from horizons
    group by segment, method, horizon
),

-- The best baseline: to beat it is to beat each.
best_baselines as (
    select
        segment,
        horizon,
        min(wape) as wape
    from measured
    where method <> 'model'
    group by segment, horizon
),

-- Over all origins a baseline is met on those that it foresees: none foresees as many as the others.
duels as (
    select
        baselines.segment,
        baselines.method,
        sum(abs(models.error)) < sum(abs(baselines.error)) as is_won
    from judged as baselines
    inner join judged as models
        on baselines.forecast_as_of = models.forecast_as_of and baselines.segment = models.segment
    where baselines.method <> 'model' and models.method = 'model' and baselines.error is not null
    group by baselines.segment, baselines.method
),

duels_of_segments as (
    select
        segment,
        bool_and(is_won) as is_won
    from duels
    group by segment
),

compared as (
    select
        judged.forecast_as_of,
        judged.period_quarter,
        judged.segment,
        judged.method,
        judged.months_left,
        judged.knowledge,
        judged.expected,
        judged.p10,
        judged.p90,
        judged.actual,
        judged.error,
        judged.is_within,
        measured.origins,
        measured.wape,
        measured.bias,
        measured.interval_coverage,
        case
            when judged.method = 'model' and measured.origins >= {{ least_origins() }}
                then measured.wape < best_baselines.wape
        end as beats_baselines,
        overall.origins as overall_origins,
        overall.wape as overall_wape,
        overall.bias as overall_bias,
        overall.interval_coverage as overall_interval_coverage,
        case
            when judged.method = 'model' and overall.origins >= {{ least_origins() }} then duels_of_segments.is_won
        end as overall_beats_baselines,
        judged.is_complete
    from judged
    inner join measured
        on
            judged.segment = measured.segment
            and judged.method = measured.method
            and judged.months_left = measured.horizon
    inner join measured as overall
        on judged.segment = overall.segment and judged.method = overall.method and overall.horizon = 0
    left join best_baselines
        on judged.segment = best_baselines.segment and judged.months_left = best_baselines.horizon
    left join duels_of_segments on judged.segment = duels_of_segments.segment
)

select * from compared
