"""What the hazard is fitted on: checked cells of suff_hazard_monthly, the effects they can speak about, renewals.

Belongs here: reading and checking the table, the columns of the design, renewal months, life-table years for the
tail. The model itself stands in `hazard`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.inference.constants import (
    HAZARD_BAND_STARTS,
    HAZARD_FINE_STARTS,
    HORIZON_MONTHS,
    HYPER_SCALE,
    PRIOR_CHURN_LOGIT,
    PRIOR_EFFECT_SD,
    PRIOR_INTERCEPT_SD,
    PRIOR_RENEWAL_SD,
    PRIOR_SLOPE_SD,
    TERM_TYPES,
)
from orchestration.inference.frames import (
    Bools,
    Floats,
    bucket_column,
    numbers,
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.hierarchy import Prior
from orchestration.inference.tail import Years

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
KEY = ["segment_id", "term_type", "age_month", "is_renewal_month", "quarter"]
# Column of the calendar trend in the shared design.
TREND = 2


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
            "quarter": 4 * quarter.str.slice(0, 4).astype(np.int64) + quarter.str.slice(5, 6).astype(np.int64),
            "n_at_risk": n,
            "n_churn": k,
        }
    )
    cells = cells.groupby(KEY, sort=True, as_index=False)[["n_at_risk", "n_churn"]].sum()
    return cells[cells["n_at_risk"] > 0].reset_index(drop=True)


@dataclass(frozen=True)
class Columns:
    """Which effects the data can speak about, and the calendar frame of reference.

    Attributes:
        terms: term types seen, the most frequent first; it is the reference, so one term needs no term effect.
        renewal_terms: those with months that renew, by flag or as anniversaries (`with_anniversaries`).
        contract_terms: those of them whose segments may differ in how strongly a renewal shows.
        quarter_mean, quarter_last: mean (by customers at risk) and last observed quarter.
    """

    terms: tuple[str, ...]
    renewal_terms: tuple[str, ...]
    contract_terms: tuple[str, ...]
    quarter_mean: float
    quarter_last: float

    @property
    def year_last(self) -> float:
        """Years from the mean quarter, where the trend is zero, to the last observed one."""
        return (self.quarter_last - self.quarter_mean) / 4.0

    def shared(self, term: Iterable[str], age: Floats, renewal: Bools, quarter: Floats, *, fine: bool = True) -> Floats:
        """Shared design, shape (cells, p); without `fine` the effects of single months are left out."""
        names = np.asarray(list(term), dtype=object)
        slope = np.log1p(age) - np.log1p(6.0)
        parts = [np.ones(age.size), slope, (quarter - self.quarter_mean) / 4.0]
        parts += [names == t for t in self.terms[1:]]
        parts += [(names == t) * slope for t in self.terms[1:]]
        parts += [(names == t) & renewal for t in self.renewal_terms]
        parts += [(names == t) * renewal * (np.log(age) - np.log(12.0)) for t in self.renewal_terms]
        band, single = _indicator(HAZARD_BAND_STARTS, age), _indicator(HAZARD_FINE_STARTS, age) * float(fine)
        by_term = [band * (names == t)[:, None] for t in self.terms[1:]]
        return np.column_stack([*parts, band, *by_term, single]).astype(np.float64)

    def own(self, term: Iterable[str], age: Floats, renewal: Bools, *, fine: bool = True) -> Floats:
        """Design of the segment's deviations, shape (cells, q)."""
        names = np.asarray(list(term), dtype=object)
        slope = np.log1p(age) - np.log1p(6.0)
        parts = [np.ones(age.size), slope]
        parts += [names == t for t in self.terms[1:]]
        parts += [(names == t) * slope for t in self.terms[1:]]
        parts += [renewal & (names == t) for t in self.contract_terms]
        bands = [_indicator(HAZARD_BAND_STARTS, age), _indicator(HAZARD_FINE_STARTS, age) * float(fine)]
        return np.column_stack([*parts, *bands]).astype(np.float64)

    def prior(self, *, pooled: bool) -> Prior:
        """Priors in the order of the columns."""
        n_terms, n_renewal, n_bands = len(self.terms) - 1, len(self.renewal_terms), len(HAZARD_BAND_STARTS)
        n_fine = len(HAZARD_FINE_STARTS)
        sd = [PRIOR_INTERCEPT_SD, PRIOR_EFFECT_SD, 1.0]
        sd += [PRIOR_EFFECT_SD] * n_terms + [PRIOR_SLOPE_SD] * n_terms
        sd += [PRIOR_RENEWAL_SD] * n_renewal + [PRIOR_SLOPE_SD] * n_renewal
        # The trend's own variance group makes its prior heavy-tailed: a faint trend is noise, a strong one
        # is believed.
        shared_group = ["", "", "trend", *[""] * (2 * n_terms + 2 * n_renewal)]
        shared_group += ["pool_band"] * n_bands + ["term_band"] * (n_bands * n_terms) + ["pool_fine"] * n_fine
        sd += [1.0] * (n_bands * (1 + n_terms) + n_fine)
        own_group = [
            "intercept",
            "slope",
            *["term"] * n_terms,
            *["term_slope"] * n_terms,
            *["renewal"] * len(self.contract_terms),
            *["band"] * n_bands,
            *["fine"] * n_fine,
        ]
        if pooled:
            own_group = []
        mean = np.zeros(len(sd))
        mean[0] = PRIOR_CHURN_LOGIT
        used = {*shared_group, *own_group} - {""}
        scale = {name: HYPER_SCALE[name] for name in sorted(used)}
        return Prior(mean, np.array(sd), shared_group, own_group, scale)


def _indicator(starts: tuple[int, ...], age: Floats) -> Floats:
    """Indicator of the age band, shape (cells, bands)."""
    return np.eye(len(starts))[np.searchsorted(starts, age, side="right") - 1]


def with_anniversaries(cells: pd.DataFrame) -> pd.DataFrame:
    """Let a term type without any flagged renewal renew at its anniversaries.

    Customers whose term is unknown do have contracts, and prices of monthly ones change after a year; a smooth curve
    would pass under both. Where nothing happens at anniversaries their effect is near zero.
    """
    flagged = set(cells.loc[cells["is_renewal_month"], "term_type"])
    due = ~cells["term_type"].isin(flagged) & (cells["age_month"] % 12 == 0)
    out = cells.assign(is_renewal_month=cells["is_renewal_month"] | due)
    return out.sort_values(KEY, ignore_index=True)


def columns_of(cells: pd.DataFrame) -> Columns:
    """Choose the effects that the checked cells (`with_anniversaries`) can speak about."""
    n = cells["n_at_risk"].to_numpy(dtype=float)
    seen = {term for term in TERM_TYPES if (cells["term_type"] == term).any()}
    flagged = cells[cells["is_renewal_month"]]
    # Without any renewal month of a term its effect is unknown; its months then count as ordinary ones.
    renewal = tuple(t for t in TERM_TYPES if (flagged["term_type"] == t).any())
    contract = tuple(t for t in renewal if t != "monthly")
    size = {t: float(n[(cells["term_type"] == t).to_numpy()].sum()) for t in TERM_TYPES}
    terms = tuple(sorted(seen, key=lambda t: (-size[t], t))) or (TERM_TYPES[0],)
    quarter = cells["quarter"].to_numpy(dtype=float)
    if n.size == 0:
        return Columns(terms, renewal, contract, 0.0, 0.0)
    return Columns(terms, renewal, contract, float(np.average(quarter, weights=n)), float(quarter.max()))


def renewal_share_of(cells: pd.DataFrame) -> Floats:
    """Share of customers at risk that meet a renewal in age month 1..60, by term type, shape (4, 60).

    Annual: every twelfth month (the data's own month of the year, twelfth by default). The others: as the cells say
    (`with_anniversaries`); past the oldest age each observed first renewal repeats at its multiples; multi without any
    renewal month yet: 24.
    """
    share = np.zeros((len(TERM_TYPES), HORIZON_MONTHS))
    for t, term in enumerate(TERM_TYPES):
        rows = cells[cells["term_type"] == term]
        top = int(max(HORIZON_MONTHS, rows["age_month"].max() if len(rows) else 0))
        age = rows["age_month"].to_numpy(dtype=int)
        n = rows["n_at_risk"].to_numpy(dtype=float)
        risk = np.bincount(age, weights=n, minlength=top + 1)
        due = np.bincount(age, weights=n * rows["is_renewal_month"].to_numpy(dtype=float), minlength=top + 1)
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


def life_table_years(cells: pd.DataFrame, term: str) -> Years:
    """Yearly life table of one term type: customers at risk and lost in each year of age seen from end to end.

    The hazard of a year is that of the product-limit estimate over its months. Customers come and go within the year,
    so the number at risk is the one that gives Greenwood's variance of it (Greenwood 1926).
    """
    rows = cells[cells["term_type"] == term]
    top = int(rows["age_month"].max()) if len(rows) else 0
    age = rows["age_month"].to_numpy(dtype=int)
    n = np.bincount(age, weights=rows["n_at_risk"].to_numpy(dtype=float), minlength=top + 1)[1:]
    k = np.bincount(age, weights=rows["n_churn"].to_numpy(dtype=float), minlength=top + 1)[1:]
    at_risk, lost = [], []
    for first in range(0, top - 11, 12):
        year_n, year_k = n[first : first + 12], k[first : first + 12]
        # A month with nobody at risk, or from which nobody returned, ends the table.
        if (year_n <= 0).any() or (year_n <= year_k).any():
            break
        stay = float(np.prod(1.0 - year_k / year_n))
        spread = float(np.sum(year_k / (year_n * (year_n - year_k))))
        at_risk.append((1.0 - stay) / (stay * spread) if spread > 0 else float(year_n.min()))
        lost.append(at_risk[-1] * (1.0 - stay))
    return Years(np.array(at_risk, dtype=np.float64), np.array(lost, dtype=np.float64))
