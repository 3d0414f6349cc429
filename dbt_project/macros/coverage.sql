{# A holder counts as covered from an island's first signature or first day to its end, the days it is overdue included. #}
{% macro is_covered_at(islands, instant) -%}
    least({{ islands }}.starts_at, {{ islands }}.first_signed_at) <= {{ instant }}
    and ({{ islands }}.uncovered_at is null or {{ instant }} < {{ islands }}.uncovered_at or {{ islands }}.is_overdue)
{%- endmacro %}
