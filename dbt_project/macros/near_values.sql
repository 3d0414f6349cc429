{#
Which listed value a person most likely meant by one that is not listed. Case, blanks, hyphens and underscores never
count; of the letters one may differ in a word of 4 or more, two in one of 9 or more.
#}

{# A condition: two folded texts (see folded) are near each other. #}
{% macro is_near(folded_text, other) -%}
    abs(length({{ folded_text }}) - length({{ other }})) <= {{ letters_that_may_differ(folded_text) }}
    and {{ edit_distance(folded_text, other) }} <= {{ letters_that_may_differ(folded_text) }}
{%- endmacro %}

{% macro letters_that_may_differ(folded_text) -%}
    case when length({{ folded_text }}) < 4 then 0 when length({{ folded_text }}) < 9 then 1 else 2 end
{%- endmacro %}
