with refreshes as (
    select * from {{ source('ops', 'refreshes') }}
    where refresh_id <> {{ refresh_fact('refresh_id') }}
),

batches as (
    select * from {{ source('ops', 'batches') }}
),

-- A batch is loaded later than all before it, whatever the clock says: published refreshes are numbered by theirs.
numbered as (
    select
        refreshes.*,
        row_number() over (
            order by batches.loaded_at nulls first, refreshes.started_at, refreshes.refresh_id
        ) as refresh_number
    from refreshes
    left join batches on refreshes.refresh_id = batches.batch_id
),

batch_feeds as (
    select * from {{ source('ops', 'batch_feeds') }}
),

-- Without --known-at a refresh knows what had been loaded when it ran; a batch without rows adds no knowledge.
loaded as (
    select
        coalesce(
            max(case when batch_feeds.rows_accepted > 0 then batches.loaded_at end),
            max(batches.loaded_at)
        ) as loaded_at
    from batches
    inner join batch_feeds on batches.batch_id = batch_feeds.batch_id
),

published as (
    select
        refresh_id,
        as_of,
        known_at,
        process_hash,
        code_version,
        started_at,
        finished_at,
        checks_passed,
        checks_count,
        coalesce(is_replay, false) as is_replay,
        -- What an earlier version logged does not say; it took every as_of for one that was asked for.
        coalesce(is_as_of_asked, true) as is_as_of_asked,
        refresh_number,
        stated_month,
        reporting_currency
    from numbered
),

-- The running refresh: publication writes when it finished and what its checks said.
running as (
    select
        {{ refresh_fact('refresh_id') }} as refresh_id,
        {{ as_of() }} as as_of,
        coalesce({{ known_at() }}, loaded.loaded_at, {{ as_of() }}) as known_at,
        {{ refresh_fact('process_hash') }} as process_hash,
        {{ refresh_fact('code_version') }} as code_version,
        {{ started_at() }} as started_at,
        cast(null as timestamptz) as finished_at,
        cast(null as boolean) as checks_passed,
        cast(null as bigint) as checks_count,
        coalesce({{ known_at() }} < loaded.loaded_at, false) as is_replay,
        {{ is_as_of_asked() }} as is_as_of_asked,
        1 + (select count(*) from numbered) as refresh_number,
        -- Of the months whose last day lies that far back the last one.
        case
            when {{ known_at() }} is null and {{ as_of() }} <= {{ started_at() }}
                then {{ months_after(month_of(days_after(as_of_date(), 1 - statement_days())), -1) }}
        end as stated_month,
        cast('{{ var("reporting_currency") }}' as varchar) as reporting_currency
    from loaded
)

select * from published
union all
select * from running
