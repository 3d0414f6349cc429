with lead_versions as (
    select * from {{ ref('stg_crm__lead_versions') }}
),

activity_versions as (
    select * from {{ ref('stg_crm__activity_versions') }}
),

contract_versions as (
    select * from {{ ref('stg_crm__contract_versions') }}
),

first_loads as (
    select min(_loaded_at) as loaded_at from lead_versions
    union all
    select min(_loaded_at) as loaded_at from activity_versions
    union all
    select min(_loaded_at) as loaded_at from contract_versions
),

first_batch as (
    select min(loaded_at) as loaded_at from first_loads
),

-- The running month has begun by as_of: the last month end is the day before it.
months as (
    select cast({{ months_after(month_of(as_of_date()), '-series.n') }} as date) as next_month
    from {{ number_series(backtest_origins() - 1) }} as series
),

month_ends as (
    select
        cast({{ days_after('next_month', -1) }} as date) as forecast_as_of,
        {{ local_midnight('next_month') }} as origin_at,
        false as is_current
    from months
),

moments as (
    select * from month_ends
    union all
    select
        cast({{ as_of_date() }} as date) as forecast_as_of,
        {{ as_of() }} as origin_at,
        true as is_current
),

known as (
    select
        moments.forecast_as_of,
        moments.origin_at,
        moments.is_current,
        case
            when moments.is_current then 'now'
            when moments.origin_at >= first_batch.loaded_at then 'then'
            else 'now'
        end as knowledge,
        cast({{ days_after('moments.forecast_as_of', 'case when moments.is_current then 0 else 1 end') }} as date)
            as runs_on
    from moments
    cross join first_batch
)

select
    known.forecast_as_of,
    known.origin_at,
    known.is_current,
    known.knowledge,
    {{ fiscal_quarter_of('known.runs_on') }} as period_quarter,
    {% if is_increment() -%}
        not known.is_current
        and (known.knowledge = 'now' or not {{ is_new('known.origin_at') }})
        and kept.origin_at is not null as is_kept
    {%- else -%}
        false as is_kept
    {%- endif %}
from known
{% if is_increment() -%}
    left join {{ this }} as kept
        on known.origin_at = kept.origin_at and known.knowledge = kept.knowledge and not kept.is_current
{%- endif %}
