{#
Behaviour scores are kept as whole numbers (int_score_day_weights): points times 10,000 times the weight of their
day, summed within a block of 40 half-lives. What the block before left counts for a 2^40th of its sum.
#}
{% macro half_lives_a_block() %}40{% endmacro %}

{% macro weighted_points(points, weight) %}cast({{ points }} * 10000 as bigint) * {{ weight }}{% endmacro %}

{# The score on a day of this weight, in points. #}
{% macro behaviour_points(block_sum, sum_before, weight) -%}
    (
        cast({{ block_sum }} as double)
        + cast(coalesce({{ sum_before }}, 0) as double) / 1099511627776.0
    )
    / (10000.0 * cast({{ weight }} as double))
{%- endmacro %}

{# The other way about: what the block must sum up to for a score that reaches a threshold on a day of this weight. #}
{% macro block_sum_needed(threshold, sum_before, weight) -%}
    {{ least_reaching(threshold) }} * 10000.0 * cast({{ weight }} as double)
    - cast(coalesce({{ sum_before }}, 0) as double) / 1099511627776.0
{%- endmacro %}

{# A sum within 1e-9 of a threshold reaches it. #}
{% macro reaches(points, threshold) %}{{ points }} >= {{ least_reaching(threshold) }}{% endmacro %}
{% macro least_reaching(threshold) %}({{ threshold }} - 0.000000001){% endmacro %}

{# The score today of a lead whose latest block, its sum and that of the block just before it are known. #}
{% macro behaviour_points_on(today, lead) -%}
    {%- set is_latest = lead ~ ".weight_block = " ~ today ~ ".weight_block" -%}
    {%- set is_before = lead ~ ".weight_block = " ~ today ~ ".weight_block - 1" -%}
    {{ behaviour_points(
        "case when " ~ is_latest ~ " then " ~ lead ~ ".block_sum else 0 end",
        "case when " ~ is_latest ~ " then " ~ lead ~ ".sum_before when " ~ is_before ~ " then " ~ lead ~ ".block_sum end",
        today ~ ".weight"
    ) }}
{%- endmacro %}

{# The first local month start at or after an instant. #}
{% macro first_month_start(instant) -%}
    {{ months_after(month_of(local_date(microseconds_after(instant, -1))), 1) }}
{%- endmacro %}

{# Local days before scored_at over which a score's acts are counted, the longest last. #}
{% macro act_windows() %}{{ return([7, 30, 90]) }}{% endmacro %}

{#
The days of a customer's health: of use that counts as recent (and four times as long back to compare with; the fifth
month after it a month of use shows no more), of surveys, of a ticket that is open too long, of onboarding, and within
which a churn after the score is looked for.
#}
{% macro usage_days() %}{{ return(28) }}{% endmacro %}
{% macro remembered_months() %}{{ return(5) }}{% endmacro %}
{% macro survey_days() %}{{ return(180) }}{% endmacro %}
{% macro long_ticket_days() %}{{ return(14) }}{% endmacro %}
{% macro onboarding_days() %}{{ return(90) }}{% endmacro %}
{% macro health_outcome_days() %}{{ return(90) }}{% endmacro %}

{# 100 points at 0 days that fall evenly to 0 at so many days, and stay within both; null where the days are not known. #}
{% macro points_left(days, of_days) -%}
    case
        when {{ days }} is null then null
        when {{ days }} <= 0 then 100.0
        else greatest(100.0 * (1 - {{ days }} / nullif(cast({{ of_days }} as double), 0)), 0)
    end
{%- endmacro %}

{# From how many closed opportunities on a segment says by itself what one of it is worth. #}
{% macro opportunities_that_say_a_worth() %}{{ return(30) }}{% endmacro %}
