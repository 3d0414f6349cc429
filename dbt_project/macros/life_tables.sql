{#
The life table that the forecast goes by: how long opportunities stay in a phase and what ends the stay. Times are
whole days.
#}

{# How long ago a stay may have begun to tell of today's process, and in how many days wins and creations are counted. #}
{% macro stay_memory_days() %}{{ return(730) }}{% endmacro %}
{% macro win_memory_days() %}{{ return(365) }}{% endmacro %}
{% macro creation_memory_days() %}{{ return(182) }}{% endmacro %}

{# Days of a stay from which each band of equal risk begins; from the last one on nothing changes any more. #}
{% macro risk_bands() %}
    {{ return([0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 23, 30, 40, 55, 75, 100, 140]) }}
{% endmacro %}
{% macro last_risk_day() %}{{ return(risk_bands() | last) }}{% endmacro %}

{# How many exits, wins and moves of all segments a segment's own are reckoned together with. #}
{% macro borrowed_exits() %}{{ return(1) }}{% endmacro %}
{% macro borrowed_wins() %}{{ return(3) }}{% endmacro %}
{% macro borrowed_moves() %}{{ return(10) }}{% endmacro %}

{# The place of a phase among the phases, from 1; winning and losing come after them, the opportunity as a whole is 0. #}
{% macro phase_place(phase) -%}
    case {{ phase }}
        {%- for code in phase_codes() %} when '{{ code }}' then {{ loop.index }}{% endfor %} end
{%- endmacro %}
{% macro place_of_win() %}{{ return(phase_codes() | length + 1) }}{% endmacro %}
{% macro place_of_loss() %}{{ return(phase_codes() | length + 2) }}{% endmacro %}

{#
The day of an instant, counted in days of 24 hours back from the origin: 0 is the one that ends with it. A stay's length
is the difference of the days that it begins and ends on, so that the lengths of stays one after another add up, and who
is still there at the origin has stayed the day of its beginning.
#}
{% macro days_back(instant) -%}
    cast({{ whole_quotient(microseconds_between(instant, 'origin_at'), '86400000000') }} as integer)
{%- endmacro %}

{# Days of 24 hours from one instant to a later one, to the nearest whole one. #}
{% macro nearest_days(earlier, later) -%}
    cast({{ whole_quotient(microseconds_between(earlier, later) ~ ' + 43200000000', '86400000000') }} as integer)
{%- endmacro %}

{# A share or a logarithm as a decimal, so that the order in which it is summed cannot show. #}
{% macro exact(number) %}cast({{ number }} as decimal(18, 12)){% endmacro %}

{#
The quantile of a sum that is never negative, by its mean and variance: a gamma distribution's, as Wilson and Hilferty
approximate it (a cube of a normal variable). `z` is the normal one's: the sum is 0 where it would fall below.
#}
{% macro gamma_quantile(mean, variance, z) -%}
    case
        when {{ variance }} > 0 and {{ mean }} > 0
            then
                {{ mean }} * power(
                    greatest(
                        1
                        - {{ variance }} / (9e0 * {{ mean }} * {{ mean }})
                        + {{ z }} * sqrt({{ variance }}) / (3e0 * {{ mean }}),
                        0
                    ),
                    3
                )
        else {{ mean }}
    end
{%- endmacro %}

{# What a standard normal variable exceeds in one case of ten. #}
{% macro z_of_a_tenth() %}{{ return('1.2815515655446004e0') }}{% endmacro %}

{# The square of an amount of money, and a product of doubles, exact enough to be summed in any order. #}
{% macro squared(amount) -%}
    cast(cast({{ amount }} as decimal(16, 2)) * cast({{ amount }} as decimal(16, 2)) as decimal(38, 4))
{%- endmacro %}
{% macro exact_sum(product) %}cast({{ product }} as decimal(38, 6)){% endmacro %}

{# Quarters of 91 days, and how many of them tell how the market swings. #}
{% macro quarter_days() %}{{ return(91) }}{% endmacro %}
{% macro swing_quarters() %}{{ return(8) }}{% endmacro %}
{% macro quarters_back(instant, origin) -%}
    cast(
        {{ whole_quotient(microseconds_between(instant, origin), quarter_days() * 86400000000) }} as integer
    )
{%- endmacro %}

{#
Three steps of int_forecast_win_curves, of one phase. Who leaves it wins in the days that are then left with the chance
of where it goes to (leaving); who enters it leaves it on one of the days (won); and both beside those of the phases
after it (entered). After one that `lasts` to the win there is none.
#}
{% macro win_curve(place, lasts=false) -%}
leaving_{{ place }} as (
    select
        shares.forecast_as_of,
        shares.segment,
        days.days,
        {%- if lasts %}
        sum({{ exact('shares.share') }}) as win_share
        {%- else %}
        sum({{ exact(
            'shares.share * case when shares.moved_to = ' ~ place_of_win() ~ ' then 1 else coalesce(later.win_share, 0) end'
        ) }}) as win_share
        {%- endif %}
    from shares
    inner join horizons on shares.forecast_as_of = horizons.forecast_as_of
    inner join days on horizons.days_left >= days.days
    {%- if not lasts %}
    left join entered_{{ place + 1 }} as later
        on
            shares.forecast_as_of = later.forecast_as_of
            and shares.segment = later.segment
            and shares.moved_to = later.phase_place
            and days.days = later.days
    {%- endif %}
    where shares.phase_place = {{ place }}
    group by shares.forecast_as_of, shares.segment, days.days
),

won_{{ place }} as (
    select
        leaving.forecast_as_of,
        leaving.segment,
        survivals.days + leaving.days as days,
        sum({{ exact('survivals.moving * cast(leaving.win_share as double)') }}) as win_share
    from leaving_{{ place }} as leaving
    inner join horizons on leaving.forecast_as_of = horizons.forecast_as_of
    inner join survivals
        on
            leaving.forecast_as_of = survivals.forecast_as_of
            and leaving.segment = survivals.segment
            and survivals.phase_place = {{ place }}
            and horizons.days_left >= survivals.days + leaving.days
    group by leaving.forecast_as_of, leaving.segment, survivals.days + leaving.days
),

entered_{{ place }} as (
    select
        {{ place }} as phase_place,
        won.forecast_as_of,
        won.segment,
        won.days,
        cast(won.win_share as double) as win_share,
        cast(leaving.win_share as double) as win_share_of_leaving
    from won_{{ place }} as won
    inner join leaving_{{ place }} as leaving
        on
            won.forecast_as_of = leaving.forecast_as_of
            and won.segment = leaving.segment
            and won.days = leaving.days
    {%- if not lasts %}
    union all
    select * from entered_{{ place + 1 }}
    {%- endif %}
)
{%- endmacro %}

{# A select of the bands: band, first_day, last_day. #}
{% macro risk_band_rows() -%}
    {%- for first_day in risk_bands() -%}
    select
        {{ loop.index }} as band,
        {{ first_day }} as first_day,
        {{ risk_bands()[loop.index] - 1 if not loop.last else 1000000 }} as last_day
    {{ 'union all' if not loop.last }}
    {% endfor -%}
{%- endmacro %}

{#
A select of the opportunities that entered a phase, by its place, not too long ago: when, and when they first came to a
higher one (moved_at) and to which (moved_to).
#}
{% macro phase_stays(opportunities, place) -%}
    {%- set code = phase_codes()[place - 1] -%}
    {%- set later = phase_codes()[place:] -%}
    {%- set moved_at = 'least(' ~ later | join('_entered_at, ') ~ '_entered_at)' if later -%}
    select
        forecast_as_of,
        origin_at,
        segment,
        status,
        closed_at,
        times,
        {{ place }} as phase_place,
        {{ code }}_entered_at as entered_at,
        {{ moved_at or 'cast(null as timestamptz)' }} as moved_at,
        {%- if later %}
        case {{ moved_at }}
            {%- for other in later | reverse %}
            when {{ other }}_entered_at then {{ place + later | length - loop.index0 }}
            {%- endfor %}
        end as moved_to
        {%- else %}
        cast(null as integer) as moved_to
        {%- endif %}
    from {{ opportunities }}
    where {{ code }}_entered_at >= origin_at - interval '{{ 24 * stay_memory_days() }} hours'
{%- endmacro %}
