{{ per_lead('touched_rows') }}

{% set never = timestamp_literal('9999-12-31 00:00:00+00') %}
{% set long_ago = timestamp_literal('0001-01-01 00:00:00+00') %}
{% set unattended_at = local_midnight(days_after(local_date('stretches.begins_at'), var('unattended_days'))) %}

with transitions as (
    select * from {{ touched('fct_stage_transitions') }}
    where exited_at is null or exited_at > entered_at
),

stretches as (
    select * from {{ touched('int_quiet_stretches') }}
),

customer_spans as (
    select * from {{ touched('int_lead_customer_spans') }}
),

stages as (
    select * from {{ ref('int_stages_numbered') }}
),

-- Of whom was ever a customer also the times before, between and after.
statuses as (
    select
        lead_id,
        begins_at,
        ends_at,
        true as is_customer
    from customer_spans
    union all
    select
        lead_id,
        null as begins_at,
        min(begins_at) as ends_at,
        false as is_customer
    from customer_spans
    group by lead_id
    union all
    select
        lead_id,
        ends_at as begins_at,
        next_begins_at as ends_at,
        false as is_customer
    from (
        select
            *,
            lead(begins_at) over (partition by lead_id order by begins_at) as next_begins_at
        from customer_spans
    ) as followed
    where ends_at is not null
),

-- Who fell off the path waits from there on; who is on it, and a customer, once nobody has cared for unattended_days.
waits as (
    select
        lead_id,
        transition_number,
        cycle_number,
        to_stage as stage,
        reason,
        false as is_unattended,
        entered_at as entered_pool_at,
        exited_at as ends_at
    from transitions
    where to_stage in ({{ recyclable_stages() }}, {{ lost_stage() }})
    union all
    select
        stretches.lead_id,
        stretches.transition_number,
        stretches.cycle_number,
        stretches.stage,
        stretches.reason,
        true as is_unattended,
        {{ unattended_at }} as entered_pool_at,
        stretches.ends_at
    from stretches
    where
        stretches.stage <> {{ disqualified_stage() }}
        and (stretches.ends_at is null or {{ unattended_at }} < stretches.ends_at)
),

-- Both may hold in turn: the least and the greatest of times pass over one that has no end, or no beginning.
parts as (
    select
        waits.lead_id,
        waits.transition_number,
        waits.cycle_number,
        waits.stage,
        waits.is_unattended,
        coalesce(statuses.is_customer, false) as is_customer,
        case when not coalesce(statuses.is_customer, false) then waits.reason end as reason,
        waits.entered_pool_at,
        greatest(waits.entered_pool_at, statuses.begins_at) as begins_at,
        least(waits.ends_at, statuses.ends_at) as ends_at
    from waits
    inner join stages on waits.stage = stages.stage
    left join statuses
        on
            waits.lead_id = statuses.lead_id
            and waits.entered_pool_at < coalesce(statuses.ends_at, {{ never }})
            and coalesce(waits.ends_at, {{ never }}) > coalesce(statuses.begins_at, {{ long_ago }})
    where
        case
            when coalesce(statuses.is_customer, false) then waits.is_unattended
            when waits.is_unattended
                then stages.is_success and stages.stage_number < {{ stage_number(first_phase()) }}
            else true
        end
)

select * from parts
