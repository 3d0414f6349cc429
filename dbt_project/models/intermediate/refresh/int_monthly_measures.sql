{% set stage_measures = ['entered', 'exited', 'advanced', 'detoured', 'regressed', 'balance'] %}
{% set mrr_measures = [
    'opening_mrr', 'new_mrr', 'expansion_mrr', 'contraction_mrr', 'churn_mrr', 'reactivation_mrr', 'closing_mrr',
    'customers', 'opening_customers', 'lost_customers', 'kept_mrr', 'retained_mrr',
] %}

with daily as (
    select
        {{ month_of('date_day') }} as period_month,
        stage,
        sum(entered) as entered,
        sum(exited) as exited,
        sum(advanced) as advanced,
        sum(detoured) as detoured,
        sum(regressed) as regressed,
        sum(case when date_day = {{ month_end('date_day') }} then balance end) as balance
    from {{ ref('kpi_stage_daily') }}
    where {{ month_end('date_day') }} < {{ as_of_date() }}
    group by {{ month_of('date_day') }}, stage
),

cohorts as (
    select
        cohort_month,
        max(cohort_leads) as cohort_leads
    from {{ ref('kpi_maturity_curve') }}
    where segment = 'all'
    group by cohort_month
),

mrr as (
    select * from {{ ref('kpi_mrr_monthly') }}
    where {{ month_end('period_month') }} < {{ as_of_date() }}
),

moving_months as (
    select period_month from daily
    where entered > 0 or exited > 0
    union
    select period_month from mrr
    where
        coalesce(new_mrr, 0) <> 0
        or coalesce(expansion_mrr, 0) <> 0
        or coalesce(contraction_mrr, 0) <> 0
        or coalesce(churn_mrr, 0) <> 0
        or coalesce(reactivation_mrr, 0) <> 0
),

known_months as (
    select period_month from daily
    union
    select period_month from mrr
),

-- What was nought in a month is published as nought, so that whatever comes to light later is seen as added. Where
-- nothing moved for longer than a year, a row is misdated rather than the company old.
months as (
    select distinct known_months.period_month
    from known_months
    inner join moving_months
        on
            known_months.period_month >= moving_months.period_month
            and known_months.period_month <= {{ months_after('moving_months.period_month', 12) }}
),

stage_months as (
    select
        months.period_month,
        stages.stage,
        daily.entered,
        daily.exited,
        daily.advanced,
        daily.detoured,
        daily.regressed,
        daily.balance
    from months
    cross join {{ ref('stages') }} as stages
    left join daily on months.period_month = daily.period_month and stages.stage = daily.stage
),

cohort_months as (
    select
        months.period_month,
        cohorts.cohort_leads
    from months
    left join cohorts on months.period_month = cohorts.cohort_month
),

mrr_months as (
    select
        months.period_month,
        mrr.opening_mrr,
        mrr.new_mrr,
        mrr.expansion_mrr,
        mrr.contraction_mrr,
        mrr.churn_mrr,
        mrr.reactivation_mrr,
        mrr.closing_mrr,
        mrr.customers,
        mrr.opening_customers,
        mrr.lost_customers,
        mrr.kept_mrr,
        mrr.retained_mrr
    from months
    left join mrr on months.period_month = mrr.period_month
),

taken as (
    {% for measure in stage_measures %}
        select
            period_month,
            'kpi_stage_daily' as mart,
            '{{ measure }}:' || stage as measure,
            cast(coalesce({{ measure }}, 0) as decimal(18, 2)) as value
        from stage_months
        union all
    {% endfor %}
    {% for measure in mrr_measures %}
        select
            period_month,
            'kpi_mrr_monthly' as mart,
            '{{ measure }}' as measure,
            cast(coalesce({{ measure }}, 0) as decimal(18, 2)) as value
        from mrr_months
        union all
    {% endfor %}
    select
        period_month,
        'kpi_maturity_curve' as mart,
        'cohort_leads' as measure,
        cast(coalesce(cohort_leads, 0) as decimal(18, 2)) as value
    from cohort_months
)

select * from taken
