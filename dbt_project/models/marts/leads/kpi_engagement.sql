with acts as (
    select * from {{ ref('int_buyer_acts_by_month') }}
),

daily as (
    select * from {{ ref('kpi_stage_daily') }}
),

present as (
    select
        {{ month_of('date_day') }} as period_month,
        stage,
        segment,
        sum(entered)
        + sum(case when date_day = {{ month_of('date_day') }} then balance - entered + exited else 0 end) as leads
    from daily
    group by {{ month_of('date_day') }}, stage, segment
),

engaged as (
    select
        period_month,
        stage,
        channel,
        segment,
        count(*) as leads_with_buyer_act,
        sum(acts) as acts
    from acts
    group by period_month, stage, channel, segment
),

combinations as (
    select distinct
        stage,
        channel,
        segment
    from engaged
),

rated as (
    select
        present.period_month,
        present.stage,
        combinations.channel,
        present.segment,
        cast(present.leads as bigint) as leads,
        cast(coalesce(engaged.leads_with_buyer_act, 0) as bigint) as leads_with_buyer_act,
        cast(coalesce(engaged.acts, 0) as bigint) as acts,
        {{ ratio('coalesce(engaged.leads_with_buyer_act, 0)', 'present.leads') }} as rate,
        {{ is_complete('present.period_month') }} as is_complete
    from present
    inner join combinations on present.stage = combinations.stage and present.segment = combinations.segment
    left join engaged
        on
            present.period_month = engaged.period_month
            and present.stage = engaged.stage
            and present.segment = engaged.segment
            and {{ same('combinations.channel', 'engaged.channel') }}
    where present.leads > 0
)

select * from rated
