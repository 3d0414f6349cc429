with months as (
    select * from {{ ref('int_reported_months') }}
),

kpis as (
    select * from {{ ref('int_department_kpis') }}
),

lead_kpis as (
    select * from {{ ref('int_lead_kpis_counted') }}
),

opportunities_credited as (
    select * from {{ ref('int_opportunities_credited') }}
),

customers_credited as (
    select * from {{ ref('int_customers_credited') }}
    where kpi = 'renewal_rate'
),

mrr_monthly as (
    select * from {{ ref('kpi_mrr_monthly') }}
),

campaign_spend as (
    select * from {{ ref('campaign_spend') }}
),

lead_sources as (
    select * from {{ ref('lead_sources') }}
),

medians as (
    select * from {{ ref('int_kpi_medians') }}
    where rep_id is null
),

spent as (
    select
        campaign_spend.period_month,
        sum(campaign_spend.amount) as amount
    from campaign_spend
    left join lead_sources on campaign_spend.lead_source = lead_sources.lead_source
    where coalesce(lead_sources.motion <> 'outbound', true)
    group by campaign_spend.period_month
),

counted as (
    select
        period_month,
        kpi,
        numerator,
        denominator,
        next_stage_base,
        next_stage_count
    from lead_kpis
    union all
    select
        period_month,
        kpi,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(next_stage_base) as next_stage_base,
        sum(next_stage_count) as next_stage_count
    from opportunities_credited
    group by period_month, kpi
),

cases as (
    select
        period_month,
        kpi,
        numerator,
        denominator,
        next_stage_base,
        next_stage_count
    from counted
    union all
    {% for kpi, bought in [
        ('cost_per_lead', 'inbound_leads'),
        ('cost_per_opportunity', 'opportunities_created_inbound'),
    ] %}
        select
            spent.period_month,
            '{{ kpi }}' as kpi,
            spent.amount as numerator,
            coalesce(counted.numerator, 0) as denominator,
            null as next_stage_base,
            null as next_stage_count
        from spent
        left join counted on spent.period_month = counted.period_month and counted.kpi = '{{ bought }}'
        union all
    {% endfor %}
    {% for kpi, numerator, denominator in [
        ('logo_churn_rate', 'lost_customers', 'opening_customers'),
        ('grr', 'kept_mrr', 'opening_mrr'),
        ('nrr', 'retained_mrr', 'opening_mrr'),
    ] %}
        select
            period_month,
            '{{ kpi }}' as kpi,
            {{ numerator }} as numerator,
            {{ denominator }} as denominator,
            null as next_stage_base,
            null as next_stage_count
        from mrr_monthly
        union all
    {% endfor %}
    select
        period_month,
        kpi,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        null as next_stage_base,
        null as next_stage_count
    from customers_credited
    group by period_month, kpi
    union all
    select
        period_month,
        kpi,
        null as numerator,
        cases as denominator,
        null as next_stage_base,
        null as next_stage_count
    from medians
),

results as (
    select
        months.period_month,
        kpis.kpi,
        {{ kpi_number("case when kpis.measure = 'volume' then coalesce(cases.numerator, 0) else cases.numerator end") }}
            as numerator,
        {{ kpi_number('cases.denominator') }} as denominator,
        {{ kpi_actual('kpis.measure', 'cases.numerator', 'cases.denominator', 'medians.actual') }} as actual,
        case
            when {{ days_after(month_end('months.period_month'), 'kpis.next_stage_days') }} <= {{ as_of_date() }}
                then cast(coalesce(cases.next_stage_base, 0) as bigint)
        end as next_stage_base,
        case
            when {{ days_after(month_end('months.period_month'), 'kpis.next_stage_days') }} <= {{ as_of_date() }}
                then cast(coalesce(cases.next_stage_count, 0) as bigint)
        end as next_stage_count
    from months
    cross join kpis
    left join cases on months.period_month = cases.period_month and kpis.kpi = cases.kpi
    left join medians on months.period_month = medians.period_month and kpis.kpi = medians.kpi
),

-- A month that has matured comes after months that have.
compared as (
    select
        results.period_month,
        results.kpi,
        results.numerator,
        results.denominator,
        results.actual,
        results.next_stage_base,
        results.next_stage_count,
        sum(earlier.next_stage_base) as history_base,
        sum(earlier.next_stage_count) as history_count
    from results
    left join results as earlier
        on
            results.kpi = earlier.kpi
            and results.next_stage_base is not null
            and results.period_month > earlier.period_month
            and results.period_month <= {{ months_after('earlier.period_month', history_months()) }}
    group by
        results.period_month,
        results.kpi,
        results.numerator,
        results.denominator,
        results.actual,
        results.next_stage_base,
        results.next_stage_count
)

select
    period_month,
    kpi,
    numerator,
    denominator,
    actual,
    next_stage_base,
    next_stage_count,
    cast(history_base as bigint) as history_base,
    cast(history_count as bigint) as history_count
from compared
