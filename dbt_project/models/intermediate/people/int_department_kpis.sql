{% for listed in department_kpis() %}
    select
        {{ loop.index }} as kpi_number,
        '{{ listed.kpi }}' as kpi,
        '{{ listed.department }}' as department,
        '{{ listed.measure }}' as measure,
        '{{ listed.direction }}' as direction,
        cast({{ listed.next_stage_days or 'null' }} as integer) as next_stage_days,
        {{ listed.is_credited }} as is_credited,
        '{{ listed.definition | replace("'", "''") }}' as definition
    {{ 'union all' if not loop.last }}
{% endfor %}
