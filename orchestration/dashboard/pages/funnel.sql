-- name: conversion
-- mart: kpi_stage_conversion
-- key: cohort_month, stage, segment
-- where: lead_source = 'all'
select cohort_month, stage, segment, cycles, reached_next_90d, rate_90d, rate_90d_low, rate_90d_high
from marts.kpi_stage_conversion
where lead_source = 'all' and is_mature_90d
order by cohort_month, stage, segment
