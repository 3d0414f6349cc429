with prices as (
    select * from {{ ref('int_customer_mrr') }}
    where mrr > 0
),

profiles as (
    select * from {{ ref('int_lead_profiles') }}
    where profile = 'current'
),

months as (
    select distinct {{ month_of('days.date_day') }} as scored_on
    from {{ day_series("(select min(valid_from) from prices)", as_of_date()) }} as days
),

-- A month's first instant shows the day before it, as_of its own day; where both are one instant there is one row.
instants as (
    select
        scored_on,
        {{ local_midnight('scored_on') }} as scored_at,
        {{ days_after('scored_on', -1) }} as priced_on,
        true as is_month
    from months
    union all
    select
        {{ as_of_date() }} as scored_on,
        {{ as_of() }} as scored_at,
        {{ as_of_date() }} as priced_on,
        false as is_month
    where {{ as_of_date() }} <> {{ month_of(as_of_date()) }} or {{ as_of() }} <> {{ local_midnight(as_of_date()) }}
),

scored as (
    select
        prices.customer_id,
        prices.lead_id,
        profiles.lead_number,
        instants.scored_on,
        instants.scored_at,
        instants.is_month,
        prices.mrr,
        case
            when
                {{ days_after('instants.scored_on', health_outcome_days() + var('churn_grace_days')) }}
                <= {{ as_of_date() }}
                then coalesce(prices.churns_on < {{ days_after('instants.scored_on', health_outcome_days()) }}, false)
        end as has_churned_within_90_days
    from prices
    inner join instants
        on
            prices.valid_from <= instants.priced_on
            and (prices.valid_to is null or prices.valid_to > instants.priced_on)
    left join profiles on prices.lead_id = profiles.lead_id
)

select * from scored
