-- A failing row is an opportunity whose ROI quantiles cross, whose mean lies outside all draws' range, or whose
-- probabilities leave [0, 1]: the interval shown to a seller would be nonsense. Does not claim that the interval covers
-- what happens.
select
    opportunity_id,
    roi_expected_mean,
    roi_expected_p05,
    roi_expected_p50,
    roi_expected_p95,
    p_expected_roi_negative,
    p_accelerate_positive,
    roi_realised_p10,
    roi_realised_p50,
    roi_realised_p90,
    p_realised_loss,
    roi_reported_mean,
    win_probability,
    economics_status,
from {{ ref('fct_opportunity_roi') }}
where
    roi_expected_p05 > roi_expected_p50
    or roi_expected_p50 > roi_expected_p95
    or not coalesce(p_expected_roi_negative between 0 and 1, true)
    or not coalesce(p_accelerate_positive between 0 and 1, true)
    or not coalesce(win_probability between 0 and 1, true)
    -- a quantile on one side of zero fixes the probability of a loss on its side
    or (roi_expected_p05 > 0 and p_expected_roi_negative > 0.06)
    or (roi_expected_p95 < 0 and p_expected_roi_negative < 0.94)
    -- known economics come with all of their numbers, and unknown ones with none
    or (economics_status = 'unknown') != (roi_expected_mean is null)
    or (roi_expected_mean is null) != (roi_expected_p05 is null)
    -- the luck of one deal is played around the same draws
    or roi_realised_p10 > roi_realised_p50
    or roi_realised_p50 > roi_realised_p90
    or roi_reported_p05 > roi_reported_p95
    or not coalesce(p_realised_loss between 0 and 1, true)
    or (p_realised_loss is null) != (roi_realised_p50 is null)
    or (economics_status = 'unknown' and coalesce(roi_realised_p50, roi_reported_mean, value_per_hour) is not null)
