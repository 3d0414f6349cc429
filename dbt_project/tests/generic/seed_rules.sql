{#
  Refuses a wrong edit of a seed; each row returned is a fault, told in `message`. A cell that is wrong for a blank at
  its end is told that alone.
  key: columns that tell rows apart (empty cells are values too).
  required: columns that may not be empty.
  allowed: column -> the values it may have.  references: column -> where its values are listed
  ({to: ref('stages'), field: stage}).  conditions: {holds, otherwise}, where SQL that is false is a
  fault and {column} in the sentence shows that column. Empty cells pass all but `required`.
#}
{% test seed_rules(model, key, required=[], allowed={}, references={}, conditions=[]) %}
{% set faults = [] %}

{% set same_key %}
    select
        {{ seed_message(
            model.identifier, key, 'row {!first_row} has the same key. Keep one of the two.'
        ) }} as message
    from (
        select
            *,
            min(seed_row) over (partition by {{ key | join(', ') }}) as first_row
        from numbered
    ) as keyed
    where seed_row > first_row
{% endset %}
{% do faults.append(same_key) %}

{% for column in (key + allowed.keys() | list + references.keys() | list) | unique %}
    {% set cell = 'cast(' ~ column ~ ' as string)' %}
    {% do faults.append(seed_faults(
        model, key, cell ~ ' <> trim(' ~ cell ~ ')',
        column ~ ' begins or ends with a blank. Remove it.'
    )) %}
    {% do faults.append(seed_faults(
        model, key, 'trim(' ~ cell ~ ') <> ' ~ trimmed(cell),
        column ~ ' begins or ends with a character that cannot be seen. Type it anew.'
    )) %}
{% endfor %}

{% for column in required %}
    {% do faults.append(seed_faults(
        model, key, column ~ ' is null', column ~ ' is empty. Fill it in.'
    )) %}
{% endfor %}

{% for column, values in allowed.items() %}
    {% do faults.append(seed_faults(
        model, key,
        trimmed(column) ~ " not in ('" ~ values | join("', '") ~ "')",
        column ~ ' {' ~ column ~ '} is none of ' ~ values | join(', ') ~ '. Use one of them.'
    )) %}
{% endfor %}

{% for column, target in references.items() %}
    {% do faults.append(seed_faults(
        model, key,
        trimmed(column) ~ ' not in ' ~ seed_listed(target.to, target.field),
        column ~ ' {' ~ column ~ '} is not in ' ~ target.to.identifier
            ~ '.csv. Add it there, or correct this row.'
    )) %}
{% endfor %}

{% for condition in conditions %}
    {% do faults.append(seed_faults(
        model, key, 'not (' ~ condition.holds ~ ')', condition.otherwise
    )) %}
{% endfor %}

with numbered as (
    select * from {{ seed_rows(model) }} as seed
)

{{ faults | join('\n\nunion all\n\n') }}
{% endtest %}
