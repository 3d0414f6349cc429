with results as (
    select * from {{ ref('int_segment_results') }}
),

rated as (
    select
        *,
        {{ ratio('lost_customers', 'opening_customers') }} as logo_churn_rate,
        {{ ratio('mrr', 'customers') }} as mrr_per_customer,
        sum(won_amount) over (partition by period_month) as all_won_amount,
        sum(mrr) over (partition by period_month) as all_mrr
    from results
),

last_complete_months as (
    select max(period_month) as period_month
    from results
    where is_complete
),

-- The last complete months up to the row's own; a mean of rates, as the lifetime is that of a customer who stays.
years as (
    select
        rated.period_month,
        rated.segment,
        max(earlier.period_month) as last_month,
        cast(sum(cast(earlier.logo_churn_rate as decimal(18, 17))) as double)
        / nullif(count(earlier.logo_churn_rate), 0) as mean_logo_churn_rate,
        sum(earlier.spend_amount) as spend_amount,
        sum(earlier.wins) as wins
    from rated
    cross join last_complete_months
    inner join rated as earlier
        on
            rated.segment = earlier.segment
            and rated.period_month >= earlier.period_month
            and least(rated.period_month, last_complete_months.period_month)
            < {{ months_after('earlier.period_month', history_months()) }}
            and last_complete_months.period_month >= earlier.period_month
    group by rated.period_month, rated.segment
),

valued as (
    select
        rated.*,
        years.last_month,
        years.mean_logo_churn_rate,
        {{ ratio('years.spend_amount', 'years.wins') }} as cac_12_months,
        rated.mrr_per_customer / nullif(years.mean_logo_churn_rate, 0) as lifetime_value
    from rated
    left join years on rated.period_month = years.period_month and rated.segment = years.segment
),

described as (
    select
        period_month,
        segment,
        new_leads,
        spend_amount,
        opportunities,
        wins,
        won_amount,
        {{ ratio('won_amount', 'all_won_amount') }} as won_amount_share,
        outcomes_of_selling,
        {{ ratio('wins', 'outcomes_of_selling') }} as win_rate,
        {{ ratio('spend_amount', 'wins') }} as cac,
        sales_cycle_days_median,
        customers,
        mrr,
        {{ ratio('mrr', 'all_mrr') }} as mrr_share,
        opening_customers,
        lost_customers,
        opening_mrr,
        kept_mrr,
        retained_mrr,
        {{ ratio('kept_mrr', 'opening_mrr') }} as grr,
        {{ ratio('retained_mrr', 'opening_mrr') }} as nrr,
        logo_churn_rate,
        mean_logo_churn_rate,
        lifetime_value,
        case
            when lifetime_value is not null
                then
                    'A customer goes on paying ' || cast(cast(mrr_per_customer as decimal(18, 2)) as varchar)
                    || ' a month and leaves in any month with '
                    || cast(cast(100 * mean_logo_churn_rate as decimal(18, 2)) as varchar)
                    || ' %, the mean of at most {{ history_months() }} complete months up to '
                    || left(cast(last_month as varchar), 7) || '; revenue, not margin, not discounted.'
        end as lifetime_value_assumption,
        cac_12_months,
        lifetime_value / nullif(cac_12_months, 0) as ltv_to_cac,
        is_complete
    from valued
)

select * from described
