{{ config(materialized='view') }}

{% set longest = act_windows() | max %}

with activities as (
    select * from {{ ref('stg_crm__activities') }}
    where
        is_deleted = false
        and occurred_at >= {{ local_midnight(days_after(as_of_date(), '-' ~ longest)) }}
        and occurred_at < {{ local_midnight(as_of_date()) }}
),

chains as (
    select * from {{ ref('int_lead_chains') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

sample_acts as (
    select * from {{ ref('int_score_sample_acts') }}
    where is_buyer_act or is_by_us or is_call_connected or points < 0
),

months as (
    select * from {{ ref('int_score_month_starts') }}
),

recent_acts as (
    select
        coalesce(chains.survivor_id, activities.lead_id) as lead_id,
        {{ local_date('activities.occurred_at') }} as occurred_on,
        {{ act_facts('activities', 'activity_types') }}
    from activities
    left join chains on activities.lead_id = chains.lead_id
    left join activity_types on activities.activity_type = activity_types.activity_type
),

-- An act of the sample is before few month starts by so little.
placed as (
    select
        lead_id,
        {{ as_of_date() }} as scored_on,
        {{ days_between('occurred_on', as_of_date()) }} as days_before,
        category,
        points,
        is_buyer_act,
        is_by_us,
        is_meeting_held,
        is_call_connected
    from recent_acts
    where is_buyer_act or is_by_us or is_call_connected or points < 0
    union all
    select
        sample_acts.lead_id,
        months.period_month as scored_on,
        {{ days_between('sample_acts.occurred_on', 'months.period_month') }} as days_before,
        sample_acts.category,
        sample_acts.points,
        sample_acts.is_buyer_act,
        sample_acts.is_by_us,
        sample_acts.is_meeting_held,
        sample_acts.is_call_connected
    from sample_acts
    inner join months
        on
            sample_acts.occurred_on < months.period_month
            and {{ days_between('sample_acts.occurred_on', 'months.period_month') }} <= {{ longest }}
),

counted as (
    select
        lead_id,
        scored_on,
        {% for name, (condition, after_days, days) in counted_acts().items() -%}
            cast(count(case
                when
                    {{ condition }}
                    {{- ' and days_before > ' ~ after_days if after_days }}
                    {{- ' and days_before <= ' ~ days if days < longest }}
                    then 1
            end) as integer) as {{ name }},
        {% endfor -%}
        cast(min(case when is_by_us then days_before end) as integer) as days_since_act_by_us
    from placed
    group by lead_id, scored_on
)

select * from counted
