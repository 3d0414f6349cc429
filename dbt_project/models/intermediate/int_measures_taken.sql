{% set stage_measures = ['entered', 'exited', 'advanced', 'detoured', 'regressed', 'balance'] %}
{% set mrr_measures = [
    'opening_mrr', 'new_mrr', 'expansion_mrr', 'contraction_mrr', 'churn_mrr', 'reactivation_mrr', 'closing_mrr',
    'customers',
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

-- A stage that nobody was in has its noughts, so that whoever comes to light later is seen as added.
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
    from (select distinct period_month from daily) as months
    cross join {{ ref('stages') }} as stages
    left join daily on months.period_month = daily.period_month and stages.stage = daily.stage
),

mrr_months as (
    select * from {{ ref('kpi_mrr_monthly') }}
    where {{ month_end('period_month') }} < {{ as_of_date() }}
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
            cast({{ measure }} as decimal(18, 2)) as value
        from mrr_months
        {% if not loop.last %} union all {% endif %}
    {% endfor %}
)

select * from taken
