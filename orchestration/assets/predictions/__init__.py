"""The Python steps between the models, one file each; `PREDICTION_ASSETS` is all of them."""

from orchestration.assets.predictions.backtest import backtest_scores
from orchestration.assets.predictions.lifecycle import lifecycle_posteriors
from orchestration.assets.predictions.segments import segment_rules
from orchestration.assets.predictions.win import win_model

PREDICTION_ASSETS = (
    backtest_scores,
    lifecycle_posteriors,
    segment_rules,
    win_model,
)

__all__ = ["PREDICTION_ASSETS"]
