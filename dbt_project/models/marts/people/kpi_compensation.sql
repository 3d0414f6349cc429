with attained as (
    select
        *,
        {{ payable_attainment('attainment') }} as payable_attainment,
        cast(cast(variable_pay as decimal(28, 2)) * weight as decimal(28, 10)) as full_pay
    from {{ ref('int_pay_attainments') }}
),

plans as (
    select * from {{ ref('compensation_plans') }}
),

-- Up to the first accelerator every slice of attainment is paid at the plain rate.
steps as (
    select distinct
        team,
        kpi,
        cast(0 as decimal(18, 8)) as slice_from,
        cast(1 as decimal(18, 8)) as rate,
        0 as is_accelerated
    from plans
    union all
    select
        team,
        kpi,
        accelerator_from as slice_from,
        accelerator_rate as rate,
        1 as is_accelerated
    from plans
    where accelerator_from is not null
),

slices as (
    select
        team,
        kpi,
        slice_from,
        rate,
        lead(slice_from) over (partition by team, kpi order by slice_from, is_accelerated) as slice_to
    from steps
),

-- How much of an attainment falls into each slice that it reaches: where the tiers are retroactive, all into the last.
sliced as (
    select
        attained.period_month,
        attained.rep_id,
        attained.kpi,
        slices.slice_from,
        slices.rate,
        case
            when attained.tiering = 'marginal'
                then
                    least(attained.payable_attainment, coalesce(slices.slice_to, attained.payable_attainment))
                    - slices.slice_from
            when coalesce(slices.slice_to > attained.payable_attainment, true) then attained.payable_attainment
            else 0
        end as share
    from attained
    inner join slices
        on
            attained.team = slices.team
            and attained.kpi = slices.kpi
            and attained.payable_attainment >= slices.slice_from
    where attained.payable_attainment >= coalesce(attained.threshold, 0)
),

added_up as (
    select
        period_month,
        rep_id,
        kpi,
        cast(sum(share * rate) as decimal(38, 26)) as units,
        {{ texts_in_order(
            'case when share > 0 then ' ~ joined_text([pay_number('share'), "' x '", pay_number('rate')]) ~ ' end',
            ' + ', 'slice_from, rate'
        ) }} as products
    from sliced
    group by period_month, rep_id, kpi
),

reckoned as (
    select
        attained.*,
        case when attained.attainment is not null then coalesce(added_up.units, 0) end as units,
        case when added_up.units > attained.cap then attained.cap else added_up.units end as paid_units,
        added_up.products
    from attained
    left join added_up
        on
            attained.period_month = added_up.period_month
            and attained.rep_id = added_up.rep_id
            and attained.kpi = added_up.kpi
),

paid as (
    select
        *,
        case
            when attainment is null then null
            when paid_units is null then 0
            else {{ paid('paid_units', 'full_pay') }}
        end as payout
    from reckoned
),

told as (
    select
        period_month,
        rep_id,
        kpi,
        team,
        attainment_scope,
        actual,
        target,
        attainment,
        variable_pay,
        weight,
        full_pay,
        threshold,
        cap,
        tiering,
        units,
        cast(payout as decimal(18, 2)) as payout,
        case
            when target is null then 'no attainment: there is no target'
            when actual is null then 'no attainment: there is no actual figure'
            when attainment is null then 'no attainment: none is reckoned against this target'
            else
                'attainment '
                || case
                    -- Rounded, what just misses the threshold would read as if it had reached it.
                    when paid_units is null and cast(payable_attainment as decimal(28, 6)) >= threshold
                        then {{ seed_cell('payable_attainment') }}
                    else {{ pay_number('payable_attainment') }}
                end
                || case
                    when paid_units is null
                        then {{ joined_text(["': below the threshold '", pay_number('threshold'), "', 0'"]) }}
                    when products is null then ': 0'
                    else {{ joined_text(["': '", 'products', "' = '", pay_number('units')]) }}
                end
                || case
                    when units > cap then {{ joined_text(["', capped at '", pay_number('cap'), "','"]) }}
                    else ''
                end
                || {{ joined_text(["' of full pay '", pay_number('full_pay'), "' = '", 'cast(payout as varchar)']) }}
        end as arithmetic,
        {{ is_complete('period_month') }} as is_complete
    from paid
)

select * from told
