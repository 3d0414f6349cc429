with stays as (
    select * from {{ ref('int_forecast_stays') }}
),

segments as (
    select * from {{ ref('segments') }}
),

bands as (
    {{ risk_band_rows() }}
),

by_day as (
    select
        forecast_as_of,
        segment,
        phase_place,
        days,
        sum(stays) as stays,
        sum(case when moved_to <= {{ place_of_win() }} then stays else 0 end) as moves,
        sum(case when moved_to = {{ place_of_loss() }} then stays else 0 end) as losses
    from stays
    group by forecast_as_of, segment, phase_place, days
),

-- Who stayed so many days was at risk on each day since the shorter stays ended.
at_risk as (
    select
        *,
        sum(stays) over (
            partition by forecast_as_of, segment, phase_place
            order by days desc
            rows between unbounded preceding and current row
        ) as at_risk,
        coalesce(lag(days) over (partition by forecast_as_of, segment, phase_place order by days), -1) + 1 as since_day
    from by_day
),

by_band as (
    select
        at_risk.forecast_as_of,
        at_risk.segment,
        at_risk.phase_place,
        bands.band,
        sum(
            at_risk.at_risk
            * (least(at_risk.days, bands.last_day) - greatest(at_risk.since_day, bands.first_day) + 1)
        ) as days_at_risk,
        sum(case when at_risk.days <= bands.last_day then at_risk.moves else 0 end) as moves,
        sum(case when at_risk.days <= bands.last_day then at_risk.losses else 0 end) as losses
    from at_risk
    inner join bands on at_risk.since_day <= bands.last_day and at_risk.days >= bands.first_day
    group by at_risk.forecast_as_of, at_risk.segment, at_risk.phase_place, bands.band
),

of_all as (
    select
        forecast_as_of,
        phase_place,
        band,
        cast(sum(days_at_risk) as double) as days_at_risk,
        cast(sum(moves) as double) as moves,
        cast(sum(losses) as double) as losses
    from by_band
    group by forecast_as_of, phase_place, band
),

-- A thin segment goes by what all segments show: its exits are reckoned together with so many of theirs.
shrunk as (
    select
        of_all.forecast_as_of,
        segments.segment,
        of_all.phase_place,
        bands.first_day,
        bands.last_day,
        coalesce(
            (
                coalesce(by_band.moves, 0)
                + {{ borrowed_exits() }} * of_all.moves / nullif(of_all.moves + of_all.losses, 0)
            ) / (
                coalesce(by_band.days_at_risk, 0)
                + {{ borrowed_exits() }} * of_all.days_at_risk / nullif(of_all.moves + of_all.losses, 0)
            ),
            0
        ) as move_risk,
        coalesce(
            (
                coalesce(by_band.losses, 0)
                + {{ borrowed_exits() }} * of_all.losses / nullif(of_all.moves + of_all.losses, 0)
            ) / (
                coalesce(by_band.days_at_risk, 0)
                + {{ borrowed_exits() }} * of_all.days_at_risk / nullif(of_all.moves + of_all.losses, 0)
            ),
            0
        ) as loss_risk
    from of_all
    inner join bands on of_all.band = bands.band
    cross join segments
    left join by_band
        on
            of_all.forecast_as_of = by_band.forecast_as_of
            and of_all.phase_place = by_band.phase_place
            and of_all.band = by_band.band
            and segments.segment = by_band.segment
)

select * from shrunk
