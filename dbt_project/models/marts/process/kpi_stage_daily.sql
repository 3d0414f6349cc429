with flows as (
    select * from {{ ref('int_stage_flows') }}
),

combinations as (
    select
        stage,
        segment,
        lead_source,
        min(date_day) as first_day,
        row_number() over (order by stage, segment, lead_source) as combination_number
    from flows
    group by stage, segment, lead_source
),

days as (
    select days.date_day
    from {{ day_series("(select min(date_day) from flows)", as_of_date()) }} as days
),

numbered_flows as (
    select
        flows.*,
        combinations.combination_number
    from flows
    inner join combinations
        on
            flows.stage = combinations.stage
            and flows.segment = combinations.segment
            and {{ same('flows.lead_source', 'combinations.lead_source') }}
),

-- A number in place of three texts: the sums run over a million cells.
summed as (
    select
        days.date_day,
        combinations.combination_number,
        combinations.stage,
        combinations.segment,
        combinations.lead_source,
        coalesce(numbered_flows.entered, 0) as entered,
        coalesce(numbered_flows.exited, 0) as exited,
        coalesce(numbered_flows.advanced, 0) as advanced,
        coalesce(numbered_flows.detoured, 0) as detoured,
        coalesce(numbered_flows.regressed, 0) as regressed,
        coalesce(numbered_flows.microseconds, 0) as microseconds
    from combinations
    inner join days on combinations.first_day <= days.date_day
    left join numbered_flows
        on
            combinations.combination_number = numbered_flows.combination_number
            and days.date_day = numbered_flows.date_day
),

balanced as (
    select
        date_day,
        stage,
        segment,
        lead_source,
        entered,
        exited,
        advanced,
        detoured,
        regressed,
        cast(
            sum(entered - exited) over (
                partition by combination_number
                order by date_day
                rows between unbounded preceding and current row
            ) as bigint
        ) as balance,
        cast(microseconds as double) / 1000000 as seconds_to_exit_sum
    from summed
)

select * from balanced
