{% set auc_months = 12 %}

with health as (
    select
        {{ month_of(local_date('scored_at')) }} as scored_month,
        health_band,
        health_score,
        has_churned_within_90_days as has_churned
    from {{ ref('fct_customer_health') }}
    where is_month and has_churned_within_90_days is not null
),

bands as (
    select
        scored_month,
        health_band,
        count(*) as customers,
        count(case when has_churned then 1 end) as churned
    from health
    group by scored_month, health_band
),

months as (
    select distinct scored_month
    from health
),

scores as (
    select * from health
    where health_score is not null
),

-- Every pair of one who churned and one who stayed, of months that some twelve hold both: whose churned score is lower?
-- Few churn, so that they are laid beside those who stayed, month by month, and counted in the order of scores.
compared as (
    select
        scored_month as kept_month,
        cast(null as date) as churned_month,
        health_score
    from scores
    where not has_churned
    union all
    select
        months.scored_month as kept_month,
        scores.scored_month as churned_month,
        scores.health_score
    from scores
    inner join months
        on
            months.scored_month > {{ months_after('scores.scored_month', -auc_months) }}
            and months.scored_month < {{ months_after('scores.scored_month', auc_months) }}
    where scores.has_churned
),

placed as (
    select
        kept_month,
        churned_month,
        health_score,
        count(case when churned_month is null then 1 end) over (
            partition by kept_month
            order by health_score desc
            range between unbounded preceding and current row
        ) as not_below
    from compared
),

churned_scores as (
    select distinct health_score
    from scores
    where has_churned
),

-- Few scores are both of one who churned and of one who stayed.
ties as (
    select
        scores.scored_month as kept_month,
        scores.health_score,
        count(*) as level
    from scores
    inner join churned_scores on scores.health_score = churned_scores.health_score
    where not scores.has_churned
    group by scores.scored_month, scores.health_score
),

-- In halves: 2 for a pair in the right order, 1 for a tie.
pairs as (
    select
        placed.kept_month,
        placed.churned_month,
        sum(2 * placed.not_below - coalesce(ties.level, 0)) as half_points
    from placed
    left join ties on placed.kept_month = ties.kept_month and placed.health_score = ties.health_score
    where placed.churned_month is not null
    group by placed.kept_month, placed.churned_month
),

counted as (
    select
        scored_month,
        count(case when has_churned then 1 end) as churned,
        count(case when not has_churned then 1 end) as kept
    from scores
    group by scored_month
),

windows as (
    select
        months.scored_month,
        sum(counted.churned) as auc_churned,
        sum(counted.kept) as auc_kept
    from months
    inner join counted
        on
            months.scored_month >= counted.scored_month
            and {{ months_after('months.scored_month', -auc_months) }} < counted.scored_month
    group by months.scored_month
),

points as (
    select
        months.scored_month,
        sum(pairs.half_points) as half_points
    from months
    inner join pairs
        on
            months.scored_month >= greatest(pairs.kept_month, pairs.churned_month)
            and {{ months_after('months.scored_month', -auc_months) }} < least(pairs.kept_month, pairs.churned_month)
    group by months.scored_month
),

rated as (
    select
        bands.scored_month,
        bands.health_band,
        cast(bands.customers as bigint) as customers,
        cast(bands.churned as bigint) as churned,
        {{ ratio('bands.churned', 'bands.customers') }} as churn_rate,
        {{ wilson_low('bands.churned', 'bands.customers') }} as rate_low,
        {{ wilson_high('bands.churned', 'bands.customers') }} as rate_high,
        {{ ratio('points.half_points', '2 * windows.auc_churned * windows.auc_kept') }} as roc_auc,
        cast(coalesce(windows.auc_churned, 0) as bigint) as auc_churned,
        cast(coalesce(windows.auc_kept, 0) as bigint) as auc_kept,
        {{ has_begun('bands.scored_month') }} as is_complete
    from bands
    left join windows on bands.scored_month = windows.scored_month
    left join points on bands.scored_month = points.scored_month
)

select * from rated
