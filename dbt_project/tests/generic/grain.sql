{# No two rows share the key that the model's description names. #}
{% test grain(model, columns) %}
    select
        {{ columns | join(', ') }},
        '{{ model.identifier }}: ' || cast(count(*) as varchar) || ' rows share one key ({{ columns | join(", ") }}), so a join '
        || 'in it multiplies rows. Look at the newest change to the model.' as message
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
