{{ per_lead('view') }}

with evidence as (
    select * from {{ touched('int_stage_evidence') }}
),

explicit_signals as (
    select * from {{ touched('int_explicit_signals') }}
),

opportunity_moves as (
    select * from {{ touched('int_opportunity_moves_by_lead') }}
),

contracts as (
    select * from {{ touched('int_contracts_attached') }}
    where is_covering and lead_id is not null
),

coverage_periods as (
    select * from {{ touched('int_coverage_periods') }}
    where holder_type = 'lead'
),

-- Who creates an opportunity that was not there works the lead anew.
openings as (
    select
        lead_id,
        move_id
    from opportunity_moves
    where is_opening
),

signals as (
    select
        evidence.lead_id,
        evidence.occurred_at as signal_at,
        0 as is_explicit,
        evidence.activity_id as signal_id,
        evidence.stage_number,
        evidence.is_strong or openings.move_id is not null as is_strong,
        openings.move_id is not null as is_opening,
        evidence.basis,
        evidence.actor_id,
        cast(null as varchar) as reason
    from evidence
    left join openings on evidence.lead_id = openings.lead_id and evidence.activity_id = openings.move_id

    union all

    select
        lead_id,
        signal_at,
        1 as is_explicit,
        signal_id,
        stage_number,
        false as is_strong,
        false as is_opening,
        basis,
        actor_id,
        reason
    from explicit_signals

    union all

    select
        contracts.lead_id,
        contracts.signed_at as signal_at,
        0 as is_explicit,
        contracts.contract_id as signal_id,
        case
            when contracts.contract_id = coverage_periods.first_contract_id then {{ stage_number(won_stage()) }}
            else {{ stage_number(renewal_stage()) }}
        end as stage_number,
        contracts.contract_id = coverage_periods.first_contract_id as is_strong,
        false as is_opening,
        'contract' as basis,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as reason
    from contracts
    inner join coverage_periods
        on
            contracts.lead_id = coverage_periods.holder_id
            and contracts.starts_on >= coverage_periods.starts_on
            and contracts.uncovered_from <= coverage_periods.uncovered_from
    where contracts.contract_id = coverage_periods.first_contract_id or contracts.renews_contract_id is not null
)

select * from signals
