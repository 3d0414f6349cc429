with found as (
    select * from {{ source('scoring', 'quality') }}
),

quality as (
    select
        model_version,
        score_kind,
        segment,
        tested_from,
        tested_to,
        lead_count,
        positive_count,
        base_rate,
        roc_auc,
        auc_low,
        auc_high,
        pr_auc,
        lift_10,
        lift_20,
        capture_20,
        brier,
        brier_skill,
        log_loss,
        calibration_error,
        calibration_slope,
        input_drift,
        base_rate_change,
        is_live,
        refused_reason
    from found
)

select * from quality
