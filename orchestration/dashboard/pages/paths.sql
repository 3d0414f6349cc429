-- name: paths
-- mart: fct_opportunities
-- key: lead_source, max_phase, status, segment, opportunity_type
-- derived: lead_source = case when lead_source is null or lead_source in (select lead_source from marts.fct_opportunities where created_at >= (select arg_max(as_of, refresh_number) - interval 24 month from marts.fct_refreshes) group by lead_source order by count(*) desc, lead_source limit 12) then lead_source else '(rest)' end
-- derived: opportunities = 1
-- where: created_at >= (select arg_max(as_of, refresh_number) - interval 24 month from marts.fct_refreshes)
select
    case
        when
            lead_source is null
            or lead_source in (
                select lead_source
                from marts.fct_opportunities
                where created_at >= (select arg_max(as_of, refresh_number) - interval 24 month from marts.fct_refreshes)
                group by lead_source
                order by count(*) desc, lead_source
                limit 12
            )
            then lead_source
        else '(rest)'
    end as lead_source,
    max_phase,
    status,
    segment,
    opportunity_type,
    sum(1) as opportunities,
    sum(amount) as amount
from marts.fct_opportunities
where created_at >= (select arg_max(as_of, refresh_number) - interval 24 month from marts.fct_refreshes)
group by all
order by lead_source, max_phase, status, segment, opportunity_type;

-- name: sources
-- mart: kpi_lead_supply
-- key: lead_source
-- derived: cost_per_opportunity = sum(spend_amount) / nullif(sum(opportunities_180d), 0)
-- derived: cost_per_win = sum(spend_amount) / nullif(sum(wins_180d), 0)
-- where: is_mature_180d and cohort_month > (select max(cohort_month) - interval 12 month from marts.kpi_lead_supply where is_mature_180d)
select
    lead_source,
    sum(leads) as leads,
    sum(spend_amount) as spend_amount,
    sum(opportunities_180d) as opportunities_180d,
    sum(wins_180d) as wins_180d,
    sum(spend_amount) / nullif(sum(opportunities_180d), 0) as cost_per_opportunity,
    sum(spend_amount) / nullif(sum(wins_180d), 0) as cost_per_win
from marts.kpi_lead_supply
where
    is_mature_180d
    and cohort_month > (
        select max(cohort_month) - interval 12 month from marts.kpi_lead_supply where is_mature_180d
    )
group by lead_source
order by sum(spend_amount) desc nulls last, sum(leads) desc, lead_source
limit 100;

-- name: channels
-- mart: fct_attribution
-- key: channel, outcome
-- derived: channel = case when channel is null or channel in (select channel from marts.fct_attribution group by channel order by sum(credit_linear) desc, channel limit 16) then channel else '(rest)' end
-- derived: amount_first = credit_first * amount
-- derived: amount_u_shaped = credit_u_shaped * amount
-- derived: amount_linear = credit_linear * amount
-- derived: amount_w_shaped = credit_w_shaped * amount
-- derived: amount_time_decay = credit_time_decay * amount
-- derived: amount_last = credit_last * amount
-- derived: outcome = case when is_won then 'won' else 'not_won' end
select
    case
        when
            channel is null
            or channel in (
                select channel from marts.fct_attribution group by channel order by sum(credit_linear) desc, channel limit 16
            )
            then channel
        else '(rest)'
    end as channel,
    case when is_won then 'won' else 'not_won' end as outcome,
    sum(credit_first) as credit_first,
    sum(credit_u_shaped) as credit_u_shaped,
    sum(credit_linear) as credit_linear,
    sum(credit_w_shaped) as credit_w_shaped,
    sum(credit_time_decay) as credit_time_decay,
    sum(credit_last) as credit_last,
    sum(credit_first * amount) as amount_first,
    sum(credit_u_shaped * amount) as amount_u_shaped,
    sum(credit_linear * amount) as amount_linear,
    sum(credit_w_shaped * amount) as amount_w_shaped,
    sum(credit_time_decay * amount) as amount_time_decay,
    sum(credit_last * amount) as amount_last
from marts.fct_attribution
group by all
order by channel, outcome;

-- name: campaigns
-- mart: fct_attribution
-- key: campaign_id, outcome
-- where: campaign_id is not null
-- derived: campaign_id = case when campaign_id in (select campaign_id from marts.fct_attribution where campaign_id is not null group by campaign_id order by sum(credit_linear) desc, campaign_id limit 16) then campaign_id else '(rest)' end
-- derived: amount_first = credit_first * amount
-- derived: amount_u_shaped = credit_u_shaped * amount
-- derived: amount_linear = credit_linear * amount
-- derived: amount_w_shaped = credit_w_shaped * amount
-- derived: amount_time_decay = credit_time_decay * amount
-- derived: amount_last = credit_last * amount
-- derived: outcome = case when is_won then 'won' else 'not_won' end
select
    case
        when
            campaign_id in (
                select campaign_id
                from marts.fct_attribution
                where campaign_id is not null
                group by campaign_id
                order by sum(credit_linear) desc, campaign_id
                limit 16
            )
            then campaign_id
        else '(rest)'
    end as campaign_id,
    case when is_won then 'won' else 'not_won' end as outcome,
    sum(credit_first) as credit_first,
    sum(credit_u_shaped) as credit_u_shaped,
    sum(credit_linear) as credit_linear,
    sum(credit_w_shaped) as credit_w_shaped,
    sum(credit_time_decay) as credit_time_decay,
    sum(credit_last) as credit_last,
    sum(credit_first * amount) as amount_first,
    sum(credit_u_shaped * amount) as amount_u_shaped,
    sum(credit_linear * amount) as amount_linear,
    sum(credit_w_shaped * amount) as amount_w_shaped,
    sum(credit_time_decay * amount) as amount_time_decay,
    sum(credit_last * amount) as amount_last
from marts.fct_attribution
where campaign_id is not null
group by all
order by campaign_id, outcome;

-- name: before
-- mart: fct_attribution
-- key: activity_type
-- where: (opportunity_id, activity_type, touch_number) in (select opportunity_id, activity_type, min(touch_number) from marts.fct_attribution group by opportunity_id, activity_type)
-- derived: opportunities = 1
-- derived: won = is_won::int
-- derived: lost = (opportunity_id in (select opportunity_id from marts.fct_opportunities where status = 'lost'))::int
-- derived: open = (opportunity_id in (select opportunity_id from marts.fct_opportunities where status = 'open'))::int
select
    activity_type,
    sum(1) as opportunities,
    sum(is_won::int) as won,
    sum((opportunity_id in (select opportunity_id from marts.fct_opportunities where status = 'lost'))::int) as lost,
    sum((opportunity_id in (select opportunity_id from marts.fct_opportunities where status = 'open'))::int) as open
from marts.fct_attribution
where
    (opportunity_id, activity_type, touch_number) in (
        select opportunity_id, activity_type, min(touch_number)
        from marts.fct_attribution
        group by opportunity_id, activity_type
    )
group by activity_type
order by sum(1) desc, activity_type;

-- name: acts
-- mart: kpi_action_effect
-- key: stage, activity_type, channel, content_id, segment
-- where: lead_count >= 30 and lift is not null and stage in (select stage from marts.dim_stages where kind = 'success')
select
    stage, activity_type, channel, content_id, segment, lead_count, rate, low, high, baseline_rate, lift, lift_low, lift_high
from marts.kpi_action_effect
where
    lead_count >= 30
    and lift is not null
    and stage in (select stage from marts.dim_stages where kind = 'success')
qualify row_number() over (partition by stage, segment order by lift_low desc, activity_type, channel, content_id) <= 8
order by lift_low desc, stage, activity_type, channel, content_id, segment;
