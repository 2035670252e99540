"""What segments are learned from: signals, targets and their weights, read from sample_mature_deal and checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.inference.frames import Floats, numbers, refuse_rows, require_columns, texts
from orchestration.inference.segment_tree import Column

TABLE = "sample_mature_deal"
# numeric signals that every sample of deals carries; whatever learns from deals starts from these
FEATURES = (
    "discount_pct",
    "contract_term_months",
    "payment_terms_days",
    "customisation_requests",
    "implementation_promises",
    "services_share",
    "promised_onboarding_days",
    "has_success_criteria",
    "stakeholder_count",
    "days_per_stage",
    "push_count",
    "active_days_per_week",
)
# signals that a sample may lack
MORE_FEATURES = (
    "integration_count",
    "procurement_steps",
    "has_competitor",
    "has_review",
    "product_count",
)
CATEGORIES = ("lead_source",)
TARGETS = ("contribution_per_arr_12m", "churned_12m", "expanded_12m", "support_per_arr_12m")
MORE_TARGETS = ("reached_value_180d",)
MIN_DEALS = 120
# a larger sample moves no threshold and costs time
MOST_DEALS = 8_000
_LEAST_SHARE = 0.05
# A target unknown for more of the deals than this is left out; else the deals without it are.
_MOST_UNKNOWN = 0.3
# The card's life is three years: what the first year shows repeats for two more, an expansion adds a fifth
# of ARR.
_YEARS_LEFT = 2.0
_EXPANSION_SHARE = 0.2
# deals that a category's mean is held against
_CATEGORY_WEIGHT = 30.0
_CATEGORIES_SHOWN = 31


@dataclass(frozen=True)
class Deals:
    """Mature deals sorted by id.

    Attributes:
        table: checked sample: opportunity_id, weight, mature_on (NaT where absent), signals, targets.
    """

    table: pd.DataFrame

    def until(self, day: pd.Timestamp, last: pd.Timestamp) -> "Deals":
        """Those whose twelve months were complete on or before a day; the undated count from `last` on."""
        when = self.table["mature_on"].fillna(last)
        return Deals(self.table[when <= day].reset_index(drop=True))


def read_deals(sample: pd.DataFrame) -> Deals:
    """Check the sample.

    Raises:
        CheckFailed: a column absent, a value infinite or no number, a deal twice, a weight not above 0.
    """
    require_columns(sample, TABLE, ("opportunity_id", "sample_weight", *FEATURES, *TARGETS))
    table = pd.DataFrame({"opportunity_id": texts(sample, TABLE, "opportunity_id")})
    refuse_rows(TABLE, "opportunity_id", table["opportunity_id"].duplicated().to_numpy(dtype=bool), "is there twice")
    table["weight"] = numbers(sample, TABLE, "sample_weight", minimum=0)
    refuse_rows(TABLE, "sample_weight", (table["weight"] <= 0).to_numpy(dtype=bool), "is not above 0")
    for name in (*FEATURES, *MORE_FEATURES, *TARGETS, *MORE_TARGETS):
        table[name] = numbers(sample, TABLE, name, nullable=True) if name in sample.columns else np.nan
    for name in CATEGORIES:
        given = sample[name] if name in sample.columns else pd.Series(None, index=sample.index, dtype=object)
        table[name] = given.astype(object).where(given.notna(), None).to_numpy()
    when = sample["mature_on"] if "mature_on" in sample.columns else pd.Series(pd.NaT, index=sample.index)
    table["mature_on"] = pd.to_datetime(when).to_numpy()
    return Deals(table.sort_values("opportunity_id", kind="stable", ignore_index=True))


def usable(deals: Deals) -> tuple[pd.DataFrame, Floats]:
    """Deals whose targets are known, and those targets in ROI per 1 of ARR.

    Each target is centred and scaled so that its variance is its share in lifecycle-ROI variance (the least
    5 %); the shares sum to 1. Time to value, unknown for some, counts as usual there. Where no outcome differs
    there is no column.
    """
    table = deals.table
    known = {name: ~np.isnan(table[name].to_numpy(dtype=np.float64)) for name in (*TARGETS, *MORE_TARGETS)}
    names = [name for name in TARGETS if len(table) and known[name].mean() >= 1.0 - _MOST_UNKNOWN]
    kept = np.ones(len(table), dtype=bool)
    for name in names:
        kept &= known[name]
    more = [name for name in MORE_TARGETS if kept.any() and known[name][kept].mean() >= 1.0 - _MOST_UNKNOWN]
    names = [name for name in (*names, *more) if kept.any() and np.nanstd(table.loc[kept, name]) > 0]
    any_known = bool(len(table)) and any(known[name].mean() >= 1.0 - _MOST_UNKNOWN for name in TARGETS)
    rows = table[kept & any_known].reset_index(drop=True)
    if not set(names) & set(TARGETS):
        return rows, np.zeros((len(rows), 0))
    # A year's contribution of a customer that stays, or 0.5 per 1 of ARR where margin is unknown.
    year = 0.5
    if "contribution_per_arr_12m" in names:
        year = max(0.05, float(rows["contribution_per_arr_12m"].mean()))
    effect = {
        "contribution_per_arr_12m": 1.0,
        "churned_12m": _YEARS_LEFT * year,
        "expanded_12m": _YEARS_LEFT * year * _EXPANSION_SHARE,
        "support_per_arr_12m": _YEARS_LEFT,
        # moves no money of its own
        "reached_value_180d": 0.0,
    }
    values = rows[names].to_numpy(dtype=np.float64)
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    spread = values.std(axis=0)
    share = (np.array([effect[name] for name in names]) * spread) ** 2
    share = np.maximum(share / share.sum(), _LEAST_SHARE)
    y = (values - values.mean(axis=0)) / spread * np.sqrt(share / share.sum())
    return rows, y


def usual_values(rows: pd.DataFrame) -> dict[str, float]:
    """Median of each signal among deals that have it, which stands in where it is unknown; 0 where none has."""
    usual = {}
    for name in (*FEATURES, *MORE_FEATURES):
        column = rows[name].to_numpy(dtype=np.float64)
        known = column[~np.isnan(column)]
        usual[name] = float(np.median(known)) if known.size else 0.0
    return usual


def signal_columns(rows: pd.DataFrame, y: Floats, usual: Mapping[str, float]) -> list[Column]:
    """Signals that vary, ready to be cut; categories are ranked by their smoothed mean of the summed targets."""
    out = []
    for name in (*FEATURES, *MORE_FEATURES):
        raw = rows[name].to_numpy(dtype=np.float64)
        known = ~np.isnan(raw)
        values = np.where(known, raw, usual[name])
        if len(values) and np.ptp(values) > 0:
            out.append(Column(name, values, known))
    for name in CATEGORIES:
        column = _category_column(rows, name, y)
        if column is not None:
            out.append(column)
    return out


def _category_column(rows: pd.DataFrame, name: str, y: Floats) -> Column | None:
    text = rows[name]
    known = text.notna().to_numpy(dtype=bool)
    counts = text[known].value_counts()
    names = sorted(counts.index, key=lambda c: (-counts[c], c))[:_CATEGORIES_SHOWN]
    if len(names) < 2:
        return None
    known = known & text.isin(names).to_numpy(dtype=bool)
    # the first direction in which the targets differ between categories
    means = np.stack([y[(text == c).to_numpy(dtype=bool)].sum(axis=0) / (counts[c] + _CATEGORY_WEIGHT) for c in names])
    _, _, directions = np.linalg.svd(means, full_matrices=False)
    direction = directions[0] * np.sign(directions[0][np.abs(directions[0]).argmax()])
    score = {c: round(float(m @ direction), 12) for c, m in zip(names, means, strict=True)}
    ranked = sorted(names, key=lambda c: (score[c], c))
    rank = {c: float(i) for i, c in enumerate(ranked)}
    at = text.where(known, None).map(rank).to_numpy(dtype=np.float64)
    middle = float(np.median(at[known]))
    return Column(name, np.where(known, at, middle), known, tuple(ranked))


def thinned(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Positions of at most 8,000 deals, chosen by a hash of the id, in the order of the id."""
    if len(rows) <= MOST_DEALS:
        return np.arange(len(rows), dtype=np.int64)
    key = [hashlib.sha256(i.encode()).digest()[:8] for i in rows["opportunity_id"]]
    order = sorted(range(len(rows)), key=key.__getitem__)[:MOST_DEALS]
    return np.array(sorted(order), dtype=np.int64)
