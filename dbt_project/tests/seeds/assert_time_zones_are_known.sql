-- A failure means: business hours of a region name a time zone that the engine would refuse in the middle of a night.
with numbered as (
    select * from {{ seed_rows(ref('business_hours')) }} as seed
),

zones as (
    select
        zone_name,
        {{ folded('zone_name') }} as folded_name
    from {{ time_zone_names() }} as names
),

unknown as (
    select
        *,
        {{ folded('time_zone') }} as folded_zone
    from numbered
    where time_zone not in (select zones.zone_name from zones)
),

-- A city alone is as near as another case.
near as (
    select
        unknown.seed_row,
        zones.zone_name,
        case
            when zones.folded_name = unknown.folded_zone then 0
            when ends_with(zones.folded_name, '/' || unknown.folded_zone) then 0
            else {{ edit_distance('unknown.folded_zone', 'zones.folded_name') }}
        end as distance
    from unknown
    inner join zones
        on
            ends_with(zones.folded_name, '/' || unknown.folded_zone)
            or {{ is_near('unknown.folded_zone', 'zones.folded_name') }}
),

nearest as (
    select
        *,
        row_number() over (partition by seed_row order by distance, zone_name) as place
    from near
),

told as (
    select
        unknown.*,
        coalesce(' Did you mean ' || nearest.zone_name || '?', '') as hint
    from unknown
    left join nearest on unknown.seed_row = nearest.seed_row and nearest.place = 1
)

select
    {{ seed_message(
        'business_hours', ['region', 'weekday', 'opens'],
        'time_zone {time_zone} is no time zone. Write its region and city, such as Asia/Seoul.{!hint}'
    ) }} as message
from told
