{# Where a record of this type (a literal) falls on the line of a role's capacities, 0 to 1: drawn by its id. #}
{% macro action_draw(record_type, record_id) -%}
    {{ hash_share(record_type ~ " || '|' || " ~ record_id) }}
{%- endmacro %}

{#
Who does an action: two joins to int_role_shares, then action_owner(). `owner_role` and `owner_id`, the owner of the
record, and `drawn`, its action_draw(), are columns of what stands before the joins.
#}
{% macro action_owner_joins(owner_role, owner_id, drawn) -%}
    left join {{ ref('int_role_shares') }} as own_shares
        on {{ owner_role }} = own_shares.owner_role and {{ owner_id }} = own_shares.rep_id
    left join {{ ref('int_role_shares') }} as drawn_shares
        on
            {{ owner_role }} = drawn_shares.owner_role
            and {{ drawn }} * drawn_shares.role_capacity >= drawn_shares.begins_at
            and {{ drawn }} * drawn_shares.role_capacity < drawn_shares.ends_at
{%- endmacro %}

{# The owner of the record where no role is asked for or it is in that role, else who is drawn, else the owner after all. #}
{% macro action_owner(owner_id) -%}
    case
        when own_shares.rep_id is not null then {{ owner_id }}
        else coalesce(drawn_shares.rep_id, {{ owner_id }})
    end
{%- endmacro %}

{# From when on a candidate for recycling may be taken up: by the wait, or by the act that its rule needs if that is later. #}
{% macro recycling_start(candidates) -%}
    greatest(
        {{ local_midnight(candidates ~ '.eligible_on') }},
        coalesce({{ candidates }}.needed_act_at, {{ local_midnight(candidates ~ '.eligible_on') }})
    )
{%- endmacro %}

{# A subquery of the leads that could be recycled now and are held out, so that nobody addresses them. #}
{% macro held_out_leads() -%}
    (
        select candidates.lead_id from {{ ref('fct_recycling_candidates') }} as candidates
        where candidates.is_eligible and candidates.is_holdout
    )
{%- endmacro %}
