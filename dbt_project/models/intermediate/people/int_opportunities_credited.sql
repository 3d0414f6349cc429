with opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

wins_kept as (
    select * from {{ ref('int_wins_kept') }}
),

created as (
    select
        {{ month_of(local_date('created_at')) }} as period_month,
        {{ credited_to('created_by') }} as rep_id,
        motion,
        count(*) as opportunities,
        count(case when not (status = {{ lost_status() }} and is_excluded) then 1 end) as next_stage_base,
        count(case
            when
                status = {{ won_status() }}
                and {{ days_between(local_date('created_at'), local_date('closed_at')) }}
                < {{ next_stage_days('opportunities_created') }}
                then 1
        end) as next_stage_count
    from opportunities
    group by {{ month_of(local_date('created_at')) }}, {{ credited_to('created_by') }}, motion
),

closed as (
    select
        {{ month_of(local_date('opportunities.closed_at')) }} as period_month,
        {{ credited_to('opportunities.owner_id') }} as rep_id,
        count(case when opportunities.status = {{ won_status() }} then 1 end) as won,
        coalesce(sum(
            case when opportunities.status = {{ won_status() }} then opportunities.amount_at_close end
        ), 0) as won_amount,
        count(case when wins_kept.was_kept then 1 end) as kept,
        count(case when not opportunities.is_excluded then 1 end) as outcomes_of_selling,
        count(case
            when opportunities.is_no_decision and not opportunities.is_excluded then 1
        end) as no_decisions
    from opportunities
    left join wins_kept on opportunities.opportunity_id = wins_kept.opportunity_id
    where opportunities.status <> {{ open_status() }}
    group by {{ month_of(local_date('opportunities.closed_at')) }}, {{ credited_to('opportunities.owner_id') }}
),

credited as (
    {% for kpi, condition in [
        ('opportunities_created', 'true'),
        ('opportunities_created_inbound', "motion = 'inbound'"),
        ('opportunities_created_outbound', "motion = 'outbound'"),
    ] %}
        select
            period_month,
            '{{ kpi }}' as kpi,
            rep_id,
            sum(opportunities) as numerator,
            null as denominator,
            sum(next_stage_base) as next_stage_base,
            sum(next_stage_count) as next_stage_count
        from created
        where {{ condition }}
        group by period_month, rep_id
        union all
    {% endfor %}
    {% for kpi, numerator, denominator in [
        ('won_amount', 'won_amount', 'null'),
        ('win_rate', 'won', 'outcomes_of_selling'),
        ('no_decision_rate', 'no_decisions', 'outcomes_of_selling'),
    ] %}
        select
            period_month,
            '{{ kpi }}' as kpi,
            rep_id,
            {{ numerator }} as numerator,
            {{ denominator }} as denominator,
            null as next_stage_base,
            null as next_stage_count
        from closed
        union all
    {% endfor %}
    select
        period_month,
        'won_deals' as kpi,
        rep_id,
        won as numerator,
        null as denominator,
        won as next_stage_base,
        kept as next_stage_count
    from closed
)

select
    period_month,
    kpi,
    rep_id,
    {{ kpi_number('numerator') }} as numerator,
    {{ kpi_number('denominator') }} as denominator,
    cast(next_stage_base as bigint) as next_stage_base,
    cast(next_stage_count as bigint) as next_stage_count
from credited
