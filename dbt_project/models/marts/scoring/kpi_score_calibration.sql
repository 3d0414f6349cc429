with found as (
    select * from {{ source('scoring', 'calibration_bins') }}
),

bins as (
    select
        model_version,
        segment,
        bin,
        lead_count,
        mean_probability,
        observed_rate,
        low,
        high
    from found
)

select * from bins
