-- An act's weight doubles with each half-life, so that scores on one day compare as plain sums. Weights are whole
-- numbers, or the order of rows would show in a sum; they start again with each block of half-lives, or they would
-- overflow.
with days as (
    select * from {{ day_series("date '1899-12-31'", "date '2201-01-01'") }} as days
),

aged as (
    select
        date_day,
        cast({{ days_between("date '1899-12-31'", 'date_day') }} as double)
        / {{ var('score_half_life_days') }} as half_lives
    from days
),

spread as (
    select
        date_day,
        cast(floor(half_lives / {{ half_lives_a_block() }}) as integer) as weight_block,
        cast(round(power(2.0, half_lives - floor(half_lives)) * 1099511627776) as {{ type_wide_integer() }})
        * cast(
            power(2.0, cast(floor(half_lives) as bigint) % {{ half_lives_a_block() }}) as {{ type_wide_integer() }}
        ) as weight
    from aged
)

select * from spread
