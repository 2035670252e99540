"""The Python steps between the models, one file each; `PREDICTION_ASSETS` is all of them."""

from orchestration.assets.predictions.allocation import play_allocation
from orchestration.assets.predictions.backtest import backtest_scores
from orchestration.assets.predictions.deal_interval import deal_interval
from orchestration.assets.predictions.effects import concession_effects
from orchestration.assets.predictions.lifecycle import lifecycle_posteriors
from orchestration.assets.predictions.pipeline import time_to_close
from orchestration.assets.predictions.policy_value import policy_value
from orchestration.assets.predictions.segments import segment_rules
from orchestration.assets.predictions.time_to_value import time_to_value
from orchestration.assets.predictions.win import win_model

PREDICTION_ASSETS = (
    backtest_scores,
    concession_effects,
    deal_interval,
    lifecycle_posteriors,
    play_allocation,
    policy_value,
    segment_rules,
    time_to_close,
    time_to_value,
    win_model,
)

__all__ = ["PREDICTION_ASSETS"]
