"""Monthly churn hazard by segment, term type and age: hierarchical discrete-time logit on aggregated cells.

A customer is at risk in age month a when it was active at the end of age month a - 1; exposure starts at the
first observed age, so late entry needs no correction. logit hazard = level + slope * log(1 + age) + age band
+ term + renewal month + calendar trend, where all but the trend also have a partially pooled deviation of
    the segment.

The trend is linear in calendar time. New deals stand at the level of the last observed quarter and drift on
by half as much in each quarter that follows (damped trend, Gardner and McKenzie 1985).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.constants import (
    ALL_TERMS,
    HAZARD_BAND_STARTS,
    HORIZON_MONTHS,
    HYPER_SCALE,
    N_DRAWS,
    POOLED,
    PRIOR_CHURN_LOGIT,
    PRIOR_EFFECT_SD,
    PRIOR_INTERCEPT_SD,
    PRIOR_RENEWAL_SD,
    TERM_TYPES,
    TREND_DAMPING,
)
from orchestration.inference.frames import (
    Bools,
    Floats,
    bucket_column,
    in_order,
    numbers,
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.hierarchy import Design, Posterior, Prior, expit, fit_hierarchy
from orchestration.inference.streams import stream

TABLE = "suff_hazard_monthly"
COLUMNS = (
    "segment_id",
    "term_type",
    "age_month",
    "is_renewal_month",
    "calendar_quarter",
    "bucket",
    "n_at_risk",
    "n_churn",
    "arr_at_risk_cents",
    "arr_churned_cents",
)
AGES = np.arange(1, HORIZON_MONTHS + 1)
_KEY = ["segment_id", "term_type", "age_month", "is_renewal_month", "quarter"]


@dataclass(frozen=True)
class HazardPosterior:
    """Draws of the monthly hazard and what they rest on.

    Attributes:
        segments: segment ids, the pool 'all' last.
        hazard: draws by segment, term type (order of TERM_TYPES) and age 1..60, shape (segments, 4, 500, 60).
        mix: share of each term type among the segment's young customers, shape (segments, 4); rows sum to 1.
        pooling: share of the hazard's logit that comes from the pool, shape (segments, 4, 60).
        cells: counts by segment_id (with 'all'), term_type and age_month.
    """

    segments: list[str]
    hazard: Floats
    mix: Floats
    pooling: Floats
    cells: pd.DataFrame

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
        mixed: Floats = np.einsum("t,tda->da", self.mix[s], curves)
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


def hazard_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Check suff_hazard_monthly and sum it over buckets, sorted by key.

    Returns:
        segment_id, term_type, age_month, is_renewal_month, quarter (4 * year + quarter), n_at_risk, n_churn.

    Raises:
        CheckFailed: a column absent, a count negative, infinite or null, more churns than customers at risk.
    """
    require_columns(frame, TABLE, COLUMNS)
    bucket_column(frame, TABLE)
    n = numbers(frame, TABLE, "n_at_risk", minimum=0)
    k = numbers(frame, TABLE, "n_churn", minimum=0)
    for money in ("arr_at_risk_cents", "arr_churned_cents"):
        numbers(frame, TABLE, money, minimum=0)
    refuse_rows(TABLE, "n_churn", k > n, "exceeds n_at_risk")
    quarter = texts(frame, TABLE, "calendar_quarter")
    refuse_rows(
        TABLE,
        "calendar_quarter",
        ~quarter.str.fullmatch(r"\d{4}Q[1-4]").to_numpy(dtype=bool),
        "is not like 2025Q3",
    )
    renewal = texts(frame, TABLE, "is_renewal_month").str.lower()
    refuse_rows(
        TABLE,
        "is_renewal_month",
        ~renewal.isin(["true", "false"]).to_numpy(dtype=bool),
        "is not true or false",
    )
    cells = pd.DataFrame(
        {
            "segment_id": segment_column(frame, TABLE),
            "term_type": texts(frame, TABLE, "term_type", TERM_TYPES),
            "age_month": numbers(frame, TABLE, "age_month", minimum=1).astype(np.int64),
            "is_renewal_month": (renewal == "true").to_numpy(dtype=bool),
            "quarter": [4 * int(text[:4]) + int(text[5]) for text in quarter],
            "n_at_risk": n,
            "n_churn": k,
        }
    )
    cells = cells.groupby(_KEY, sort=True, as_index=False)[["n_at_risk", "n_churn"]].sum()
    return cells[cells["n_at_risk"] > 0].reset_index(drop=True)


@dataclass(frozen=True)
class _Columns:
    """Which effects the data can speak about, and the calendar frame of reference."""

    terms: tuple[str, ...]
    renewal_terms: tuple[str, ...]
    quarter_mean: float
    quarter_last: float

    def shared(self, term: Iterable[str], age: Floats, renewal: Bools, quarter: Floats) -> Floats:
        """Shared design, shape (cells, p)."""
        names = np.asarray(list(term), dtype=object)
        parts = [np.ones(age.size), np.log1p(age) - np.log1p(6.0), (quarter - self.quarter_mean) / 4.0]
        parts += [names == t for t in self.terms[1:]]
        parts += [(names == t) & renewal for t in self.renewal_terms]
        return np.column_stack([*parts, _bands(age)]).astype(np.float64)

    def own(self, term: Iterable[str], age: Floats, renewal: Bools) -> Floats:
        """Design of the segment's deviations, shape (cells, q)."""
        names = np.asarray(list(term), dtype=object)
        parts = [np.ones(age.size), np.log1p(age) - np.log1p(6.0)]
        parts += [names == t for t in self.terms[1:]]
        parts += [renewal & np.isin(names, self.renewal_terms)] if self.renewal_terms else []
        return np.column_stack([*parts, _bands(age)]).astype(np.float64)

    def prior(self, *, pooled: bool) -> Prior:
        """Priors in the order of the columns."""
        n_terms, n_renewal, n_bands = len(self.terms) - 1, len(self.renewal_terms), len(HAZARD_BAND_STARTS)
        sd = [PRIOR_INTERCEPT_SD, PRIOR_EFFECT_SD, 1.0]
        sd += [PRIOR_EFFECT_SD] * n_terms + [PRIOR_RENEWAL_SD] * n_renewal + [1.0] * n_bands
        # The trend's own variance group makes its prior heavy-tailed: a faint trend is noise, a strong one
        # is believed.
        shared_group = ["", "", "trend", *[""] * (n_terms + n_renewal), *["pool_band"] * n_bands]
        own_group = [
            "intercept",
            "slope",
            *["term"] * n_terms,
            *["renewal"] * bool(n_renewal),
            *["band"] * n_bands,
        ]
        if pooled:
            own_group = []
        mean = np.zeros(len(sd))
        mean[0] = PRIOR_CHURN_LOGIT
        used = {*shared_group, *own_group} - {""}
        scale = {name: HYPER_SCALE[name] for name in sorted(used)}
        return Prior(mean, np.array(sd), shared_group, own_group, scale)


def _bands(age: Floats) -> Floats:
    band = np.searchsorted(HAZARD_BAND_STARTS, age, side="right") - 1
    return np.eye(len(HAZARD_BAND_STARTS))[band]


def _columns(cells: pd.DataFrame) -> _Columns:
    n = cells["n_at_risk"].to_numpy(dtype=float)
    seen = {term for term in TERM_TYPES if (cells["term_type"] == term).any()}
    flagged = cells[cells["is_renewal_month"]]
    # Without any renewal month of a term its effect is unknown; its months then count as ordinary ones.
    renewal = tuple(t for t in TERM_TYPES if t != "monthly" and (flagged["term_type"] == t).any())
    # The most frequent term is the reference, so that a company with one term needs no term effect.
    size = {t: float(n[(cells["term_type"] == t).to_numpy()].sum()) for t in TERM_TYPES}
    terms = tuple(sorted(seen, key=lambda t: (-size[t], t))) or (TERM_TYPES[0],)
    quarter = cells["quarter"].to_numpy(dtype=float)
    if n.size == 0:
        return _Columns(terms, renewal, 0.0, 0.0)
    return _Columns(terms, renewal, float(np.average(quarter, weights=n)), float(quarter.max()))


def _renewal_share(cells: pd.DataFrame) -> Floats:
    """Share of customers at risk that meet a renewal in age month 1..60, by term type, shape (4, 60).

    Monthly: none. Annual: every twelfth month (the data's own month of the year, twelfth by default). Multi
    and unknown: as flagged; past the oldest age each observed first renewal repeats at its multiples; multi
        without any flag: 24.
    """
    share = np.zeros((len(TERM_TYPES), HORIZON_MONTHS))
    for t, term in enumerate(TERM_TYPES):
        rows = cells[cells["term_type"] == term]
        top = int(max(HORIZON_MONTHS, rows["age_month"].max() if len(rows) else 0))
        age = rows["age_month"].to_numpy(dtype=int)
        n = rows["n_at_risk"].to_numpy(dtype=float)
        risk = np.bincount(age, weights=n, minlength=top + 1)
        due = np.bincount(age, weights=n * rows["is_renewal_month"].to_numpy(dtype=float), minlength=top + 1)
        if term == "monthly":
            continue
        if term == "annual":
            by_month = np.array([due[m::12].sum() for m in range(12)])
            offset = int(np.argmax(by_month)) if by_month.sum() > 0 else 0
            share[t] = offset == AGES % 12
            continue
        if due.sum() == 0:
            share[t] = (AGES % 24 == 0) if term == "multi" else 0.0
            continue
        known = np.divide(due, risk, out=np.zeros_like(due), where=risk > 0)
        firsts = [a for a in range(1, top + 1) if known[a] > 0]
        firsts = [a for a in firsts if not any(a % b == 0 for b in firsts if b < a)]
        oldest = int(age.max())
        for a in AGES:
            repeat = sum(known[f] for f in firsts if a % f == 0)
            share[t, a - 1] = known[a] if a <= oldest and risk[a] >= 5 else min(1.0, repeat)
    return share


def _mix(cells: pd.DataFrame, segments: list[str]) -> Floats:
    """Share of each term type among customers in their first half year, shrunk to the pool by ten
    customer-months.
    """
    young = cells[cells["age_month"] <= 6]
    if young.empty:
        young = cells

    def by_term(rows: pd.DataFrame) -> Floats:
        return np.array([rows.loc[rows["term_type"] == t, "n_at_risk"].sum() for t in TERM_TYPES], dtype=np.float64)

    pool = by_term(young)
    pool = pool / pool.sum() if pool.sum() > 0 else np.full(len(TERM_TYPES), 1.0 / len(TERM_TYPES))
    out = [pool if s == POOLED else by_term(young[young["segment_id"] == s]) + 10.0 * pool for s in segments]
    return np.array([row / row.sum() for row in out])


def _fit(cells: pd.DataFrame, columns: _Columns, segments: list[str], *, pooled: bool) -> Posterior:
    term = cells["term_type"].tolist()
    age = cells["age_month"].to_numpy(dtype=float)
    renewal = cells["is_renewal_month"].to_numpy(dtype=bool)
    shared = columns.shared(term, age, renewal, cells["quarter"].to_numpy(dtype=float))
    own = np.zeros((len(cells), 0)) if pooled else columns.own(term, age, renewal)
    index = {s: i for i, s in enumerate(segments)}
    segment = np.array([0 if pooled else index[s] for s in cells["segment_id"]], dtype=np.int64)
    n, k = cells["n_at_risk"].to_numpy(dtype=float), cells["n_churn"].to_numpy(dtype=float)
    return fit_hierarchy(Design(n, k, shared, own, segment, len(segments)), columns.prior(pooled=pooled))


def _predict(columns: _Columns, renewal_share: Floats, mix: Floats, b: Floats, u: Floats | None) -> Floats:
    """Hazard draws of one segment by term and age, shape (4, 500, 60); renewal and ordinary months mixed by
    share.

    A term type that was never seen borrows: multi-year the annual hazard with its own renewal months, any
    other (and multi-year without annual) the segment's mix of the seen ones.
    """
    ahead = np.ceil(AGES / 3.0)
    quarter = columns.quarter_last + TREND_DAMPING * (1.0 - TREND_DAMPING**ahead) / (1.0 - TREND_DAMPING)
    out = np.empty((len(TERM_TYPES), N_DRAWS, HORIZON_MONTHS))
    borrowed = []
    for t, term in enumerate(TERM_TYPES):
        source = "annual" if term == "multi" and term not in columns.terms else term
        if source not in columns.terms:
            borrowed.append(t)
            continue
        names = [source] * HORIZON_MONTHS
        by_kind = []
        for renewal in (np.zeros(HORIZON_MONTHS, dtype=bool), np.ones(HORIZON_MONTHS, dtype=bool)):
            eta = b @ columns.shared(names, AGES.astype(float), renewal, quarter).T
            if u is not None:
                eta = eta + u @ columns.own(names, AGES.astype(float), renewal).T
            by_kind.append(expit(eta))
        out[t] = by_kind[0] * (1.0 - renewal_share[t]) + by_kind[1] * renewal_share[t]
    seen = [TERM_TYPES.index(term) for term in columns.terms]
    if borrowed:
        weight = mix[seen] / mix[seen].sum()
        curve = np.einsum("t,tda->da", weight, np.cumprod(1.0 - out[seen], axis=2))
        before = np.column_stack([np.ones(N_DRAWS), curve[:, :-1]])
        out[borrowed] = 1.0 - np.divide(curve, before, out=np.ones_like(curve), where=before > 0)
    return out


def _pooling(columns: _Columns, renewal_share: Floats, posterior: Posterior, s: int) -> Floats:
    """Posterior over prior variance of the segment's deviation, by term and age, shape (4, 60)."""
    out = np.empty((len(TERM_TYPES), HORIZON_MONTHS))
    for t, term in enumerate(TERM_TYPES):
        own = columns.own([term] * HORIZON_MONTHS, AGES.astype(float), renewal_share[t] >= 0.5)
        prior = own**2 @ posterior.own_var
        out[t] = np.einsum("ai,ij,aj->a", own, posterior.own_cov[s], own) / prior
    return np.clip(out, 0.0, 1.0)


def fit_hazard(frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = ()) -> HazardPosterior:
    """Fit the hazard of every segment in `frame` and in `segments` (those without data get the pooled prior).

    The pool 'all' has its own fit on the summed cells, without deviations. An empty frame gives the prior
    alone.

    Raises:
        CheckFailed: see `hazard_cells`.
    """
    cells = hazard_cells(frame)
    names = in_order([*segments, *cells["segment_id"]])
    named = names[:-1]
    columns = _columns(cells)
    renewal_share = _renewal_share(cells)
    hazard = np.empty((len(names), len(TERM_TYPES), N_DRAWS, HORIZON_MONTHS))
    pooling = np.zeros((len(names), len(TERM_TYPES), HORIZON_MONTHS))

    total = cells.groupby(_KEY[1:], sort=True, as_index=False)[["n_at_risk", "n_churn"]].sum()
    total.insert(0, "segment_id", POOLED)
    pool = _fit(total, columns, [POOLED], pooled=True)
    b_pool, _ = pool.draw(stream(seed, "hazard_shared", POOLED), lambda _: stream(seed, "hazard", POOLED))
    mix = _mix(cells, names)
    hazard[-1] = _predict(columns, renewal_share, mix[-1], b_pool, None)
    if named:
        posterior = _fit(cells, columns, named, pooled=False)
        b, u = posterior.draw(stream(seed, "hazard_shared", POOLED), lambda s: stream(seed, "hazard", named[s]))
        for s in range(len(named)):
            hazard[s] = _predict(columns, renewal_share, mix[s], b, u[s])
            pooling[s] = _pooling(columns, renewal_share, posterior, s)
    by = ["segment_id", "term_type", "age_month"]
    counts = pd.concat([cells, total]).groupby(by, sort=True, as_index=False)[["n_at_risk", "n_churn"]].sum()
    return HazardPosterior(names, hazard, mix, pooling, counts)


def hazard_table(posterior: HazardPosterior) -> pd.DataFrame:
    """One row per segment, term type (with 'all') and age month 1..60: hazard per month, survival, evidence.

    `pooling_weight` is 1 where the pool decides and 0 where the segment's own data do (always 0 for the pool
    itself); `is_extrapolated` is true past the oldest age at which the segment and term was observed.
    """
    parts = []
    for s, segment in enumerate(posterior.segments):
        for term in (*TERM_TYPES, ALL_TERMS):
            survival = posterior.survival_draws(segment, term)
            before = np.column_stack([np.ones(N_DRAWS), survival[:, :-1]])
            hazard = 1.0 - np.divide(survival, before, out=np.ones_like(survival), where=before > 0)
            n, k = posterior.counts(segment, term)
            oldest = int(AGES[n > 0].max()) if (n > 0).any() else 0
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
                        "n_at_risk": n.astype(np.int64),
                        "n_churn": k.astype(np.int64),
                        "pooling_weight": pooling,
                        "is_extrapolated": oldest < AGES,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
