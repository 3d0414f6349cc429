{#
No two rows share the key that the model's description names. Where a night replaces the rows of touched leads only,
`lead_id` names their column: the other rows were audited the night before.
#}
{% test grain(model, columns, lead_id=none) %}
    select
        {{ columns | join(', ') }},
        '{{ model.identifier }}: ' || cast(count(*) as varchar) || ' rows share one key ({{ columns | join(", ") }}), so a join '
        || 'in it multiplies rows. Look at the newest change to the model.' as message
    from {{ model }}
    {% if lead_id -%}
        where {{ is_touched(lead_id) }}
    {%- endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
