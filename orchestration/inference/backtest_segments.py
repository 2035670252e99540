"""Segments as they could be learned on each past quarter start: from the deals that were mature by then."""

from datetime import date

import pandas as pd

from orchestration.inference.constants import model_version
from orchestration.inference.frames import refuse_rows, require_columns
from orchestration.inference.segments import TABLE, fit_segment_rules

_MATURITY = "int_lifecycle__deal_maturity"


def backtest_segment_rules(
    sample: pd.DataFrame, maturity: pd.DataFrame, origins: pd.DataFrame, *, as_of: date, seed: int
) -> pd.DataFrame:
    """Fit the segment rules of every scored origin.

    Args:
        sample: sample_mature_deal.
        maturity: opportunity_id and mature_on, the day on which its first twelve months were complete.
        origins: int_lifecycle__backtest_origin.

    Returns:
        segment_rule of each origin with `origin_on` in front; empty without scored origins.

    Raises:
        CheckFailed: a column absent, a deal of the sample without the day it was mature on.
    """
    require_columns(sample, TABLE, ("opportunity_id",))
    require_columns(maturity, _MATURITY, ("opportunity_id", "mature_on"))
    known = maturity.set_index("opportunity_id")["mature_on"]
    mature_on = pd.to_datetime(sample["opportunity_id"].map(known)).reset_index(drop=True)
    refuse_rows(TABLE, "opportunity_id", mature_on.isna().to_numpy(dtype=bool), f"is not in {_MATURITY}")
    parts = []
    for origin in sorted(pd.to_datetime(origins.loc[origins["is_scored"].astype(bool), "origin_on"])):
        mature = sample[(mature_on <= origin).to_numpy(dtype=bool)]
        rules = fit_segment_rules(mature, as_of=origin.date(), seed=seed)
        rules.insert(0, "origin_on", origin.date())
        parts.append(rules)
    if not parts:
        rules = fit_segment_rules(sample.iloc[:0], as_of=as_of, seed=seed).iloc[:0]
        rules.insert(0, "origin_on", pd.Series(dtype=object))
        parts.append(rules)
    return pd.concat(parts, ignore_index=True).assign(model_version=model_version(seed), as_of_date=as_of)
