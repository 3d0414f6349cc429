{#
A select of the current profiles of the leads that a night recomputes, with a number for each, to sort and group many
rows by: numbers cost half of what ids do. The same lead may have another number in another model.
#}
{% macro numbered_leads() -%}
    select
        *,
        row_number() over (order by lead_id) as lead_number
    from {{ touched('int_lead_profiles') }}
    where profile = 'current'
{%- endmacro %}
