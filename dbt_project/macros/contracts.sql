{# A holder counts as covered from a coverage period's first signature or first day to its end, the days it is overdue included. #}
{% macro is_covered_at(coverage_periods, instant) -%}
    least({{ coverage_periods }}.starts_at, {{ coverage_periods }}.first_signed_at) <= {{ instant }}
    and ({{ coverage_periods }}.uncovered_at is null or {{ instant }} < {{ coverage_periods }}.uncovered_at or {{ coverage_periods }}.is_overdue)
{%- endmacro %}
