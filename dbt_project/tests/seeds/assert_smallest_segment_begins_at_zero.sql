-- A failure means: some companies belong to no segment, or to two.
with numbered as (
    select * from {{ seed_rows(ref('segments')) }} as seed
),

same_sizes as (
    select
        *,
        min(seed_row) over (partition by min_employees) as first_row
    from numbered
)

select
    {{ seed_message(
        'segments', ['segment'],
        'min_employees {min_employees} is also that of row {!first_row}. Give each segment its own.'
    ) }} as message
from same_sizes
where seed_row > first_row

union all

select
    'segments.csv: no segment begins at 0 employees. '
    || 'Set min_employees of the smallest one to 0.' as message
from numbered
where min_employees = 0
having count(*) = 0
