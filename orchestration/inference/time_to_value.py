"""Time to value by segment: weekly hazards of reaching value and of leaving first, and the shares they add up to.

    reached by week w = sum over v <= w of S(v - 1) r(v),    S(v) = S(v - 1) (1 - r(v) - (1 - r(v)) l(v))

r and l are hierarchical discrete-time logits on aggregated cells: level, slope on log week and a random walk over the
weeks, each with a partially pooled deviation of the segment; leaving has a deviation of the level only. Leaving is a
competing end and no censoring: whoever left first never reached value (cumulative incidence, Aalen and Johansen
1978). Within a week the arrival is asked first. Nobody is watched longer than 52 weeks, so "never" means "not within
52 weeks": an upper bound of the share that would not arrive in any time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.inference.comparison import probability_better
from orchestration.inference.constants import (
    N_DRAWS,
    POOLED,
    PRIOR_EFFECT_SD,
    PRIOR_INTERCEPT_SD,
    PRIOR_LEAVE_LOGIT,
    PRIOR_REACH_LOGIT,
    TTV_HYPER_SCALE,
    TTV_LEAST_FOLLOWED,
    TTV_MOST_WAITING,
    TTV_STEP_WEEKS,
    TTV_WEEKS,
    model_version,
)
from orchestration.inference.evidence import PRIOR, fallback_level
from orchestration.inference.frames import (
    Floats,
    bucket_column,
    in_order,
    numbers,
    pooled_sums,
    refuse_rows,
    require_columns,
    segment_column,
)
from orchestration.inference.hierarchy import Design, Posterior, Prior, expit, fit_hierarchy
from orchestration.inference.streams import stream
from orchestration.inference.survival import alive_months

TABLE = "suff_ttv_weekly"
COLUMNS = ("segment_id", "week_since_close", "bucket", "n_at_risk", "n_reached")
WEEKS = np.arange(1, TTV_WEEKS + 1)
# Share of a segment's customers whose week of arrival is published as a quantile.
QUANTILES = (0.25, 0.5, 0.75)
_COUNTS = ["n_at_risk", "n_reached", "n_left"]


@dataclass(frozen=True)
class TimeToValuePosterior:
    """Draws of both weekly hazards and what they rest on.

    Attributes:
        segments: segment ids, the pool 'all' last.
        reach, leave: hazard per week 1..52, shape (segments, 500, 52).
        counts: customers at risk, arrivals and departures by week, shape (segments, 3, 52).
    """

    segments: list[str]
    reach: Floats
    leave: Floats
    counts: Floats

    @property
    def supported_week(self) -> int:
        """Last week to which enough customers of the company were followed, arrived or not; 0 for none.

        Arrivals empty the weeks at risk and take nothing from what is known of later weeks, the end of watching does:
        customers of week 1 times the share not lost to it so far (the product-limit estimate of censoring).
        """
        at_risk, reached, left = self.counts[-1]
        followed = 0.0
        for week in range(TTV_WEEKS):
            stay = at_risk[week - 1] - reached[week - 1] - left[week - 1] if week else 0.0
            followed = max(followed * at_risk[week] / stay if stay > 0 else followed, at_risk[week])
            if followed < TTV_LEAST_FOLLOWED:
                return week
        return TTV_WEEKS

    def shares(self, segment_id: str) -> tuple[Floats, Floats]:
        """Draws of the share that reached value, and that left first, by the end of week 0..52, each (500, 53)."""
        s = self.segments.index(segment_id)
        reach, leave = self.reach[s], self.leave[s]
        waiting = np.cumprod((1.0 - reach) * (1.0 - leave), axis=1)
        before = alive_months(waiting)
        zero = np.zeros(N_DRAWS)
        reached = np.column_stack([zero, np.cumsum(before * reach, axis=1)])
        left = np.column_stack([zero, np.cumsum(before * (1.0 - reach) * leave, axis=1)])
        return reached, left

    def last_week(self, segment_id: str) -> int:
        """Last week that can be spoken of: the supported one, or 52 where hardly anybody is still waiting by then; -1
        when not even the start is supported.
        """
        week = self.supported_week
        if week == 0:
            return -1
        reached, left = self.shares(segment_id)
        waiting = 1.0 - float((reached + left)[:, week].mean())
        return TTV_WEEKS if waiting <= TTV_MOST_WAITING else week

    def evidence(self, segment_id: str, week: int) -> tuple[int, int, str]:
        """Customer-weeks at risk and arrivals up to `week`, and how much they let the segment speak for itself."""
        own = self.counts[self.segments.index(segment_id), :2, :week].sum(axis=1)
        company = float(self.counts[-1, 0, :week].sum())
        level = PRIOR if self.last_week(segment_id) < 0 else fallback_level(own[0], own[1], company)
        return int(own[0]), int(own[1]), level


def ttv_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Check suff_ttv_weekly and sum it over buckets: segment_id, week_since_close and the three counts, sorted.

    A table without n_left is that of a company none of whose customers left before value.

    Raises:
        CheckFailed: a column absent, a week outside 1 to 52, a count negative, infinite or null, more events than
            customers at risk.
    """
    require_columns(frame, TABLE, COLUMNS)
    bucket_column(frame, TABLE)
    week = numbers(frame, TABLE, "week_since_close", minimum=1)
    refuse_rows(TABLE, "week_since_close", (week > TTV_WEEKS) | (week != np.floor(week)), f"is not in 1 to {TTV_WEEKS}")
    n = numbers(frame, TABLE, "n_at_risk", minimum=0)
    k = numbers(frame, TABLE, "n_reached", minimum=0)
    left = numbers(frame, TABLE, "n_left", minimum=0) if "n_left" in frame.columns else np.zeros(len(frame))
    refuse_rows(TABLE, "n_reached", k + left > n, "and n_left together exceed n_at_risk")
    cells = pd.DataFrame(
        {
            "segment_id": segment_column(frame, TABLE),
            "week_since_close": week.astype(np.int64),
            "n_at_risk": n,
            "n_reached": k,
            "n_left": left,
        }
    )
    cells = cells.groupby(["segment_id", "week_since_close"], sort=True, as_index=False)[_COUNTS].sum()
    return cells[cells["n_at_risk"] > 0].reset_index(drop=True)


def _design(week: Floats) -> Floats:
    """Level, slope and steps, shape (cells, 2 + steps): what a step adds holds in every later week."""
    slope = np.log1p(week) - np.log1p(6.0)
    steps = week[:, None] >= np.array(TTV_STEP_WEEKS, dtype=np.float64)[None, :]
    return np.column_stack([np.ones(week.size), slope, steps]).astype(np.float64)


def _prior(level: float, own_group: list[str]) -> Prior:
    n_steps = len(TTV_STEP_WEEKS)
    mean = np.zeros(2 + n_steps)
    mean[0] = level
    sd = np.array([PRIOR_INTERCEPT_SD, PRIOR_EFFECT_SD, *[1.0] * n_steps])
    shared_group = ["", "", *["pool_step"] * n_steps]
    used = sorted({*shared_group, *own_group} - {""})
    return Prior(mean, sd, shared_group, own_group, {name: TTV_HYPER_SCALE[name] for name in used})


def _hazard_draws(
    cells: pd.DataFrame, events: Floats, exposure: Floats, names: list[str], level: float, quantity: str, seed: int
) -> Floats:
    """Draws of one weekly hazard for every segment and, last, the pool, shape (segments, 500, 52)."""
    week = cells["week_since_close"].to_numpy(dtype=float)
    shared, ahead = _design(week), _design(WEEKS.astype(float))
    # departures are few: only how often, not when, is a matter of the segment
    n_own = shared.shape[1] if quantity == "ttv_reach" else 1
    own_group = ["intercept", "slope", *["step"] * len(TTV_STEP_WEEKS)][:n_own]
    out = np.empty((len(names), N_DRAWS, TTV_WEEKS))

    def fit(segment: np.ndarray, n_segments: int, columns: int, group: list[str]) -> Posterior:
        design = Design(exposure, events, shared, shared[:, :columns], segment, n_segments)
        return fit_hierarchy(design, _prior(level, group))

    pool = fit(np.zeros(len(cells), dtype=np.int64), 1, 0, [])
    b, _ = pool.draw(stream(seed, f"{quantity}_shared", POOLED), lambda _: stream(seed, quantity, POOLED))
    out[-1] = expit(b @ ahead.T)
    named = names[:-1]
    if named:
        index = {name: i for i, name in enumerate(named)}
        segment = np.array([index[name] for name in cells["segment_id"]], dtype=np.int64)
        posterior = fit(segment, len(named), n_own, own_group)
        b, u = posterior.draw(stream(seed, f"{quantity}_shared", POOLED), lambda s: stream(seed, quantity, named[s]))
        for s in range(len(named)):
            out[s] = expit(b @ ahead.T + u[s] @ ahead[:, :n_own].T)
    return out


def fit_time_to_value(frame: pd.DataFrame, *, seed: int, segments: Iterable[str] = ()) -> TimeToValuePosterior:
    """Fit both hazards of every segment in `frame` and in `segments` (those without data get the pooled prior).

    The pool 'all' has a fit of its own, without deviations.

    Raises:
        CheckFailed: see `ttv_cells`.
    """
    cells = ttv_cells(frame)
    names = in_order([*segments, *cells["segment_id"]])
    n, reached, left = (cells[name].to_numpy(dtype=float) for name in _COUNTS)
    at = cells["week_since_close"].to_numpy(dtype=int) - 1
    home = np.array([names.index(name) for name in cells["segment_id"]], dtype=np.int64)
    shape = (len(names), TTV_WEEKS)
    counts = np.stack([pooled_sums((home, at), values, shape) for values in (n, reached, left)], axis=1)
    return TimeToValuePosterior(
        names,
        _hazard_draws(cells, reached, n, names, PRIOR_REACH_LOGIT, "ttv_reach", seed),
        _hazard_draws(cells, left, n - reached, names, PRIOR_LEAVE_LOGIT, "ttv_leave", seed),
        counts,
    )


def time_to_value_table(posterior: TimeToValuePosterior) -> pd.DataFrame:
    """One row per segment and week 0..52: share that reached value by the end of the week, with a 90 % interval.

    `reached_p_better` is the probability that the share is higher than the whole company's (NaN for it).
    Weeks past the last one that can be spoken of hold NaN; `is_extrapolated` marks weeks to which fewer customers
    of the company were followed than the model asks for. `n_observed` (customer-weeks) and `n_events` (arrivals) count
    up to the week, `n_at_risk` and the other two within it.
    """
    parts = []
    week = np.arange(TTV_WEEKS + 1)
    company = posterior.shares(POOLED)[0]
    for s, segment in enumerate(posterior.segments):
        reached, left = posterior.shares(segment)
        better = probability_better(company if segment == POOLED else reached, company, "higher")
        unknown = week > posterior.last_week(segment)
        low, mid, high = np.quantile(reached, [0.05, 0.5, 0.95], axis=0)
        evidence = [posterior.evidence(segment, max(int(w), 1)) for w in week]
        parts.append(
            pd.DataFrame(
                {
                    "segment_id": segment,
                    "week_since_close": week,
                    "reached_mean": np.where(unknown, np.nan, reached.mean(axis=0)),
                    "reached_p05": np.where(unknown, np.nan, low),
                    "reached_p50": np.where(unknown, np.nan, mid),
                    "reached_p95": np.where(unknown, np.nan, high),
                    # in week 0 nobody has arrived anywhere
                    "reached_p_better": np.where(unknown | (week == 0), np.nan, better),
                    "left_first_mean": np.where(unknown, np.nan, left.mean(axis=0)),
                    **{name: np.append(0, posterior.counts[s, i]).astype(np.int64) for i, name in enumerate(_COUNTS)},
                    "n_observed": [row[0] for row in evidence],
                    "n_events": [row[1] for row in evidence],
                    "fallback_level": [row[2] for row in evidence],
                    "is_extrapolated": week > posterior.supported_week,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _weeks_to(reached: Floats, share: float) -> Floats:
    """Week at which each draw's curve passes `share`, linear within the week, infinite when it never does; (500,)."""
    after = np.argmax(reached >= share, axis=1)
    row = np.arange(len(reached))
    low, high = reached[row, after - 1], reached[row, after]
    with np.errstate(divide="ignore", invalid="ignore"):
        week = after - 1 + (share - low) / (high - low)
    out: Floats = np.where(reached[:, -1] >= share, week, np.inf)
    return out


def time_to_value_kpi(posterior: TimeToValuePosterior) -> pd.DataFrame:
    """One row per segment and metric: shares by week 26 and 52, the share that never arrives, weeks until a quarter,
    half and three quarters have.

    `share_never` is the share without value after 52 weeks, `share_left_first` that part of it which left. Weeks to a
    share have no mean; a quantile is NaN where the share is not reached within the weeks that can be spoken of.
    """
    rows: list[dict[str, object]] = []
    for segment in posterior.segments:
        last = posterior.last_week(segment)
        reached, left = posterior.shares(segment)

        def add(metric: str, unit: str, draws: Floats, week: int, *, is_known: bool) -> None:
            n_observed, n_events, level = posterior.evidence(segment, week)  # noqa: B023
            with np.errstate(invalid="ignore"):
                low, mid, high = np.quantile(draws, [0.05, 0.5, 0.95], method="inverted_cdf")
                mean = float(draws.mean())
            found = np.array([mean, low, mid, high]) if is_known else np.full(4, np.nan)
            found[~np.isfinite(found)] = np.nan
            row: dict[str, object] = {"segment_id": segment, "metric": metric, "unit": unit}  # noqa: B023
            row |= dict(zip(("mean", "p05", "p50", "p95"), found.tolist(), strict=True))
            rows.append({**row, "n_observed": n_observed, "n_events": n_events, "fallback_level": level})

        for week in (26, TTV_WEEKS):
            add(f"p_reached_{week}w", "share", reached[:, week], week, is_known=last >= week)
        is_whole = last >= TTV_WEEKS
        add("share_never", "share", 1.0 - reached[:, -1], TTV_WEEKS, is_known=is_whole)
        add("share_left_first", "share", left[:, -1], TTV_WEEKS, is_known=is_whole)
        for share in QUANTILES:
            weeks = _weeks_to(reached[:, : max(last, 1) + 1], share)
            mid = float(np.quantile(weeks, 0.5, method="inverted_cdf"))
            # the mean of weeks of which some are never is none
            add(f"weeks_to_{share:.0%}".rstrip("%") + "pct", "weeks", weeks, TTV_WEEKS, is_known=last > 0 and mid < 99)
            rows[-1]["mean"] = np.nan
    return pd.DataFrame(rows)


def fit_ttv(frame: pd.DataFrame, *, as_of: date, seed: int, segments: Iterable[str] = ()) -> dict[str, pd.DataFrame]:
    """Fit suff_ttv_weekly: tables `time_to_value` and `time_to_value_kpi`, each with model_version and as_of_date.

    Raises:
        CheckFailed: see `ttv_cells`.
    """
    posterior = fit_time_to_value(frame, seed=seed, segments=segments)
    tables = {"time_to_value": time_to_value_table(posterior), "time_to_value_kpi": time_to_value_kpi(posterior)}
    version = model_version(seed)
    return {name: table.assign(model_version=version, as_of_date=as_of) for name, table in tables.items()}
