-- One night's rows of the three feeds, drawn by hashes from what the store (attached as `store`) knows already.
-- Variables: touched_leads (how many), is_recent (the newest leads instead of any), began_at, as_of.
create macro draw(key, below) as cast(hash(key) % cast(below as ubigint) as bigint);
create macro instant(key) as getvariable('as_of') - to_seconds(1 + draw(key, 86398));

create temp table current_leads as
select * from store.raw.leads
qualify row_number() over (
    partition by lead_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
) = 1;

create temp table touched as
select *, row_number() over (order by lead_id) as lead_number
from (
    select * from current_leads
    where merged_into_lead_id is null and not is_deleted and created_at <= getvariable('began_at')
    order by
        case when getvariable('is_recent') then -epoch_us(created_at) else draw(lead_id || 'touched', 4294967296) end,
        lead_id
    limit getvariable('touched_leads')
);

-- A touched lead goes on as it has begun: its new acts are like acts that it has had.
create temp table templates as
select
    *,
    row_number() over (partition by lead_id order by activity_id) - 1 as template_number,
    count(*) over (partition by lead_id) as template_count
from (
    select * from store.raw.activities
    where lead_id in (select lead_id from touched) and not is_deleted
    qualify row_number() over (
        partition by activity_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
    ) = 1
);
set variable acts_per_lead = greatest(
    1, (select round(count(*) * 0.0025) from store.raw.activities) // getvariable('touched_leads')
);

create temp table new_leads as
select
    * replace (
        strftime(getvariable('as_of'), 'N%y%m%d-') || lead_id as lead_id,
        instant(lead_id || 'lead') as created_at,
        instant(lead_id || 'lead') as updated_at
    )
from touched
where lead_number % 10 = 1;

create temp table night_activities as
with drawn as (
    select touched.lead_id, unnest(range(cast(getvariable('acts_per_lead') as bigint))) as draw_number
    from touched
),
acted as (
    select
        templates.* replace (
            strftime(getvariable('as_of'), 'N%y%m%d-') || drawn.lead_id || '-' || drawn.draw_number as activity_id,
            instant(drawn.lead_id || drawn.draw_number)
            - to_days(case when draw(drawn.lead_id || drawn.draw_number || 'late', 6) = 0 then 7 else 0 end)
            as occurred_at
        )
    from drawn
    inner join templates
        on
            drawn.lead_id = templates.lead_id
            and draw(drawn.lead_id || drawn.draw_number || 'template', templates.template_count)
            = templates.template_number
)
select * replace (occurred_at as updated_at) from acted
union all
-- Corrections of what was delivered: the same id, an hour later.
select
    * replace (
        occurred_at + interval 1 hour as occurred_at,
        getvariable('as_of') - interval 1 minute as updated_at
    )
from templates
where
    template_number = draw(lead_id || 'correction', template_count)
    and draw(lead_id || 'corrected', 3) = 0
    and occurred_at < getvariable('began_at')
union all
select
    templates.* replace (
        new_leads.lead_id || '-' || templates.template_number as activity_id,
        new_leads.lead_id as lead_id,
        'form_submit' as activity_type,
        new_leads.created_at + to_minutes(templates.template_number) as occurred_at,
        new_leads.created_at + to_minutes(templates.template_number) as updated_at,
        cast(null as varchar) as opportunity_id
    )
from new_leads
inner join templates
    on new_leads.lead_id = strftime(getvariable('as_of'), 'N%y%m%d-') || templates.lead_id
where templates.template_number < 3;

create temp table night_leads as
select * exclude (lead_number) from new_leads
union all
select
    * exclude (lead_number) replace (
        case
            when coalesce(employee_count, 0) < 100 then 500
            when employee_count < 1000 then 5000
            else 50
        end as employee_count,
        instant(lead_id || 'change') as updated_at
    )
from touched
where lead_number % 10 = 2
union all
select
    * exclude (lead_number) replace (
        (select list(distinct owner_id order by owner_id) from current_leads)[
            1 + draw(lead_id || 'owner', (select count(distinct owner_id) from current_leads))
        ] as owner_id,
        instant(lead_id || 'change') as updated_at
    )
from touched
where lead_number % 10 = 3;

create temp table night_contracts as
with running as (
    select *, draw(contract_id || 'fate', 4) as fate
    from (
        select * from store.raw.contracts
        qualify row_number() over (
            partition by contract_id order by updated_at desc, _loaded_at desc, _source desc, _source_row desc
        ) = 1
    )
    where
        lead_id in (select lead_id from touched)
        and not is_deleted
        and cancelled_on is null
        and coalesce(ends_on > cast(getvariable('as_of') as date), true)
)
select
    * exclude (fate) replace (
        cast(getvariable('as_of') as date) as cancelled_on, instant(contract_id) as updated_at
    )
from running
where fate = 0
union all
select * exclude (fate) replace (round(mrr * 1.1, 2) as mrr, instant(contract_id) as updated_at)
from running
where fate = 1
union all
select
    * exclude (fate) replace (
        strftime(getvariable('as_of'), 'N%y%m%d-') || contract_id as contract_id,
        instant(contract_id) as signed_at,
        instant(contract_id) as updated_at,
        cast(getvariable('as_of') as date) + 1 as starts_on,
        cast(getvariable('as_of') as date) + 365 as ends_on,
        contract_id as renews_contract_id
    )
from running
where fate = 2;
