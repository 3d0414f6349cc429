-- The stages' shares in the change of wins leave no rest.
with bottlenecks as (
    select * from {{ ref('kpi_bottlenecks') }}
),

summed as (
    select
        window_end,
        segment,
        max(win_change) as win_change,
        sum(win_change_share) as shares
    from bottlenecks
    group by window_end, segment
)

select
    window_end,
    segment,
    'kpi_bottlenecks: the shares of ' || segment || ' up to ' || cast(window_end as varchar) || ' sum to '
    || cast(shares as varchar) || ', but wins changed by ' || cast(win_change as varchar)
    || '. Look at the newest change to the model.' as message
from summed
where shares <> win_change
