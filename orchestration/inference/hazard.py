"""Monthly churn hazard by segment, term type and age: hierarchical discrete-time logit on aggregated cells.

A customer is at risk in age month a when it was active at the end of age month a - 1; exposure starts at the
first observed age, so late entry needs no correction. logit hazard = level + slope * log(1 + age) + age band
+ term + renewal month + calendar trend, where all but the trend also have a partially pooled deviation of
the segment.

The hazard is that of a new deal, over whatever parts its customers further: customers that leave early were the
likelier ones, and the curve over age contains that.

New deals stand at the level of the last observed quarter and drift on by a damped trend (Gardner and McKenzie 1985)
for a year; how much of it is kept is drawn from what forecasts from earlier quarters would have earned (`trend`).
Beyond the ages that were seen the hazard falls off as in `tail`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.comparison import probability_better
from orchestration.inference.constants import (
    ALL_TERMS,
    HAZARD_BAND_STARTS,
    HORIZON_MONTHS,
    N_DRAWS,
    POOLED,
    TAIL_MIN_AT_RISK,
    TERM_TYPES,
)
from orchestration.inference.evidence import fallback_level
from orchestration.inference.frames import Floats, in_order
from orchestration.inference.hazard_design import (
    AGES,
    COLUMNS,
    KEY,
    TABLE,
    TREND,
    Columns,
    columns_of,
    hazard_cells,
    life_table_years,
    renewal_share_of,
    with_anniversaries,
)
from orchestration.inference.hierarchy import Design, Posterior, expit, fit_hierarchy
from orchestration.inference.optimism import Optimism, drawn_together, evidence_of, kept_share
from orchestration.inference.streams import stream
from orchestration.inference.survival import alive_months, monthly_hazard
from orchestration.inference.tail import company_weights, draw_c, extend, fit_years, segment_weights
from orchestration.inference.trend import damping_draws, damping_weights, years_ahead

__all__ = ["AGES", "COLUMNS", "TABLE", "HazardPosterior", "fit_hazard", "hazard_cells", "hazard_table"]

# Terms whose yearly hazard a tail can be read from; with terms of several years it jumps from renewal to renewal.
_TAIL_TERMS = ("monthly", "annual", "unknown")
# Customers' worth of the company's mix of terms that a segment's own mix starts from.
_MIX_PRIOR = 2.0


@dataclass(frozen=True)
class HazardPosterior:
    """Draws of the monthly hazard and what they rest on.

    Attributes:
        segments: segment ids, the pool 'all' last.
        hazard: draws by segment, term type (order of TERM_TYPES) and age 1..60, shape (segments, 4, 500, 60).
        mix: share of each term type among the segment's new customers, shape (segments, 4); rows sum to 1.
        pooling: share of the hazard's logit that comes from the pool, shape (segments, 4, 60).
        cells: counts by segment_id (with 'all'), term_type and age_month.
        mix_draws: draws of `mix`, shape (segments, 500, 4).
        last_age: the tail starts after this age; 60 when there is none.
        damping: probability of each share of the trend that a quarter keeps of the one before.
    """

    segments: list[str]
    hazard: Floats
    mix: Floats
    pooling: Floats
    cells: pd.DataFrame
    mix_draws: Floats
    last_age: int
    damping: dict[float, float]

    @property
    def is_prior_only(self) -> bool:
        """True when no customer of the company was ever at risk: the draws then hold the prior and nothing else."""
        return self.cells.empty

    def survival_draws(self, segment_id: str, term_type: str) -> Floats:
        """Draws of the probability to be active at the end of age month 1..60, shape (500, 60).

        `term_type` 'all' is the mix of the segment's customers: a mixture of survival curves, not of hazards.
        """
        s = self.segments.index(segment_id)
        if term_type != ALL_TERMS:
            return np.cumprod(1.0 - self.hazard[s, TERM_TYPES.index(term_type)], axis=1)
        curves = np.cumprod(1.0 - self.hazard[s], axis=2)
        mixed: Floats = np.einsum("dt,tda->da", self.mix_draws[s], curves)
        return mixed

    def counts(self, segment_id: str, term_type: str) -> tuple[Floats, Floats]:
        """Exposure and churns by age 1..60, each shape (60,)."""
        cells = self.cells[self.cells["segment_id"] == segment_id]
        if term_type != ALL_TERMS:
            cells = cells[cells["term_type"] == term_type]
        within = cells[cells["age_month"] <= HORIZON_MONTHS]
        at = within["age_month"].to_numpy(dtype=int) - 1
        exposure, churns = np.zeros(HORIZON_MONTHS), np.zeros(HORIZON_MONTHS)
        np.add.at(exposure, at, within["n_at_risk"].to_numpy(dtype=float))
        np.add.at(churns, at, within["n_churn"].to_numpy(dtype=float))
        return exposure, churns

    def oldest_age(self, segment_id: str, term_type: str) -> int:
        """Oldest age 1..60 at which a customer was at risk, 0 when none was."""
        exposure, _ = self.counts(segment_id, term_type)
        return int(np.flatnonzero(exposure > 0).max(initial=-1)) + 1

    def share_extrapolated(self, segment_id: str, term_type: str) -> Floats:
        """Draws of the share of the 60-month life that is lived at ages nobody was seen at, shape (500,).

        Month m of a life, m = 0..59, is lived by those that survive age month m, so what follows the oldest age A
        are the months beyond A.
        """
        survival = self.survival_draws(segment_id, term_type)
        alive = alive_months(survival)
        beyond = alive[:, self.oldest_age(segment_id, term_type) + 1 :]
        return np.asarray(beyond.sum(axis=1) / alive.sum(axis=1), dtype=np.float64)


def _entrants(cells: pd.DataFrame, survival: Floats) -> Floats:
    """New customers by term type that explain those at risk in their first half year, shape (4,).

    Terms that lose customers early are thin at later ages; dividing by survival undoes it. `survival` is that to the
    start of age month 1..6, shape (4, 6).
    """
    out = np.empty(len(TERM_TYPES))
    young = cells[cells["age_month"] <= survival.shape[1]]
    for t, term in enumerate(TERM_TYPES):
        months = young.loc[young["term_type"] == term, "n_at_risk"].sum()
        out[t] = float(months) / float(survival[t].sum())
    return out


def _mix_draws(cells: pd.DataFrame, hazard: Floats, segments: list[str], seed: int) -> Floats:
    """Draws of the shares of term types among new customers, Dirichlet around the pool's, (segments, 500, 4)."""
    if not (cells["age_month"] <= 6).any():
        # nobody young was seen: what is there stands for the mix
        cells = cells.assign(age_month=1)
    alive = np.cumprod(1.0 - hazard[:, :, :, :5].mean(axis=2), axis=2)
    alive = np.concatenate([np.ones((len(segments), len(TERM_TYPES), 1)), alive], axis=2)
    by_segment = [
        _entrants(cells if s == POOLED else cells[cells["segment_id"] == s], alive[i]) for i, s in enumerate(segments)
    ]
    total = by_segment[-1].sum()
    pool = by_segment[-1] / total if total > 0 else np.full(len(TERM_TYPES), 1.0 / len(TERM_TYPES))
    out = np.empty((len(segments), N_DRAWS, len(TERM_TYPES)))
    for i, segment in enumerate(segments):
        alpha = by_segment[i] + _MIX_PRIOR * pool
        draws = stream(seed, "hazard_mix", segment).standard_gamma(alpha, (N_DRAWS, len(TERM_TYPES)))
        out[i] = draws / draws.sum(axis=1, keepdims=True)
    return out


def _fit(
    cells: pd.DataFrame, columns: Columns, segments: list[str], *, pooled: bool, integrate: bool = True
) -> Posterior:
    design, prior = design_of(cells, columns, segments, pooled=pooled), columns.prior(pooled=pooled)
    return fit_hierarchy(design, prior, integrate=integrate)


def design_of(cells: pd.DataFrame, columns: Columns, segments: list[str], *, pooled: bool) -> Design:
    """Design of the checked cells; `pooled` leaves the deviations of segments out."""
    term = cells["term_type"].tolist()
    age = cells["age_month"].to_numpy(dtype=float)
    renewal = cells["is_renewal_month"].to_numpy(dtype=bool)
    shared = columns.shared(term, age, renewal, cells["quarter"].to_numpy(dtype=float))
    own = np.zeros((len(cells), 0)) if pooled else columns.own(term, age, renewal)
    index = {s: i for i, s in enumerate(segments)}
    segment = np.array([0 if pooled else index[s] for s in cells["segment_id"]], dtype=np.int64)
    n, k = cells["n_at_risk"].to_numpy(dtype=float), cells["n_churn"].to_numpy(dtype=float)
    return Design(n, k, shared, own, segment, len(segments), varying=TREND)


@dataclass(frozen=True)
class _Ahead:
    """What every segment's prediction shares: effects, renewal months, the calendar ahead, the start of the tail."""

    columns: Columns
    renewal_share: Floats
    # years of trend between the mean quarter and each age of a new deal, by draw, shape (500, 60)
    calendar: Floats
    last_age: int


def _predict(ahead: _Ahead, b: Floats, u: Floats | None, c: Floats) -> Floats:
    """Hazard draws of one segment by seen term and age, shape (4, 500, 60); unseen terms are NaN.

    Renewal and ordinary months are mixed by share, each with its own tail.
    """
    columns, age = ahead.columns, AGES.astype(float)
    out = np.full((len(TERM_TYPES), N_DRAWS, HORIZON_MONTHS), np.nan)
    for t, term in enumerate(TERM_TYPES):
        source = "annual" if term == "multi" and term not in columns.terms else term
        if source not in columns.terms:
            continue
        names = [source] * HORIZON_MONTHS
        by_kind = []
        for renewal in (np.zeros(HORIZON_MONTHS, dtype=bool), np.ones(HORIZON_MONTHS, dtype=bool)):
            quarter = np.full(HORIZON_MONTHS, columns.quarter_mean)
            level = b @ columns.shared(names, age, renewal, quarter).T
            smooth = b @ columns.shared(names, age, renewal, quarter, fine=False).T
            if u is not None:
                level = level + u @ columns.own(names, age, renewal).T
                smooth = smooth + u @ columns.own(names, age, renewal, fine=False).T
            trend = b[:, TREND : TREND + 1] * ahead.calendar
            start = expit(smooth + trend)[:, ahead.last_age - 1]
            by_kind.append(extend(expit(level + trend), ahead.last_age, c, start))
        share = ahead.renewal_share[t]
        out[t] = by_kind[0] * (1.0 - share) + by_kind[1] * share
    return out


def _borrow(hazard: Floats, mix: Floats) -> Floats:
    """Fill unseen term types with the mix of the seen ones, as one curve; `hazard` (4, 500, 60), `mix` (500, 4).

    Multi-year has borrowed the annual hazard with its own renewal months already, where there is one.
    """
    missing = np.isnan(hazard[:, 0, 0])
    if not missing.any():
        return hazard
    weight = np.where(missing, 0.0, mix)
    weight = weight / weight.sum(axis=1, keepdims=True)
    curve = np.einsum("dt,tda->da", weight[:, ~missing], np.cumprod(1.0 - hazard[~missing], axis=2))
    out = hazard.copy()
    out[missing] = monthly_hazard(curve)
    return out


def _pooling(columns: Columns, renewal_share: Floats, posterior: Posterior, s: int) -> Floats:
    """Posterior over prior variance of the segment's deviation, by term and age, shape (4, 60)."""
    out = np.empty((len(TERM_TYPES), HORIZON_MONTHS))
    for t, term in enumerate(TERM_TYPES):
        own = columns.own([term] * HORIZON_MONTHS, AGES.astype(float), renewal_share[t] >= 0.5)
        prior = own**2 @ posterior.own_var
        out[t] = np.einsum("ai,ij,aj->a", own, posterior.own_cov[s], own) / prior
    return np.clip(out, 0.0, 1.0)


def _last_age(total: pd.DataFrame) -> int:
    """Age after which the tail starts: the oldest with TAIL_MIN_AT_RISK customers, the oldest seen where none has."""
    if total.empty:
        return HORIZON_MONTHS
    by_age = total.groupby("age_month")["n_at_risk"].sum()
    enough = by_age[by_age >= TAIL_MIN_AT_RISK]
    return min(HORIZON_MONTHS, int((enough if len(enough) else by_age).index.max()))


def _tail_draws(cells: pd.DataFrame, total: pd.DataFrame, segments: list[str], seed: int) -> list[Floats]:
    """Draws of the tail's c in years by segment (pool last), each shape (500,)."""

    def log_like(rows: pd.DataFrame) -> Floats:
        by_term = [fit_years(life_table_years(rows, term)).log_like for term in _TAIL_TERMS]
        return np.asarray(np.sum(by_term, axis=0), dtype=np.float64)

    named = segments[:-1]
    weights = segment_weights([log_like(cells[cells["segment_id"] == s]) for s in named])
    weights.append(company_weights(log_like(total)))
    return [draw_c(w, stream(seed, "hazard_tail", s)) for s, w in zip(segments, weights, strict=True)]


def fit_hazard(
    frame: pd.DataFrame,
    *,
    seed: int,
    segments: Iterable[str] = (),
    integrate_pool: bool = True,
    optimism: Optimism | None = None,
) -> HazardPosterior:
    """Fit the hazard of every segment in `frame` and in `segments` (those without data get the pooled prior).

    The pool 'all' has its own fit on the summed cells, without deviations. An empty frame gives the prior
    alone.

    Args:
        integrate_pool: False leaves the uncertainty of the standard deviations out of the draws of 'all'; for callers
            that read segments only.
        optimism: luck of the deals that the segments were found on, by which their deviations are drawn together.

    Raises:
        CheckFailed: see `hazard_cells`.
    """
    cells = with_anniversaries(hazard_cells(frame))
    names = in_order([*segments, *cells["segment_id"]])
    named = names[:-1]
    columns = columns_of(cells)
    total = cells.groupby(KEY[1:], sort=True, as_index=False)[["n_at_risk", "n_churn"]].sum()
    total.insert(0, "segment_id", POOLED)
    damping = damping_weights(total)
    kept = damping_draws(damping, stream(seed, "hazard_damping", POOLED))
    calendar = columns.year_last + years_ahead(kept[:, None], np.ceil(AGES / 3.0)[None, :])
    ahead = _Ahead(columns, renewal_share_of(cells), calendar, _last_age(total))
    c = _tail_draws(cells, total, names, seed)

    hazard = np.empty((len(names), len(TERM_TYPES), N_DRAWS, HORIZON_MONTHS))
    pooling = np.zeros((len(names), len(TERM_TYPES), HORIZON_MONTHS))
    pool = _fit(total, columns, [POOLED], pooled=True, integrate=integrate_pool)
    b_pool, _ = pool.draw(stream(seed, "hazard_shared", POOLED), lambda _: stream(seed, "hazard", POOLED))
    hazard[-1] = _predict(ahead, b_pool, None, c[-1])
    if named:
        posterior = _fit(cells, columns, named, pooled=False)
        b, u = posterior.draw(stream(seed, "hazard_shared", POOLED), lambda s: stream(seed, "hazard", named[s]))
        kept, weight = np.ones(N_DRAWS), np.zeros(len(named))
        if optimism is not None:
            weight, months = evidence_of(cells, named, optimism.segments)
            kept = kept_share(optimism, months, stream(seed, "hazard_optimism", POOLED).standard_normal(N_DRAWS))
            u = drawn_together(u, posterior.own, weight, kept)
        for s in range(len(named)):
            hazard[s] = _predict(ahead, b, u[s], c[s])
            pooling[s] = _pooling(columns, ahead.renewal_share, posterior, s)
            if weight[s] > 0:
                pooling[s] = 1.0 - kept.mean() * (1.0 - pooling[s])
    mix = _mix_draws(cells, np.nan_to_num(hazard), names, seed)
    hazard = np.array([_borrow(one, shares) for one, shares in zip(hazard, mix, strict=True)])
    by = ["segment_id", "term_type", "age_month"]
    counts = pd.concat([cells, total]).groupby(by, sort=True, as_index=False)[["n_at_risk", "n_churn"]].sum()
    return HazardPosterior(names, hazard, mix.mean(axis=1), pooling, counts, mix, ahead.last_age, damping)


def _in_band(counts: Floats) -> Floats:
    """Sum of counts by age over the age band of each age, shape (60,)."""
    band = np.searchsorted(HAZARD_BAND_STARTS, AGES, side="right") - 1
    return np.asarray(np.bincount(band, weights=counts)[band], dtype=np.float64)


def hazard_table(posterior: HazardPosterior) -> pd.DataFrame:
    """One row per segment, term type (with 'all') and age month 1..60: hazard per month, survival, evidence.

    `survival_p_better` is the probability that more stay than of the whole company with the same term (NaN for it).

    `pooling_weight` is 1 where the pool decides and 0 where the segment's own data do (always 0 for the pool
    itself); `is_extrapolated` is true past the oldest age at which the segment and term was observed. The hazard of a
    month leans on its whole age band, so `fallback_level` is that of the band's counts (`n_at_risk_band`,
    `n_churn_band`); beyond the oldest age the company's tail decides.
    """
    n_company = float(posterior.counts(POOLED, ALL_TERMS)[0].sum())
    company = {term: posterior.survival_draws(POOLED, term) for term in (*TERM_TYPES, ALL_TERMS)}
    parts = []
    for s, segment in enumerate(posterior.segments):
        for term in (*TERM_TYPES, ALL_TERMS):
            survival = company[term] if segment == POOLED else posterior.survival_draws(segment, term)
            hazard = monthly_hazard(survival)
            n, k = posterior.counts(segment, term)
            n_band, k_band = _in_band(n), _in_band(k)
            is_extrapolated = posterior.oldest_age(segment, term) < AGES
            own = np.where(is_extrapolated, 0.0, n_band)
            if term == ALL_TERMS:
                pooling = posterior.mix[s] @ posterior.pooling[s]
            else:
                pooling = posterior.pooling[s, TERM_TYPES.index(term)]
            low, mid, high = np.quantile(hazard, [0.05, 0.5, 0.95], axis=0)
            survival_low, survival_high = np.quantile(survival, [0.05, 0.95], axis=0)
            parts.append(
                pd.DataFrame(
                    {
                        "segment_id": segment,
                        "term_type": term,
                        "age_month": AGES,
                        "hazard_mean": hazard.mean(axis=0),
                        "hazard_p05": low,
                        "hazard_p50": mid,
                        "hazard_p95": high,
                        "survival_mean": survival.mean(axis=0),
                        "survival_p05": survival_low,
                        "survival_p95": survival_high,
                        "survival_p_better": probability_better(survival, company[term], "higher"),
                        "n_at_risk": n.astype(np.int64),
                        "n_churn": k.astype(np.int64),
                        "n_at_risk_band": n_band.astype(np.int64),
                        "n_churn_band": k_band.astype(np.int64),
                        "pooling_weight": pooling,
                        "is_extrapolated": is_extrapolated,
                        "fallback_level": [fallback_level(*x, n_company) for x in zip(own, k_band, strict=True)],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
