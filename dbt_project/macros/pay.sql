{# Pay is reckoned in decimals, so that who works it out by hand gets the same to the cent. #}

{#
An attainment as the decimal that its published number reads as, never negative. What lies beyond a million times the
target counts as that: a target near nought must not break a night.
#}
{% macro payable_attainment(attainment) -%}
    case
        when {{ attainment }} is not null
            then {{ decimal_as_read('least(greatest(' ~ attainment ~ ', 0), 999999)', 24, 18) }}
    end
{%- endmacro %}

{#
Money of so many units of full pay, neither negative: decimal(38, 26) times decimal(28, 10), rounded once, half away from
zero, to cents. The product has more digits than a decimal holds, so whole units and the fraction are multiplied apart,
the latter by whole money and by its fraction. Of what the fraction comes to, what lies below 10 decimals is cut: whole
units come to no finer money, so it cannot decide a half cent.
#}
{% macro paid(units, full_pay) -%}
    {%- set fraction = 'cast(' ~ units ~ ' - floor(' ~ units ~ ') as decimal(27, 26))' -%}
    {%- set money = 'cast(floor(' ~ full_pay ~ ') as decimal(12, 0))' -%}
    {%- set below_money = 'cast(' ~ full_pay ~ ' - floor(' ~ full_pay ~ ') as decimal(11, 10))' -%}
    {%- set of_below_money = decimal_cut(fraction ~ ' * ' ~ below_money, 36, 26) -%}
    cast(
        cast(floor({{ units }}) as decimal(12, 0)) * {{ full_pay }}
        + {{ decimal_cut(fraction ~ ' * ' ~ money ~ ' + ' ~ of_below_money, 26, 10) }}
        as decimal(18, 2)
    )
{%- endmacro %}

{# A decimal of so many places, not negative, cut to fewer. #}
{% macro decimal_cut(number, places, fewer) -%}
    cast(
        greatest(cast({{ number }} as decimal(38, {{ places }})) - 0.{{ '0' * fewer }}5, 0) as decimal(38, {{ fewer }})
    )
{%- endmacro %}

{# A number of pay as a rep reads it. #}
{% macro pay_number(number) %}{{ seed_cell('cast(' ~ number ~ ' as decimal(28, 6))') }}{% endmacro %}

{# A month's pay is stated by the first refresh that many local days or more after the month's last one. #}
{% macro statement_days() %}{{ return(5) }}{% endmacro %}
