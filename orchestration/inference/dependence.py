"""How churn, expansion, size, margin and support of the same customers move together.

The posteriors are fitted one by one, so their draws are independent, but their errors are not: a sample with many
dear customers is also one that many leave. Customer buckets tell how far: the correlation of what each bucket does
to each estimate. The draws are then put in an order in which they go together that way (Iman and Conover 1982):
every posterior keeps exactly its own distribution, only which draws belong together changes.

Churn keeps its order; draw i of all segments stays the same state of the world, since what a segment's draw shares
with the others moves with it.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from orchestration.inference.arr_weight import ArrWeight
from orchestration.inference.constants import ALL_TERMS, N_BUCKETS, N_DRAWS, POOLED
from orchestration.inference.expansion import ExpansionPosterior
from orchestration.inference.frames import Floats, bucket_column, in_order, numbers, pooled_sums, segment_column
from orchestration.inference.hazard import HazardPosterior
from orchestration.inference.jackknife import jackknife_gaps, leave_one_out
from orchestration.inference.money import MoneyPosterior

# Order in which they are tied to those before them.
QUANTITIES = ("churn", "expansion", "size", "margin", "support")
# Months of life whose estimates stand for the whole.
_MONTHS = 24
# Share of a segment's own correlations that is kept; the rest is that of all segments.
_OWN = 0.3
# Correlations of 32 buckets have a standard error of 0.18: the common ones are pulled to none by this share.
_SHRINK = 0.15


def _sums(frame: pd.DataFrame, table: str, column: str, names: list[str], kept: Floats) -> Floats:
    """Sums of the kept rows by segment (pool last) and bucket; unknown counts nothing."""
    segment = np.array([names.index(s) for s in segment_column(frame, table)], dtype=np.int64)
    values = np.nan_to_num(numbers(frame, table, column, nullable=True)) * kept
    return pooled_sums((segment, bucket_column(frame, table)), values, (len(names), N_BUCKETS))


def bucket_correlations(
    hazard: pd.DataFrame, money: pd.DataFrame, expansion: pd.DataFrame, *, segments: Iterable[str] = ()
) -> dict[str, Floats]:
    """Correlation of the sampling errors in order of QUANTITIES by segment and for the pool, shape (5, 5) each.

    Args:
        hazard, money, expansion: suff_hazard_monthly, suff_money_monthly, suff_expansion.
    """
    tables = (hazard, money, expansion)
    labels = ("suff_hazard_monthly", "suff_money_monthly", "suff_expansion")
    named = [segment_column(frame, label) for frame, label in zip(tables, labels, strict=True)]
    names = in_order([*segments, *(s for column in named for s in column)])
    young = (numbers(hazard, labels[0], "age_month") <= _MONTHS).astype(np.float64)
    new = (numbers(money, labels[1], "age_month") < _MONTHS).astype(np.float64)
    every = np.ones(len(expansion))

    def ratio(frame: int, top: str, bottom: str, kept: Floats) -> tuple[Floats, Floats]:
        table, label = tables[frame], labels[frame]
        return _sums(table, label, top, names, kept), _sums(table, label, bottom, names, kept)

    churn = ratio(0, "n_churn", "n_at_risk", young)
    lost = ratio(0, "arr_churned_cents", "arr_at_risk_cents", young)
    pairs = (
        churn,
        ratio(2, "n_events", "n_exposed_months", every),
        lost,
        ratio(1, "sum_gross_margin_cents", "sum_margin_arr_cents", new),
        ratio(1, "sum_support_cents", "sum_support_arr_cents", new),
    )
    own = np.zeros((len(names), len(QUANTITIES), len(QUANTITIES)))
    weight = np.zeros(len(names))
    for s in range(len(names)):
        gaps = np.zeros((len(QUANTITIES), N_BUCKETS))
        for q, (top, bottom) in enumerate(pairs):
            value, without = leave_one_out(top[s][None], bottom[s][None])
            # relative to its size, so that ARR lost per customer lost is a difference of two of them
            scale = value[0] if np.isfinite(value[0]) and value[0] != 0 else np.inf
            gaps[q] = jackknife_gaps(np.nan_to_num(without), bottom[s][None] > 0)[0] / scale
        gaps[2] -= gaps[0]
        length = np.sqrt((gaps**2).sum(axis=1, keepdims=True))
        unit = np.divide(gaps, length, out=np.zeros_like(gaps), where=length > 0)
        own[s] = unit @ unit.T
        weight[s] = np.count_nonzero(churn[1][s])
    share = weight[:-1] / max(weight[:-1].sum(), 1.0)
    common = (1.0 - _SHRINK) * np.einsum("s,sij->ij", share, own[:-1])
    out = {}
    for s, name in enumerate(names):
        mixed = (1.0 - _SHRINK) * own[s] if name == POOLED else _OWN * own[s] + (1.0 - _OWN) * common
        np.fill_diagonal(mixed, 1.0)
        out[name] = mixed
    return out


def _scores(draws: Floats) -> Floats:
    """Normal scores of draws, ties in their order, shape (500,)."""
    rank = np.empty(N_DRAWS)
    rank[np.argsort(draws, kind="stable")] = np.arange(N_DRAWS)
    scores: Floats = ndtri((rank + 0.5) / N_DRAWS)
    return scores


def _arrange(draws: Floats, wanted: Floats) -> np.ndarray:
    """Order of the draws in which they rank as `wanted` does."""
    order = np.empty(N_DRAWS, dtype=np.int64)
    order[np.argsort(wanted, kind="stable")] = np.argsort(draws, kind="stable")
    return order


def couple(
    hazard: HazardPosterior,
    money: MoneyPosterior,
    expansion: ExpansionPosterior,
    size: ArrWeight,
    correlations: dict[str, Floats],
) -> tuple[MoneyPosterior, ExpansionPosterior, ArrWeight]:
    """Return the posteriors with their draws in an order that has the given correlations."""
    margin, arr_margin, support = money.margin.copy(), money.arr_margin.copy(), money.support.copy()
    rate, first = expansion.hazard.copy(), expansion.first_hazard.copy()
    across, within = size.across_terms.copy(), size.within_term.copy()
    groups = ((rate, first), (across, within), (arr_margin,), (support,))
    for s, name in enumerate(hazard.segments):
        root = np.linalg.cholesky(correlations[name] + 1e-9 * np.eye(len(QUANTITIES)))
        leaving = 1.0 - hazard.survival_draws(name, ALL_TERMS)[:, _MONTHS - 1]
        innovations = [_scores(leaving)]
        for q, group in enumerate(groups, start=1):
            level = group[0][s][:, :_MONTHS].mean(axis=1)
            if not np.isfinite(level).all():
                innovations.append(np.zeros(N_DRAWS))
                continue
            innovations.append(_scores(level))
            wanted = sum((root[q, i] * innovations[i] for i in range(q + 1)), np.zeros(N_DRAWS))
            order = _arrange(level, wanted)
            for part in group:
                part[s] = part[s][order]
            if QUANTITIES[q] == "margin":
                # the same margin per revenue: in the same order
                margin[s] = margin[s][_arrange(margin[s][:, :_MONTHS].mean(axis=1), wanted)]
    return (
        replace(money, margin=margin, arr_margin=arr_margin, support=support),
        replace(expansion, hazard=rate, first_hazard=first),
        replace(size, across_terms=across, within_term=within),
    )
