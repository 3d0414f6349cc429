-- What was due at a month end, with what came and without what left, is due at the next one; the segments together are
-- all; and within a quarter the next row begins with what this one ended with.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_pipeline_movements'}}}) }}
with movements as (
    select * from {{ ref('kpi_pipeline_movements') }}
),

followed as (
    select
        *,
        lead(start_amount) over (partition by segment order by to_date) as next_start_amount,
        lead(to_date) over (partition by segment order by to_date) as next_to_date
    from movements
),

broken as (
    select
        to_date,
        segment
    from followed
    where
        start_amount + created + pulled_in + amount_up + amount_down - pushed_out - won - lost <> end_amount
        or (
            {{ fiscal_quarter_of('to_date') }} = {{ fiscal_quarter_of('next_to_date') }}
            and end_amount <> next_start_amount
        )
    union all
    select
        to_date,
        'all' as segment
    from movements
    group by to_date
    having
        sum(case when segment = 'all' then start_amount - end_amount else 0 end)
        <> sum(case when segment <> 'all' then start_amount - end_amount else 0 end)
)

select
    to_date,
    segment,
    'kpi_pipeline_movements: ' || segment || ' to ' || cast(to_date as varchar)
    || ' does not add up. Rebuild with `revloop refresh --full`.' as message
from broken
