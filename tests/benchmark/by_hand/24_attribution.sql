create macro credited(weight, all_weights) as (weight * 200000000 + all_weights) // (2 * all_weights);
create macro as_credit(units) as cast(cast(units as decimal(18, 0)) * 0.00000001 as decimal(9, 8));

-- A table of their own: with the scan for names in the same query the planner begins from the wrong side.
create temp table acts_before as
with created as (
    select
        opportunities.opportunity,
        opportunities.lead_row,
        opportunities.created_at,
        local_date(opportunities.created_at) as created_on,
        milestones.reached_at as qualified_at
    from opportunities
    left join milestones
        on
            opportunities.lead_row = milestones.lead_row
            and opportunities.cycle_number = milestones.cycle_number
            and milestones.stage = 'mql'
            and opportunities.created_at > milestones.reached_at
)
select
    created.opportunity,
    acts.occurred_at as touched_at,
    acts.activity_row,
    acts.kind,
    acts.channel_number,
    acts.content_number,
    coalesce(acts.occurred_at <= created.qualified_at, false) as is_by_qualified
from acts
inner join created
    on
        acts.lead_row = created.lead_row
        and acts.occurred_at < created.created_at
        and created.created_on - local_date(acts.occurred_at) < getvariable('attribution_window_days')
where acts.is_buyer_act;

-- The first act of a buyer on a day, for a campaign and an opportunity that came after it.
create temp table touches as
with named as (
    select
        acts_before.*,
        activities.activity_id,
        activities.campaign_id,
        row_number() over (
            partition by acts_before.opportunity, local_date(acts_before.touched_at), activities.campaign_id
            order by acts_before.touched_at, activities.activity_id
        ) as act_number
    from store.raw.activities
    inner join acts_before on activities.rowid = acts_before.activity_row
)
select
    * exclude (act_number),
    row_number() over (partition by opportunity order by touched_at, activity_id) as touch_number
from named
where act_number = 1;

create temp table credits as
with lines as (
    select
        opportunity,
        count(*) as touch_count,
        max(touched_at) as last_touched_at,
        count(*) filter (where is_by_qualified) as qualifying_number
    from touches
    group by opportunity
),
placed as (
    select
        touches.opportunity,
        touches.touch_number,
        lines.touch_count,
        case when touches.touch_number = 1 then 1 else 0 end as is_first,
        case when touches.touch_number = lines.qualifying_number then 1 else 0 end as is_qualifying,
        case when touches.touch_number = lines.touch_count then 1 else 0 end as is_last,
        greatest(lines.touch_count - 2, 1) as u_rest,
        greatest(
            lines.touch_count
            - case when lines.touch_count > 1 then 2 else 1 end
            - case when lines.qualifying_number > 1 and lines.qualifying_number < lines.touch_count then 1 else 0 end,
            1
        ) as w_rest,
        date_diff('microsecond', touches.touched_at, lines.last_touched_at) as earlier
    from touches
    inner join lines on touches.opportunity = lines.opportunity
),
weighed as (
    select
        *,
        case when is_first + is_last > 0 then 40 * (is_first + is_last) * u_rest else 20 end as u,
        case
            when is_first + is_qualifying + is_last > 0 then 30 * (is_first + is_qualifying + is_last) * w_rest
            else 10
        end as w,
        cast(round(power(0.5, cast(earlier as double) / (7 * 86400000000.0)) * 1000000000000000.0) as hugeint) as decay
    from placed
),
weights as (
    select
        opportunity,
        cast(sum(u) as bigint) as all_u,
        cast(sum(w) as bigint) as all_w,
        sum(decay) as all_decay
    from weighed
    group by opportunity
),
shared as (
    select
        weighed.opportunity,
        weighed.touch_number,
        weighed.is_first,
        weighed.is_last,
        credited(1, weighed.touch_count) as linear_units,
        credited(weighed.u, weights.all_u) as u_units,
        credited(weighed.w, weights.all_w) as w_units,
        cast(credited(weighed.decay, weights.all_decay) as bigint) as decay_units
    from weighed
    inner join weights on weighed.opportunity = weights.opportunity
),
totals as (
    select
        opportunity,
        sum(linear_units) as all_linear,
        sum(u_units) as all_u,
        sum(w_units) as all_w,
        sum(decay_units) as all_decay
    from shared
    group by opportunity
)
-- What rounding leaves over goes to the last touch.
select
    shared.opportunity,
    shared.touch_number,
    shared.is_first,
    shared.is_last,
    linear_units + is_last * (100000000 - all_linear) as linear_units,
    u_units + is_last * (100000000 - all_u) as u_units,
    w_units + is_last * (100000000 - all_w) as w_units,
    decay_units + is_last * (100000000 - all_decay) as decay_units
from shared
inner join totals on shared.opportunity = totals.opportunity;

create table warehouse.marts.fct_attribution as
select
    opportunities.opportunity_id,
    cast(touches.touch_number as integer) as touch_number,
    touches.activity_id,
    touches.touched_at,
    touches.campaign_id,
    channels.channel,
    contents.content_id,
    kinds.activity_type,
    cast(credits.is_first as decimal(9, 8)) as credit_first,
    cast(credits.is_last as decimal(9, 8)) as credit_last,
    as_credit(credits.linear_units) as credit_linear,
    as_credit(credits.u_units) as credit_u_shaped,
    as_credit(credits.w_units) as credit_w_shaped,
    as_credit(credits.decay_units) as credit_time_decay,
    opportunities.amount,
    opportunities.status = 'won' as is_won,
    opportunities.lead_id
from touches
inner join credits on touches.opportunity = credits.opportunity and touches.touch_number = credits.touch_number
inner join opportunities on touches.opportunity = opportunities.opportunity
inner join kinds on touches.kind = kinds.kind
left join channels on touches.channel_number = channels.channel_number
left join contents on touches.content_number = contents.content_number
union all
select
    opportunity_id,
    0 as touch_number,
    null as activity_id,
    null as touched_at,
    null as campaign_id,
    'unattributed' as channel,
    null as content_id,
    null as activity_type,
    cast(1 as decimal(9, 8)) as credit_first,
    cast(1 as decimal(9, 8)) as credit_last,
    cast(1 as decimal(9, 8)) as credit_linear,
    cast(1 as decimal(9, 8)) as credit_u_shaped,
    cast(1 as decimal(9, 8)) as credit_w_shaped,
    cast(1 as decimal(9, 8)) as credit_time_decay,
    amount,
    status = 'won' as is_won,
    lead_id
from opportunities
where opportunity not in (select opportunity from touches);
