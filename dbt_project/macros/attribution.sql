{#
What the touches before an opportunity are credited with. A weight is a whole number and means something only against
the sum over all touches of the opportunity, so that a position nobody holds leaves its share to the others; a touch
that holds two positions gets both. Touches that hold none share what is left for the rest.
#}
{% macro position_weight(held, rest_weight, rest_count) -%}
    case
        when {{ held | join(' + ') }} > 0 then ({{ held | join(' + ') }}) * greatest({{ rest_count }}, 1)
        else {{ rest_weight }}
    end
{%- endmacro %}

{% macro u_shaped_weight(is_first, is_last, rest_count) -%}
    {{ position_weight(['40 * ' ~ is_first, '40 * ' ~ is_last], 20, rest_count) }}
{%- endmacro %}

{% macro w_shaped_weight(is_first, is_mql, is_last, rest_count) -%}
    {{ position_weight(['30 * ' ~ is_first, '30 * ' ~ is_mql, '30 * ' ~ is_last], 10, rest_count) }}
{%- endmacro %}

{# Half as much for each seven days before the last touch, whose weight is 10^15. #}
{% macro time_decay_weight(microseconds_before_last) -%}
    cast(
        round(power(0.5, cast({{ microseconds_before_last }} as double) / (7 * 86400000000.0)) * 1000000000000000.0)
        as {{ type_wide_integer() }}
    )
{%- endmacro %}

{# A weight's share of all weights, rounded half up to eight decimals; computed in a type that holds 2 * 10^8 weights. #}
{% macro credit(weight, all_weights, type='bigint') -%}
    {%- set all_weights = 'cast(' ~ all_weights ~ ' as ' ~ type ~ ')' -%}
    cast(
        cast(
            {{ whole_quotient(
                'cast(' ~ weight ~ ' as ' ~ type ~ ') * 200000000 + ' ~ all_weights, '2 * ' ~ all_weights
            ) }} as decimal(18, 0)
        ) * 0.00000001 as decimal(9, 8)
    )
{%- endmacro %}
