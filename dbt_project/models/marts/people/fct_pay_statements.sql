with compensation as (
    select * from {{ ref('kpi_compensation') }}
),

refreshes as (
    select * from {{ ref('fct_refreshes') }}
),

logged as (
    select * from {{ source('ops', 'pay_statements') }}
    where refresh_id <> {{ refresh_fact('refresh_id') }}
),

-- Before anything had landed there was no month to state.
refreshes_of_something as (
    select distinct refresh_id from {{ ref('kpi_data_quality') }}
    where latest_occurred_at is not null
),

-- A month counts as stated also where nobody was paid for it; a night whose clock was ahead states none for later ones.
stated_months as (
    select max(before.stated_month) as stated_month
    from refreshes as this_refresh
    inner join refreshes as before
        on this_refresh.refresh_id <> before.refresh_id and this_refresh.started_at >= before.started_at
    inner join refreshes_of_something on before.refresh_id = refreshes_of_something.refresh_id
    where this_refresh.refresh_id = {{ refresh_fact('refresh_id') }}
),

due_months as (
    select distinct months.period_month as statement_month
    from {{ ref('kpi_departments') }} as months
    inner join refreshes
        on
            refreshes.refresh_id = {{ refresh_fact('refresh_id') }}
            and months.period_month <= refreshes.stated_month
    left join stated_months on months.period_month <= stated_months.stated_month
    left join logged on months.period_month = logged.statement_month
    where stated_months.stated_month is null and logged.statement_month is null
),

paid as (
    select
        period_month,
        rep_id,
        kpi,
        sum(amount) as paid_amount
    from logged
    group by period_month, rep_id, kpi
),

payouts as (
    select
        due_months.statement_month,
        compensation.period_month,
        compensation.rep_id,
        compensation.kpi,
        compensation.team,
        'payout' as statement_kind,
        compensation.payout as amount,
        compensation.payout as payout_to_date,
        compensation.attainment,
        compensation.full_pay,
        compensation.units,
        compensation.cap,
        compensation.arithmetic
    from compensation
    inner join due_months on compensation.period_month = due_months.statement_month
    where compensation.payout is not null
),

-- What is no longer payable, as a plan or a rep is gone, is nought.
differences as (
    select
        coalesce(compensation.period_month, paid.period_month) as period_month,
        coalesce(compensation.rep_id, paid.rep_id) as rep_id,
        coalesce(compensation.kpi, paid.kpi) as kpi,
        compensation.team,
        coalesce(compensation.payout, 0) as payout,
        coalesce(compensation.payout, 0) - coalesce(paid.paid_amount, 0) as amount,
        compensation.attainment,
        compensation.full_pay,
        compensation.units,
        compensation.cap,
        compensation.arithmetic
    from compensation
    full outer join paid
        on
            compensation.period_month = paid.period_month
            and compensation.rep_id = paid.rep_id
            and compensation.kpi = paid.kpi
    where coalesce(compensation.payout, 0) <> coalesce(paid.paid_amount, 0)
),

-- Each with the first month after its own that is stated now; a month that is stated itself differs from nothing.
adjustments as (
    select
        min(due_months.statement_month) as statement_month,
        differences.period_month,
        differences.rep_id,
        differences.kpi
    from differences
    inner join due_months on differences.period_month < due_months.statement_month
    where differences.period_month not in (select own_months.statement_month from due_months as own_months)
    group by differences.period_month, differences.rep_id, differences.kpi
),

-- With --known-at the log is that of the nights whose clocks were not ahead of this one's.
known as (
    select logged.*
    from logged
    inner join refreshes on logged.refresh_id = refreshes.refresh_id
    where
        {{ known_at() }} is null
        or (refreshes.as_of <= {{ as_of() }} and {{ is_known('refreshes.known_at') }})
),

statements as (
    select
        statement_month,
        period_month,
        rep_id,
        kpi,
        team,
        statement_kind,
        amount,
        payout_to_date,
        attainment,
        full_pay,
        units,
        cap,
        arithmetic,
        refresh_id,
        stated_at
    from known
    union all
    select
        payouts.*,
        {{ refresh_fact('refresh_id') }} as refresh_id,
        {{ started_at() }} as stated_at
    from payouts
    union all
    select
        adjustments.statement_month,
        adjustments.period_month,
        adjustments.rep_id,
        adjustments.kpi,
        differences.team,
        'adjustment' as statement_kind,
        cast(differences.amount as decimal(18, 2)) as amount,
        cast(differences.payout as decimal(18, 2)) as payout_to_date,
        differences.attainment,
        differences.full_pay,
        differences.units,
        differences.cap,
        differences.arithmetic,
        {{ refresh_fact('refresh_id') }} as refresh_id,
        {{ started_at() }} as stated_at
    from adjustments
    inner join differences
        on
            adjustments.period_month = differences.period_month
            and adjustments.rep_id = differences.rep_id
            and adjustments.kpi = differences.kpi
)

select * from statements
