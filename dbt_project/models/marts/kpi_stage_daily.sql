with transitions as (
    select * from {{ ref('fct_stage_transitions') }}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

sliced as (
    select
        transitions.*,
        {{ source_slice('transitions.lead_source', 'lead_sources.lead_source') }} as source_slice,
        {{ local_date('transitions.entered_at') }} as entered_on,
        {{ local_date('transitions.exited_at') }} as exited_on
    from transitions
    left join lead_sources on transitions.lead_source = lead_sources.lead_source
),

combinations as (
    select distinct
        to_stage as stage,
        segment,
        source_slice as lead_source
    from sliced
),

days as (
    select days.date_day
    from {{ day_series("(select min(entered_on) from sliced)", as_of_date()) }} as days
),

-- An entry into one stage is the exit from the one before; how long a stay took is known on its own row.
flows as (
    select
        days.date_day,
        combinations.stage,
        combinations.segment,
        combinations.lead_source,
        0 as entered,
        0 as exited,
        0 as advanced,
        0 as detoured,
        0 as regressed,
        0 as microseconds
    from combinations
    cross join days
    union all
    select
        entered_on as date_day,
        to_stage as stage,
        segment,
        source_slice as lead_source,
        count(*) as entered,
        0 as exited,
        0 as advanced,
        0 as detoured,
        0 as regressed,
        0 as microseconds
    from sliced
    group by entered_on, to_stage, segment, source_slice
    union all
    select
        entered_on as date_day,
        from_stage as stage,
        segment,
        source_slice as lead_source,
        0 as entered,
        count(*) as exited,
        sum(case when direction in ('forward', 'skip', 'reentry', 'reopen') then 1 else 0 end) as advanced,
        sum(case when direction = 'detour' then 1 else 0 end) as detoured,
        sum(case when direction = 'backward' then 1 else 0 end) as regressed,
        0 as microseconds
    from sliced
    where from_stage is not null
    group by entered_on, from_stage, segment, source_slice
    union all
    select
        exited_on as date_day,
        to_stage as stage,
        segment,
        source_slice as lead_source,
        0 as entered,
        0 as exited,
        0 as advanced,
        0 as detoured,
        0 as regressed,
        sum({{ microseconds_between('entered_at', 'exited_at') }}) as microseconds
    from sliced
    where exited_on is not null
    group by exited_on, to_stage, segment, source_slice
),

summed as (
    select
        date_day,
        stage,
        segment,
        lead_source,
        cast(sum(entered) as bigint) as entered,
        cast(sum(exited) as bigint) as exited,
        cast(sum(advanced) as bigint) as advanced,
        cast(sum(detoured) as bigint) as detoured,
        cast(sum(regressed) as bigint) as regressed,
        sum(microseconds) as microseconds
    from flows
    group by date_day, stage, segment, lead_source
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
                partition by stage, segment, lead_source
                order by date_day
                rows between unbounded preceding and current row
            ) as bigint
        ) as balance,
        cast(microseconds as double) / 1000000 as seconds_to_exit_sum
    from summed
)

select * from balanced
