create temp table current_contracts as
with ranked as (
    select
        contracts.*,
        row_number() over (
            partition by contract_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
        ) as version_rank
    from store.raw.contracts
)
select * from ranked
where version_rank = 1 and not is_deleted;

create temp table contracts as
with seen_contracts as (
    select * from current_contracts
    where signed_at <= getvariable('as_of')
),
customer_leads as (
    select
        seen_contracts.customer_id,
        min_by(resolved.lead_row, struct_pack(signed_at := signed_at, contract_id := contract_id)) as lead_row
    from seen_contracts
    inner join resolved on seen_contracts.lead_id = resolved.lead_id and not resolved.is_erased
    group by seen_contracts.customer_id
)
select
    seen_contracts.contract_id,
    seen_contracts.customer_id,
    customer_leads.lead_row,
    signed_at,
    starts_on,
    least(coalesce(days_after(ends_on, 1), date '9999-12-31'), coalesce(cancelled_on, date '9999-12-31'))
        as uncovered_from,
    cancelled_on is not null and (ends_on is null or cancelled_on <= ends_on) as is_cancelled,
    opportunity_id,
    renews_contract_id,
    cancel_reason,
    in_reporting_currency(mrr, exchange_rates.rate_to_reporting) as mrr
from seen_contracts
left join customer_leads on seen_contracts.customer_id = customer_leads.customer_id
left join seeds.exchange_rates on seen_contracts.currency = exchange_rates.currency;

create temp table islands as
with holders as (
    select customer_id as holder_id, null as lead_row, * exclude (customer_id, lead_row) from contracts
    where uncovered_from > starts_on
    union all
    select null as holder_id, lead_row, * exclude (customer_id, lead_row) from contracts
    where uncovered_from > starts_on and lead_row is not null
),
reached as (
    select
        *,
        max(uncovered_from) over (
            partition by holder_id, lead_row order by starts_on, contract_id
            rows between unbounded preceding and 1 preceding
        ) as covered_before
    from holders
),
numbered as (
    select
        *,
        sum(
            case when date_diff('day', covered_before, starts_on) <= getvariable('churn_grace_days') then 0 else 1 end
        ) over (
            partition by holder_id, lead_row order by starts_on, contract_id
            rows between unbounded preceding and current row
        ) as island_number
    from reached
),
gathered as (
    select
        holder_id,
        lead_row,
        island_number,
        min(starts_on) as starts_on,
        max(uncovered_from) as uncovered_from,
        min(signed_at) as first_signed_at,
        max(signed_at) as last_signed_at,
        min_by(contract_id, struct_pack(signed_at := signed_at, contract_id := contract_id)) as first_contract_id,
        max_by(
            struct_pack(contract_id := contract_id, cancel_reason := cancel_reason),
            struct_pack(uncovered_from := uncovered_from, contract_id := contract_id)
        ) as last_contract,
        max(uncovered_from) filter (where not is_cancelled) as ran_out_from
    from numbered
    group by holder_id, lead_row, island_number
),
judged as (
    select
        *,
        island_number = max(island_number) over (partition by holder_id, lead_row)
        and uncovered_from <= getvariable('today')
        and date_diff('day', uncovered_from, getvariable('today')) <= getvariable('churn_grace_days')
        and coalesce(ran_out_from = uncovered_from, false) as is_overdue
    from gathered
)
select
    * exclude (last_contract, ran_out_from),
    last_contract.contract_id as last_contract_id,
    last_contract.cancel_reason as last_cancel_reason,
    uncovered_from <= getvariable('today') and not is_overdue as has_ended,
    local_midnight(starts_on) as starts_at,
    case when uncovered_from < date '9999-12-31' then local_midnight(uncovered_from) end as uncovered_at
from judged;
drop table current_leads;
drop table resolved;
