with opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

segments as (
    select * from {{ ref('segments') }}
),

closed as (
    select
        segment,
        case when status = {{ won_status() }} then coalesce(amount_at_close, 0) else 0 end as amount
    from opportunities
    where
        closed_at is not null
        and {{ days_between(local_date('closed_at'), as_of_date()) }} < 365
        and not coalesce(is_excluded, false)
),

summed as (
    select
        segment,
        count(*) as opportunities,
        sum(amount) as amount
    from closed
    group by segment
),

everything as (
    select
        sum(opportunities) as opportunities,
        sum(amount) as amount
    from summed
),

worths as (
    select
        segments.segment,
        case
            when summed.opportunities >= {{ opportunities_that_say_a_worth() }}
                then {{ ratio('summed.amount', 'summed.opportunities') }}
            else {{ ratio('everything.amount', 'everything.opportunities') }}
        end as expected_amount
    from segments
    cross join everything
    left join summed on segments.segment = summed.segment
)

select * from worths
