with spans as (
    select * from {{ ref('int_opportunity_spans') }}
),

segments as (
    select segment from {{ ref('segments') }}
),

bounds as (
    select {{ month_of(local_date('min(stands_from)')) }} as first_month from spans
),

-- A month ends before the first instant of the next one: what happens then is the next month's.
month_ends as (
    select
        cast({{ days_after('days.date_day', -1) }} as date) as month_end,
        {{ local_midnight('days.date_day') }} as ends_at,
        {{ month_of('days.date_day') }} as next_month
    from {{ day_series('(select first_month from bounds)', as_of_date()) }} as days
    where extract(day from days.date_day) = 1
),

pairs as (
    select
        earlier.month_end as from_date,
        later.month_end as to_date,
        earlier.ends_at as from_at,
        later.ends_at as to_at,
        cast({{ months_after(fiscal_quarter_of('later.month_end'), 3) }} as date) as next_quarter
    from month_ends as earlier
    inner join month_ends as later on {{ months_after('earlier.next_month', 1) }} = later.next_month
),

open_spans as (
    select * from spans
    where status = {{ open_status() }}
),

open_before as (
    select
        pairs.from_date,
        open_spans.opportunity_id,
        open_spans.segment,
        coalesce(open_spans.amount, 0) as amount,
        coalesce(open_spans.expected_close_on < pairs.next_quarter, false) as is_due
    from pairs
    inner join open_spans on pairs.from_at > open_spans.stands_from and pairs.from_at <= open_spans.stands_until
),

open_after as (
    select
        pairs.from_date,
        open_spans.opportunity_id,
        open_spans.segment,
        coalesce(open_spans.amount, 0) as amount,
        coalesce(open_spans.expected_close_on < pairs.next_quarter, false) as is_due
    from pairs
    inner join open_spans on pairs.to_at > open_spans.stands_from and pairs.to_at <= open_spans.stands_until
),

-- What was due and is not open any more, and what became of it.
closed as (
    select
        open_before.from_date,
        open_before.segment,
        open_before.amount,
        spans.status
    from open_before
    inner join pairs on open_before.from_date = pairs.from_date
    inner join spans
        on
            open_before.opportunity_id = spans.opportunity_id
            and pairs.to_at > spans.stands_from
            and pairs.to_at <= spans.stands_until
    where open_before.is_due and spans.status <> {{ open_status() }}
),

moved as (
    select
        open_after.from_date,
        open_after.segment,
        open_after.amount as amount_after,
        open_before.amount as amount_before,
        open_before.opportunity_id is not null as was_open,
        coalesce(open_before.is_due, false) as was_due,
        open_after.is_due
    from open_after
    left join open_before
        on
            open_after.from_date = open_before.from_date
            and open_after.opportunity_id = open_before.opportunity_id
),

changes as (
    {% set nothing = 'cast(0 as decimal(18, 2))' -%}
    select
        from_date,
        segment,
        amount as start_amount,
        {{ nothing }} as created,
        {{ nothing }} as pulled_in,
        {{ nothing }} as amount_up,
        {{ nothing }} as amount_down,
        {{ nothing }} as pushed_out,
        case when status = {{ won_status() }} then amount else 0 end as won,
        case when status = {{ lost_status() }} then amount else 0 end as lost,
        {{ nothing }} as end_amount
    from closed
    union all
    select
        from_date,
        segment,
        case when was_due then amount_before else 0 end as start_amount,
        case when is_due and not was_open then amount_after else 0 end as created,
        case when is_due and was_open and not was_due then amount_after else 0 end as pulled_in,
        case when is_due and was_due then greatest(amount_after - amount_before, 0) else 0 end as amount_up,
        case when is_due and was_due then least(amount_after - amount_before, 0) else 0 end as amount_down,
        case when was_due and not is_due then amount_before else 0 end as pushed_out,
        0 as won,
        0 as lost,
        case when is_due then amount_after else 0 end as end_amount
    from moved
    where is_due or was_due
),

slices as (
    {{ segment_slices('segments') }}
),

summed as (
    {% set measures = 'start_amount created pulled_in amount_up amount_down pushed_out won lost end_amount' -%}
    {% set sums = [] -%}
    {% for measure in measures.split() -%}
        {% do sums.append('cast(coalesce(sum(changes.' ~ measure ~ '), 0) as decimal(18, 2)) as ' ~ measure) -%}
    {% endfor -%}
    select
        pairs.from_date,
        pairs.to_date,
        slices.segment,
        {{ sums | join(',\n        ') }},
        {{ is_complete(month_of('pairs.to_date')) }} as is_complete
    from pairs
    cross join slices
    left join changes on pairs.from_date = changes.from_date and slices.of_segment = changes.segment
    group by pairs.from_date, pairs.to_date, slices.segment
)

select * from summed
