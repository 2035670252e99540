"""The Python steps between the models, one file each; `PREDICTION_ASSETS` is all of them."""

from orchestration.assets.predictions.lifecycle import lifecycle_posteriors
from orchestration.assets.predictions.pipeline import time_to_close
from orchestration.assets.predictions.segments import segment_rules
from orchestration.assets.predictions.win import win_model

PREDICTION_ASSETS = (
    lifecycle_posteriors,
    segment_rules,
    time_to_close,
    win_model,
)

__all__ = ["PREDICTION_ASSETS"]
