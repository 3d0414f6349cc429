with stays as (
    select * from {{ ref('int_sla_stays') }}
    where answered_at is null
),

openings as (
    select * from {{ ref('int_business_openings') }}
),

waits as (
    select
        stays.lead_id,
        stays.transition_number,
        stays.stage,
        stays.segment,
        stays.owner_id,
        stays.entered_at,
        coalesce(
            {{ open_microseconds('last_openings', as_of()) }}
            - ({{ open_microseconds('entry_openings', 'stays.entered_at') }}),
            {{ microseconds_between('stays.entered_at', as_of()) }}
        ) as waited_microseconds
    from stays
    left join openings as entry_openings
        on {{ is_last_opening('entry_openings', 'stays.country', 'stays.entered_at') }}
    left join openings as last_openings
        on {{ is_last_opening('last_openings', 'stays.country', as_of()) }}
)

select * from waits
