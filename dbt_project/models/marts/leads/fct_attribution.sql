{{ per_lead() }}

with opportunities as (
    select * from {{ touched('int_opportunity_outcomes') }}
),

described as (
    select * from {{ touched('int_opportunity_contexts') }}
),

milestones as (
    select * from {{ touched('fct_stage_milestones') }}
    where stage = {{ score_stage() }}
),

buyer_acts as (
    select * from {{ touched('int_activities_attached') }}
    where is_buyer_act
),

created as (
    select
        opportunities.opportunity_id,
        opportunities.lead_id,
        opportunities.created_at,
        {{ local_date('opportunities.created_at') }} as created_on,
        opportunities.amount,
        opportunities.status = {{ won_status() }} as is_won,
        milestones.reached_at as qualified_at
    from opportunities
    inner join described on opportunities.opportunity_id = described.opportunity_id
    left join milestones
        on
            described.lead_id = milestones.lead_id
            and described.cycle_number = milestones.cycle_number
            and opportunities.created_at > milestones.reached_at
),

acts_before as (
    select
        created.*,
        buyer_acts.activity_id,
        buyer_acts.occurred_at as touched_at,
        buyer_acts.campaign_id,
        buyer_acts.channel,
        buyer_acts.content_id,
        buyer_acts.activity_type,
        row_number() over (
            partition by
                created.opportunity_id,
                buyer_acts.occurred_on,
                buyer_acts.campaign_id,
                case when buyer_acts.campaign_id is null then buyer_acts.channel end,
                case when buyer_acts.campaign_id is null then buyer_acts.content_id end
            order by buyer_acts.occurred_at, buyer_acts.activity_id
        ) as act_number
    from buyer_acts
    inner join created
        on
            buyer_acts.lead_id = created.lead_id
            and buyer_acts.occurred_at < created.created_at
            and {{ days_between('buyer_acts.occurred_on', 'created.created_on') }}
            < {{ var('attribution_window_days') }}
),

touches as (
    select
        *,
        row_number() over in_order as touch_number,
        count(*) over all_of_them as touch_count,
        max(touched_at) over all_of_them as last_touched_at,
        count(case when touched_at <= qualified_at then 1 end) over all_of_them as qualifying_number
    from acts_before
    where act_number = 1
    window
        in_order as (
            partition by opportunity_id
            order by touched_at, activity_id
        ),
        all_of_them as (partition by opportunity_id)
),

-- The touch that made the lead qualified is the last one by then; there may be none.
placed as (
    select
        *,
        case when touch_number = 1 then 1 else 0 end as is_first,
        case when touch_number = qualifying_number then 1 else 0 end as is_qualifying,
        case when touch_number = touch_count then 1 else 0 end as is_last,
        greatest(touch_count - 2, 0) as u_rest_count,
        touch_count
        - case when touch_count > 1 then 2 else 1 end
        - case when qualifying_number > 1 and qualifying_number < touch_count then 1 else 0 end as w_rest_count
    from touches
),

weighted as (
    select
        *,
        {{ u_shaped_weight('is_first', 'is_last', 'u_rest_count') }} as u_shaped_weight,
        {{ w_shaped_weight('is_first', 'is_qualifying', 'is_last', 'w_rest_count') }} as w_shaped_weight,
        {{ time_decay_weight(microseconds_between('touched_at', 'last_touched_at')) }} as time_decay_weight
    from placed
),

credited as (
    select
        *,
        {{ credit('1', 'touch_count') }} as linear_credit,
        {{ credit('u_shaped_weight', 'sum(u_shaped_weight) over all_of_them') }} as u_shaped_credit,
        {{ credit('w_shaped_weight', 'sum(w_shaped_weight) over all_of_them') }} as w_shaped_credit,
        {{ credit('time_decay_weight', 'sum(time_decay_weight) over all_of_them', type_wide_integer()) }}
            as time_decay_credit
    from weighted
    window all_of_them as (partition by opportunity_id)
),

-- What rounding leaves over goes to the last touch.
balanced as (
    select
        *,
        is_last * (1 - sum(linear_credit) over all_of_them) as linear_remainder,
        is_last * (1 - sum(u_shaped_credit) over all_of_them) as u_shaped_remainder,
        is_last * (1 - sum(w_shaped_credit) over all_of_them) as w_shaped_remainder,
        is_last * (1 - sum(time_decay_credit) over all_of_them) as time_decay_remainder
    from credited
    window all_of_them as (partition by opportunity_id)
),

attributed as (
    select
        opportunity_id,
        touch_number,
        activity_id,
        touched_at,
        campaign_id,
        channel,
        content_id,
        activity_type,
        is_first as credit_first,
        is_last as credit_last,
        linear_credit + linear_remainder as credit_linear,
        u_shaped_credit + u_shaped_remainder as credit_u_shaped,
        w_shaped_credit + w_shaped_remainder as credit_w_shaped,
        time_decay_credit + time_decay_remainder as credit_time_decay,
        amount,
        is_won,
        lead_id
    from balanced
    union all
    select
        created.opportunity_id,
        0 as touch_number,
        null as activity_id,
        null as touched_at,
        null as campaign_id,
        'unattributed' as channel,
        null as content_id,
        null as activity_type,
        1 as credit_first,
        1 as credit_last,
        1 as credit_linear,
        1 as credit_u_shaped,
        1 as credit_w_shaped,
        1 as credit_time_decay,
        created.amount,
        created.is_won,
        created.lead_id
    from created
    left join touches on created.opportunity_id = touches.opportunity_id
    where touches.opportunity_id is null
),

typed as (
    select
        opportunity_id,
        cast(touch_number as integer) as touch_number,
        activity_id,
        touched_at,
        campaign_id,
        channel,
        content_id,
        activity_type,
        cast(credit_first as decimal(9, 8)) as credit_first,
        cast(credit_last as decimal(9, 8)) as credit_last,
        cast(credit_linear as decimal(9, 8)) as credit_linear,
        cast(credit_u_shaped as decimal(9, 8)) as credit_u_shaped,
        cast(credit_w_shaped as decimal(9, 8)) as credit_w_shaped,
        cast(credit_time_decay as decimal(9, 8)) as credit_time_decay,
        amount,
        is_won,
        lead_id
    from attributed
)

select * from typed
