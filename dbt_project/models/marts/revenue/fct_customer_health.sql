{% set weighted = [] %}
{% set known = [] %}
{% for component in health_components() %}
    {% set points = 'completed.' ~ component ~ '_points' %}
    {% set weight = 'weights.' ~ component ~ '_weight' %}
    {% do weighted.append('cast(' ~ weight ~ ' as double) * coalesce(' ~ points ~ ', 0)') %}
    {% do known.append('case when ' ~ points ~ ' is null then 0 else ' ~ weight ~ ' end') %}
{% endfor %}
{% set silent_days = microseconds_between('scored.last_buyer_act_at', 'scored.scored_at') ~ " / 86400000000.0" %}

with scored as (
    select * from {{ ref('int_health_acts') }}
),

voices as (
    select * from {{ ref('int_health_voice') }}
),

contracts as (
    select * from {{ ref('int_contracts_attached') }}
),

health_weights as (
    select * from {{ ref('health_weights') }}
),

weights as (
    select
        {% for component in health_components() -%}
            coalesce(sum(case when component = '{{ component }}' then weight end), 0) as {{ component }}_weight,
        {% endfor -%}
        sum(weight) as all_weight
    from health_weights
),

-- What is known of a customer's contracts after each signature. When a cancellation became known the feed does not say.
signatures as (
    select
        customer_id,
        signed_at as known_from,
        lead(signed_at) over in_order as known_to,
        min(case when is_covering then starts_on end) over so_far as first_covered_on,
        max(
            case when coalesce(ends_on >= starts_on, true) then coalesce(ends_on, date '9999-12-31') end
        ) over so_far as last_ends_on
    from contracts
    window
        in_order as (partition by customer_id order by signed_at, contract_id),
        so_far as (
            partition by customer_id
            order by signed_at, contract_id
            rows between unbounded preceding and current row
        )
),

pointed as (
    select
        scored.customer_id,
        scored.scored_at,
        scored.lead_id,
        scored.is_month,
        scored.mrr,
        scored.has_churned_within_90_days,
        scored.is_unattended,
        case
            when scored.lead_id is null then null
            when scored.is_adopted then 100.0
            else {{ points_left(days_between('signatures.first_covered_on', 'scored.scored_on'), onboarding_days()) }}
        end as onboarding_points,
        case
            when not coalesce(scored.has_used, false) then null
            when scored.uses_before = 0 then case when scored.recent_uses > 0 then 100.0 else 0.0 end
            else 100.0 * least(1.0, 3.0 * scored.recent_uses / scored.uses_before)
        end as usage_points,
        case
            when scored.lead_id is null then null
            when scored.last_buyer_act_at is null then 0.0
            else {{ points_left(silent_days, var('unattended_days')) }}
        end as recency_points,
        case
            when voices.lead_number is not null
                then greatest(10.0 * coalesce(voices.mean_score, 0.0) - 10.0 * voices.long_tickets, 0.0)
        end as voice_points,
        {{ days_between('scored.scored_on', 'signatures.last_ends_on') }} as days_left
    from scored
    left join voices on scored.lead_number = voices.lead_number and scored.scored_at = voices.scored_at
    left join signatures
        on
            scored.customer_id = signatures.customer_id
            and scored.scored_at >= signatures.known_from
            and coalesce(scored.scored_at < signatures.known_to, true)
),

completed as (
    select
        *,
        case
            when days_left is null then null
            when days_left >= {{ var('renewal_window_days') }} then 100.0
            when days_left <= 0 then 0.0
            else 100.0 * days_left / {{ var('renewal_window_days') }}
        end as contract_points
    from pointed
),

weighed as (
    select
        completed.*,
        {{ weighted | join(' + ') }} as weighted_points,
        {{ known | join(' + ') }} as known_weight,
        weights.all_weight
    from completed
    cross join weights
),

-- Rounded, so that scores that are the same tie, whatever points they are made of.
totalled as (
    select
        *,
        round(weighted_points / nullif(cast(known_weight as double), 0), 9) as health_score,
        {{ ratio('known_weight', 'all_weight') }} as coverage
    from weighed
),

judged as (
    select
        customer_id,
        scored_at,
        lead_id,
        is_month,
        cast(onboarding_points as double) as onboarding_points,
        cast(usage_points as double) as usage_points,
        cast(recency_points as double) as recency_points,
        cast(voice_points as double) as voice_points,
        cast(contract_points as double) as contract_points,
        coverage,
        health_score,
        case
            when health_score is null then 'unknown'
            when {{ reaches('health_score', var('health_healthy_from')) }} then 'healthy'
            when {{ reaches('health_score', var('health_watch_from')) }} then 'watch'
            else 'critical'
        end as health_band,
        mrr,
        is_unattended,
        has_churned_within_90_days
    from totalled
)

select * from judged
