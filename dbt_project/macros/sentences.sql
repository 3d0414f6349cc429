{# Numbers as a sentence says them; each is made of whole numbers or decimals, so that it always rounds the same way. #}

{# A share in whole per cent, half up; `digits` after the point. #}
{% macro percent(count, total, digits=0) -%}
    {%- set parts = 100 * 10 ** digits -%}
    cast(
        cast(floor(cast(2 * {{ parts }} * {{ count }} + {{ total }} as double) / (2 * {{ total }})) as decimal(18, 0))
        / {{ 10 ** digits }} as decimal(18, {{ digits }})
    )
{%- endmacro %}

{# A number with one digit after the point. #}
{% macro tenths(number) %}cast(cast({{ number }} as decimal(18, 1)) as varchar){% endmacro %}

{# A label that stands within a sentence: small, but for one that is written in capitals. #}
{% macro within_a_sentence(label) -%}
    case when substr({{ label }}, 2, 1) = lower(substr({{ label }}, 2, 1)) then lower(left({{ label }}, 1))
    else left({{ label }}, 1) end || substr({{ label }}, 2)
{%- endmacro %}

{# A text that begins a sentence. #}
{% macro capitalised(text) %}upper(left({{ text }}, 1)) || substr({{ text }}, 2){% endmacro %}
