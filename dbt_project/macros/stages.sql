{#
The stages, milestones and detours that the process itself names. Every other stage is a row of stages.csv alone;
a stage named here may be relabelled and re-ranked there, but not removed.
#}
{% macro first_stage() %}'captured'{% endmacro %}
{% macro score_stage() %}'mql'{% endmacro %}
{% macro first_phase() %}'p1'{% endmacro %}
{% macro phases() %}{{ first_phase() }}, 'p2', 'p3', 'p4', 'p5'{% endmacro %}
{% macro phase_codes() %}{{ return(phases().replace("'", '').split(', ')) }}{% endmacro %}
{% macro best_case_phases() %}'p3', 'p4'{% endmacro %}
{% macro commit_phases() %}'p5'{% endmacro %}
{% macro won_stage() %}'onboarding'{% endmacro %}
{% macro adopted_stage() %}'adopted'{% endmacro %}
{% macro renewal_stage() %}'renewed'{% endmacro %}
{% macro recycled_stage() %}'recycled'{% endmacro %}
{% macro disqualified_stage() %}'disqualified'{% endmacro %}
{% macro lost_stage() %}'lost'{% endmacro %}
{% macro churned_stage() %}'churned'{% endmacro %}

{# Detours that any evidence leaves again, and those that only strong evidence leaves. #}
{% macro recyclable_stages() %}{{ recycled_stage() }}, {{ churned_stage() }}{% endmacro %}
{% macro closed_stages() %}{{ lost_stage() }}, {{ disqualified_stage() }}{% endmacro %}

{# What an opportunity can be. #}
{% macro open_status() %}'open'{% endmacro %}
{% macro won_status() %}'won'{% endmacro %}
{% macro lost_status() %}'lost'{% endmacro %}

{# What a renewal can be; two of it are called like stages. #}
{% macro renewed_status() %}'renewed'{% endmacro %}
{% macro late_status() %}'late'{% endmacro %}
{% macro upcoming_status() %}'upcoming'{% endmacro %}
{% macro overdue_status() %}'overdue'{% endmacro %}
{% macro churned_status() %}'churned'{% endmacro %}

{# What a customer's health is made of; one part of it is called like a stage. #}
{% macro health_components() %}{{ return(['onboarding', 'usage', 'recency', 'voice', 'contract']) }}{% endmacro %}

{# The directions in which a lead advances: to a higher success stage, or from a detour to any. #}
{% macro advances() %}'forward', 'skip', 'reentry', 'reopen'{% endmacro %}

{# The milestones of the maturity curve. #}
{% macro maturity_milestones() %}{{ score_stage() }}, {{ first_phase() }}, {{ won_stage() }}{% endmacro %}

{# What a stage is compared by; see int_stages_numbered. #}
{% macro stage_number(stage) -%}
    (
        select numbered.stage_number
        from {{ ref('int_stages_numbered') }} as numbered
        where numbered.stage = {{ stage }}
    )
{%- endmacro %}

{# More than any stage's number: how far a signal reaches is one number, its span times this plus its stage's. #}
{% macro reach_per_span() %}1000000{% endmacro %}

{# Categories of activity_types.csv that report the process: who did them did nothing to the buyer. #}
{% macro reporting_categories() %}'opportunity', 'handover', 'forecast', 'process', 'delivery'{% endmacro %}

{# Within how many local days after an act a lead must advance for the act to count as followed by an advance. #}
{% macro effect_days() %}{{ return(30) }}{% endmacro %}

{# Within how many local days a cycle that reached a stage is looked for in the next one. #}
{% macro conversion_windows() %}{{ return([30, 60, 90, 180]) }}{% endmacro %}

{# Local days within which the opportunities and the wins of captured leads are counted. #}
{% macro supply_windows() %}{{ return([90, 180]) }}{% endmacro %}

{# Local days within which a handover is to lead to the next stage, and to a win. #}
{% macro handover_days() %}{{ return({'next_stage': 90, 'win': 180}) }}{% endmacro %}

{# The shortest of these windows that a number of days lies within, null where it lies within none. #}
{% macro conversion_window_of(days) -%}
    case
        {% for window in conversion_windows() -%}
        when {{ days }} < {{ window }} then {{ window }}
        {% endfor -%}
    end
{%- endmacro %}

{# These windows as rows, column age_days. #}
{% macro conversion_window_rows() -%}
(
    {% for window in conversion_windows() -%}
    select {{ window }} as age_days{{ ' union all' if not loop.last }}
    {% endfor -%}
)
{%- endmacro %}
