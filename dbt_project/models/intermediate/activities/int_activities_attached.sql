{{ per_lead('touched_rows') }}

with resolved as (
    select * from {{ touched('int_lead_survivors') }}
    where not is_erased
),

-- What a lead that was absorbed did is done by the one that absorbed it, and nothing may have touched that lead.
activities as (
    select * from {{ whole('stg_crm__activities') }}
),

activity_types as (
    select * from {{ ref('activity_types') }}
),

attached as (
    {{ attached_activities('activities', 'resolved', 'activity_types') }}
)

select * from attached
