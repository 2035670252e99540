"""Rolling origins: what would have been forecast on each past quarter start, beside what came and beside baselines.

At each origin every model is fitted again from what had happened before it; the segments are those that could be
learned by then. Forecasts are scored over 3, 6 and 12 months, only where those months are complete. Windows of twelve
months from quarterly origins overlap: one churn is then an event of up to four origins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from orchestration.inference import backtest_baselines as base
from orchestration.inference import backtest_metrics as measure
from orchestration.inference.backtest_deal import deal_interval_rows
from orchestration.inference.backtest_forecast import HORIZONS, Cells, Forecaster
from orchestration.inference.backtest_rows import (
    EXISTING,
    NEW,
    WIN_HORIZON,
    BacktestTables,
    checked_customers,
    checked_weeks,
    complete_before,
    deals_decided_before,
    deals_open_at,
    month_index,
    month_start,
    quarter_of,
    watched_from,
)
from orchestration.inference.constants import POOLED, model_version
from orchestration.inference.frames import Floats
from orchestration.inference.hierarchy import expit
from orchestration.inference.posteriors import fit_life
from orchestration.inference.segment_data import FEATURES
from orchestration.inference.streams import stream
from orchestration.inference.win import fit_win_model, score_win, win_shift_draws
from orchestration.inference.win_terms import FEATURES as WIN_FEATURES

OURS = "ours"
COLUMNS = (
    "origin_on",
    "horizon_months",
    "quantity",
    "segment_id",
    "model",
    "metric",
    "value",
    "noise_floor",
    "n_observed",
    "n_events",
    "is_judged",
)
_ONE_SEGMENT = "unassigned"
# Fewer customers, deals or months at risk than this say nothing about a forecast.
_LEAST_ROWS = 20


@dataclass
class Forecast:
    """One quantity over one horizon from one origin: forecasts and outcomes by row.

    Attributes:
        is_share: events out of trials; else an amount per 1 of a base.
        top, bottom: events and trials, or amount and base, by row.
        by_model: forecast of top / bottom by row.
        draws: by segment (with 'all') draws of the segment's whole, shape (500,).
        noise: by segment, sd of one row's amount per 1 of base; amounts only.
    """

    quantity: str
    horizon: int
    is_share: bool
    segment: np.ndarray
    top: Floats
    bottom: Floats
    by_model: dict[str, Floats] = field(default_factory=dict)
    draws: dict[str, Floats] = field(default_factory=dict)
    noise: dict[str, float] = field(default_factory=dict)

    def add(self, model: str, values: Floats | float | None) -> None:
        """Add a baseline; None, or one that is not known for all rows, is left out."""
        if values is None:
            return
        full = np.broadcast_to(np.asarray(values, dtype=np.float64), self.top.shape)
        if np.isfinite(full).all():
            self.by_model[model] = full.copy()


@dataclass
class _Origin:
    """One origin: its month, the posteriors fitted there, and its part of each table."""

    month: int
    last_known: int
    seed: int
    life: Forecaster
    hazard: pd.DataFrame
    customers: pd.DataFrame
    _draws: dict[str, tuple[Cells, pd.MultiIndex]] = field(default_factory=dict)

    @property
    def taught(self) -> pd.DataFrame:
        """Hazard cells of the quarters before the origin."""
        return self.hazard[self.hazard["quarter"] < quarter_of(self.month)]

    def draws(self, cohort: str) -> tuple[Cells, pd.MultiIndex]:
        """Draws of every cell of a cohort, and the key of each cell; computed once."""
        if cohort not in self._draws:
            rows = watched_from(self.customers, self.month, min(HORIZONS), cohort)
            keys = _cell_keys(rows)
            segment, term, age = (keys.get_level_values(i) for i in range(3))
            cells = self.life.cells(segment.tolist(), term.tolist(), age.to_numpy(dtype=np.int64), is_new=cohort == NEW)
            self._draws[cohort] = (cells, keys)
        return self._draws[cohort]


_CELL = ["segment_id", "term_type", "age_month"]


def _cell_keys(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[_CELL].drop_duplicates().sort_values(_CELL))


def _shares(rows: pd.DataFrame, weight: Floats, cell: np.ndarray, n_cells: int) -> dict[str, Floats]:
    """By segment (with 'all'), the weight of its rows in each cell."""
    return {
        name: np.bincount(cell[at], weights=weight[at], minlength=n_cells).astype(np.float64)
        for name, at in _by_segment(rows["segment_id"].to_numpy(dtype=object))
    }


def _by_segment(segments: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for name in [*sorted(set(segments) - {POOLED}), POOLED]:
        yield name, np.ones(segments.size, dtype=bool) if name == POOLED else segments == name


def _monthly(origin: _Origin, horizon: int) -> Forecast | None:
    """Churn of every month at risk in the horizon, whoever was at risk in it, by cell."""
    first = quarter_of(origin.month)
    quarter = origin.hazard["quarter"]
    rows = origin.hazard[(quarter >= first) & (quarter < first + horizon // 3)].reset_index(drop=True)
    if rows["n_at_risk"].sum() < _LEAST_ROWS:
        return None
    trials = rows["n_at_risk"].to_numpy(dtype=np.float64)
    keys = _cell_keys(rows)
    cell = keys.get_indexer(pd.MultiIndex.from_frame(rows[_CELL]))
    segment, term, age = (keys.get_level_values(i) for i in range(3))
    chance = origin.life.next_month(segment.tolist(), term.tolist(), age.to_numpy(dtype=np.int64))
    weights = _shares(rows, trials, cell, len(keys))
    out = Forecast(
        "churn_monthly",
        horizon,
        True,
        rows["segment_id"].to_numpy(dtype=object),
        rows["n_churn"].to_numpy(dtype=np.float64),
        trials,
    )
    out.by_model[OURS] = chance.mean(axis=0)[cell]
    out.draws = {name: chance @ part / part.sum() for name, part in weights.items()}
    rate, by_band = base.monthly_rates(origin.taught)
    out.add(base.BASE_RATE, rate)
    out.add(base.BY_AGE, by_band[base.age_band(rows["age_month"].to_numpy(dtype=np.float64))])
    return out


def _behaviour(origin: _Origin, event: str, cohort: str, horizon: int) -> Forecast | None:
    """Customers that left (`churned`) or grew (`expanded`) within the horizon."""
    rows = watched_from(origin.customers, origin.month, horizon, cohort)
    if len(rows) < _LEAST_ROWS:
        return None
    column = f"{event}_after_months"

    def happened(frame: pd.DataFrame) -> Floats:
        return (frame[column].to_numpy(dtype=np.float64) <= horizon).astype(np.float64)

    ones = np.ones(len(rows))
    cells, keys = origin.draws(cohort)
    chance = cells.left[horizon] if event == "churned" else cells.expanded
    cell = keys.get_indexer(pd.MultiIndex.from_frame(rows[_CELL]))
    weights = _shares(rows, ones, cell, len(keys))
    if not np.isfinite(chance).all():
        return None
    quantity = {"churned": "churn", "expanded": "expansion"}[event] + ("_new" if cohort == NEW else "")
    out = Forecast(quantity, horizon, True, rows["segment_id"].to_numpy(dtype=object), happened(rows), ones)
    out.by_model[OURS] = chance.mean(axis=0)[cell]
    out.draws = {name: chance @ part / part.sum() for name, part in weights.items()}

    before = complete_before(origin.customers, origin.month, horizon, cohort)
    last = before[before["origin"] == before["origin"].max()]
    monthly, by_band = base.monthly_rates(origin.taught)
    if len(last) >= _LEAST_ROWS:
        rate = (happened(last).sum() + 0.5) / (len(last) + 1.0)
        out.add(base.BASE_RATE, rate)
        edges = base.size_edges(last)
        groups, wanted = base.size_industry(last, edges), base.size_industry(rows, edges)
        out.add(base.BY_SIZE, base.by_group(happened(last), np.ones(len(last)), groups, wanted))
    elif event == "churned":
        out.add(base.BASE_RATE, 1.0 - (1.0 - monthly) ** horizon)
    if event == "churned":
        out.add(base.BY_AGE, base.left_within(by_band, rows["age_month"].to_numpy(dtype=np.float64), horizon))
    elif len(last) >= _LEAST_ROWS:
        groups, wanted = (pd.Series(base.age_band(f["age_month"].to_numpy() + 1.0)) for f in (last, rows))
        out.add(base.BY_AGE, base.by_group(happened(last), np.ones(len(last)), groups, wanted))
    if horizon == WIN_HORIZON:
        columns = ("age_month", *FEATURES)
        target, weight = happened(before), np.ones(len(before))
        out.add(base.BOOSTED, base.boosted(before, target, weight, rows, columns, is_share=True, seed=origin.seed))
    return out


_MONEY = {
    # quantity: what is measured, and the base it is measured by
    "margin": ("gross_margin_cents", "revenue_cents"),
    "support": ("support_cost_cents", "size"),
    "contribution": ("contribution", "size"),
}


def _known_money(rows: pd.DataFrame, quantity: str) -> pd.DataFrame:
    top, bottom = _MONEY[quantity]
    rows = rows.assign(contribution=rows["gross_margin_cents"] - rows["support_cost_cents"])
    return rows[rows[top].notna() & (rows[bottom] > 0)].reset_index(drop=True)


def _money(origin: _Origin, quantity: str, cohort: str) -> Forecast | None:
    """Margin per revenue, support or contribution per 1 of ARR, over the next twelve months."""
    horizon = WIN_HORIZON
    rows = _known_money(watched_from(origin.customers, origin.month, horizon, cohort), quantity)
    if len(rows) < _LEAST_ROWS:
        return None
    top, bottom = (rows[name].to_numpy(dtype=np.float64) for name in _MONEY[quantity])
    size = rows["size"].to_numpy(dtype=np.float64)
    cells, keys = origin.draws(cohort)
    value = {
        "margin": cells.margin,
        "support": cells.support,
        "contribution": cells.contribution,
    }[quantity]
    if not np.isfinite(value).all():
        return None
    scale = cells.revenue if quantity == "margin" else np.ones_like(cells.revenue)
    cell = keys.get_indexer(pd.MultiIndex.from_frame(rows[_CELL]))
    weights = _shares(rows, np.maximum(size, 1.0), cell, len(keys))
    name_of = quantity + ("_new" if cohort == NEW else "")
    out = Forecast(name_of, horizon, False, rows["segment_id"].to_numpy(dtype=object), top, bottom)
    out.by_model[OURS] = (value.mean(axis=0) / scale.mean(axis=0))[cell]
    out.draws = {name: (value @ part) / (scale @ part) for name, part in weights.items()}
    _money_baselines(out, origin, quantity, cohort, rows)
    return out


def _money_baselines(out: Forecast, origin: _Origin, quantity: str, cohort: str, rows: pd.DataFrame) -> None:
    """Last year's ratios, the card formula and boosted trees; and the spread of single customers last year."""
    every = complete_before(origin.customers, origin.month, out.horizon, cohort)
    before = _known_money(every, quantity)
    last = before[before["origin"] == before["origin"].max()].reset_index(drop=True)
    if len(last) < _LEAST_ROWS:
        return
    top, bottom = (last[name].to_numpy(dtype=np.float64) for name in _MONEY[quantity])
    if bottom.sum() <= 0:
        return
    out.add(base.BASE_RATE, float(top.sum() / bottom.sum()))
    edges = base.size_edges(last)
    out.add(
        base.BY_SIZE,
        base.by_group(top, bottom, base.size_industry(last, edges), base.size_industry(rows, edges)),
    )
    groups, wanted = (pd.Series(base.age_band(f["age_month"].to_numpy() + 1.0)) for f in (last, rows))
    out.add(base.BY_AGE, base.by_group(top, bottom, groups, wanted))
    if quantity == "contribution":
        # (ARR x margin rate - support) x renewal, over the one year that is watched
        known = last[last["revenue_cents"] > 0]
        rate = float(known["gross_margin_cents"].sum() / max(1.0, known["revenue_cents"].sum()))
        renewal = float(np.mean(~(last["churned_after_months"].to_numpy(dtype=np.float64) <= out.horizon)))
        out.add(base.CARD, (rate - float(last["support_cost_cents"].sum() / bottom.sum())) * renewal)
    # ratios of a base near nothing would rule the trees
    usable = before[before[_MONEY[quantity][1]] >= 1.0]
    x, y = (usable[name].to_numpy(dtype=np.float64) for name in _MONEY[quantity])
    out.add(
        base.BOOSTED,
        base.boosted(usable, x / y, y, rows, ("age_month", *FEATURES), is_share=False, seed=origin.seed),
    )
    homes = last["segment_id_when_known"].to_numpy(dtype=object)
    names = [name for name, _ in _by_segment(out.segment)]
    spread = measure.ratio_noise(
        top, bottom, [np.ones(len(last), dtype=bool) if name == POOLED else homes == name for name in names]
    )
    out.noise = dict(zip(names, spread, strict=True))


def _win(weeks: pd.DataFrame, deals: pd.DataFrame, month: int, last_known: int, seed: int) -> Forecast | None:
    """Deals open at the origin and decided within a year: were they won?

    All deals are taken as of one segment. The segment at the close knows how far a deal came, so it tells the
    outcome; that of the week is known by today's rules only, which have seen what came after the origin.
    """
    rows, taught = deals_open_at(weeks, month, last_known), deals_decided_before(weeks, month)
    if len(rows) < _LEAST_ROWS or not len(taught):
        return None
    industry = deals.set_index("opportunity_id")["industry"]
    taught, rows = (
        part.assign(segment_id=_ONE_SEGMENT, industry=part["opportunity_id"].map(industry).fillna("unknown"))
        for part in (taught, rows)
    )
    outcome = taught.drop_duplicates("opportunity_id")["is_won"].to_numpy(dtype=np.float64)
    coefficients, calibration = fit_win_model(taught, (int(outcome.sum()), int((1 - outcome).sum())))
    chance = score_win(coefficients, calibration, rows).to_numpy(dtype=np.float64)
    if not np.isfinite(chance).all():
        return None
    won, ones = rows["is_won"].to_numpy(dtype=np.float64), np.ones(len(rows))
    out = Forecast("win", WIN_HORIZON, True, np.full(len(rows), POOLED, dtype=object), won, ones)
    out.by_model[OURS] = chance
    shift = win_shift_draws(taught, seed=seed, segments=(_ONE_SEGMENT,), coefficients=coefficients)
    logit = np.log(np.clip(chance, 1e-6, 1 - 1e-6) / np.clip(1.0 - chance, 1e-6, 1.0))
    out.draws[POOLED] = expit(logit + shift[_ONE_SEGMENT][:, None]).mean(axis=1)
    last_year = taught["closed_on"] >= month_start(month - 12)
    recent = taught[last_year if last_year.any() else ~last_year].reset_index(drop=True)
    weight, result = recent["sample_weight"].to_numpy(), recent["is_won"].to_numpy(dtype=np.float64)
    out.add(base.BASE_RATE, (np.sum(weight * result) + 0.5) / (np.sum(weight) + 1.0))
    edges = base.size_edges(recent)
    groups, wanted = base.size_industry(recent, edges), base.size_industry(rows, edges)
    out.add(base.BY_SIZE, base.by_group(weight * result, weight, groups, wanted))
    bands = (pd.Series(np.searchsorted([4, 13, 26, 52], f["deal_age_weeks"].to_numpy())) for f in (recent, rows))
    groups, wanted = bands
    out.add(base.BY_AGE, base.by_group(weight * result, weight, groups, wanted))
    target, weight = taught["is_won"].to_numpy(dtype=np.float64), taught["sample_weight"].to_numpy(dtype=np.float64)
    columns = tuple(name for name in WIN_FEATURES if name in taught.columns)
    out.add(base.BOOSTED, base.boosted(taught, target, weight, rows, columns, is_share=True, seed=seed))
    return out


def score(forecast: Forecast, origin: int, seed: int) -> list[dict[str, object]]:
    """Rows of backtest_score for one forecast: everything for 'all', the main figures by segment."""
    rows: list[dict[str, object]] = []
    name = f"{month_start(origin).date()}|{forecast.quantity}|{forecast.horizon}"
    is_covered: dict[str, bool] = {}

    for segment, at in _by_segment(forecast.segment):
        top, bottom = forecast.top[at], forecast.bottom[at]
        n_observed = float(bottom.sum()) if forecast.is_share else float(top.size)
        n_events = float(top.sum()) if forecast.is_share else n_observed
        judged = measure.is_judged(n_observed, n_events) if forecast.is_share else n_observed >= measure.MIN_JUDGED
        head = {"segment_id": segment, "n_observed": n_observed, "n_events": n_events, "is_judged": judged}

        def put(
            model: str, metric: str, value: float, floor: float = float("nan"), head: dict[str, object] = head
        ) -> None:
            if np.isfinite(value):
                rows.append({**head, "model": model, "metric": metric, "value": value, "noise_floor": floor})

        reference = forecast.by_model.get(base.BASE_RATE)
        for model, by_row in forecast.by_model.items():
            p = by_row[at]
            observed, expected = float(top.sum()), float(np.sum(p * bottom))
            if not forecast.is_share:
                observed, expected = observed / float(bottom.sum()), expected / float(bottom.sum())
            put(model, "observed", observed)
            put(model, "expected", expected)
            put(model, "o_e", observed / expected if expected > 1e-9 else float("nan"))
            if not forecast.is_share:
                error = float(np.sum(np.abs(top - p * bottom)) / bottom.sum())
                put(model, "mean_absolute_error", error)
                if reference is not None and segment == POOLED:
                    usual = float(np.sum(np.abs(top - reference[at] * bottom)) / bottom.sum())
                    put(model, "mean_absolute_error_skill", 1.0 - error / usual if usual > 0 else float("nan"))
                continue
            loss = measure.log_loss(top, bottom, p)
            put(model, "log_loss", loss)
            if segment != POOLED:
                continue
            put(model, "brier", measure.brier(top, bottom, p))
            slope, error = measure.calibration_slope(top, bottom, p), measure.slope_error(bottom, p)
            put(model, "calibration_slope", slope, error)
            rng = stream(seed, "backtest_ece", f"{name}|{model}")
            put(model, "ece", *measure.expected_calibration_error(top, bottom, p, rng))
            if reference is not None:
                put(model, "log_loss_skill", 1.0 - loss / measure.log_loss(top, bottom, reference[at]))
        if segment in forecast.draws:
            if forecast.is_share:
                rng = stream(seed, "backtest_cover", f"{name}|{segment}")
                is_covered[segment] = measure.is_count_covered(n_events, n_observed, forecast.draws[segment], rng)
            elif np.isfinite(forecast.noise.get(segment, float("nan"))):
                sd = forecast.noise[segment] * float(np.sqrt(np.sum(bottom**2))) / float(bottom.sum())
                ratio = float(top.sum() / bottom.sum())
                is_covered[segment] = measure.is_ratio_covered(ratio, forecast.draws[segment], sd)
            if segment in is_covered and segment != POOLED:
                put(OURS, "interval_cover", float(is_covered[segment]))
    # the whole counts only where it is not told by segment
    named = [covered for segment, covered in is_covered.items() if segment != POOLED or len(is_covered) == 1]
    if named:
        rows.append(
            {
                "segment_id": POOLED,
                "n_observed": len(named),
                "n_events": sum(named),
                "is_judged": False,
                "model": OURS,
                "metric": "interval_cover",
                "value": float(np.mean(named)),
                "noise_floor": float("nan"),
            }
        )
    fixed = {
        "origin_on": month_start(origin).date(),
        "horizon_months": forecast.horizon,
        "quantity": forecast.quantity,
    }
    return [{**fixed, **row} for row in rows]


def _forecasts(origin: _Origin) -> Iterator[Forecast | None]:
    for horizon in HORIZONS:
        if origin.month + horizon <= origin.last_known + 1:
            yield _monthly(origin, horizon)
            yield _behaviour(origin, "churned", EXISTING, horizon)
            yield _behaviour(origin, "churned", NEW, horizon)
    yield _behaviour(origin, "expanded", EXISTING, WIN_HORIZON)
    yield _behaviour(origin, "expanded", NEW, WIN_HORIZON)
    yield _money(origin, "margin", EXISTING)
    yield _money(origin, "support", EXISTING)
    yield _money(origin, "contribution", EXISTING)
    yield _money(origin, "contribution", NEW)


def forecasts_by_origin(tables: BacktestTables, *, seed: int) -> Iterator[tuple[int, Forecast]]:
    """Every forecast of every scored origin, oldest first, with the origin as months since year 0.

    Raises:
        CheckFailed: a table breaks its contract (table, column and row named).
    """
    origins = tables.origin.assign(month=month_index(tables.origin["origin_on"], "int_lifecycle__backtest_origin"))
    origins = origins[origins["is_scored"].astype(bool)].sort_values("month")
    by_table = {
        name: frame.assign(origin=month_index(frame["origin_on"], f"suff_backtest_{name}").to_numpy())
        for name, frame in (("hazard", tables.hazard), ("expansion", tables.expansion), ("money", tables.money))
    }
    customers = checked_customers(tables.customer)
    weeks = checked_weeks(tables.week)
    for month, months_known in zip(origins["month"], origins["months_known"], strict=True):
        last_known = int(month) + int(months_known) - 1
        win = _win(weeks, tables.deal, int(month), last_known, seed)
        if win is not None:
            yield int(month), win
        parts = {name: frame[frame["origin"] == month] for name, frame in by_table.items()}
        text = parts["hazard"]["calendar_quarter"].astype(str)
        quarter = 4 * text.str[:4].astype(int) + text.str[5].astype(int)
        hazard = parts["hazard"].assign(quarter=quarter.to_numpy())
        taught = hazard[hazard["quarter"] < quarter_of(int(month))]
        if not len(taught):
            continue
        names = sorted({*hazard["segment_id"], *customers.loc[customers["origin"] == month, "segment_id"].dropna()})
        # the fit that is published, on what was known then
        fitted = fit_life(
            hazard=taught,
            money=parts["money"],
            expansion=parts["expansion"],
            seed=seed,
            segments=names,
            # every customer has a segment here, so the pool's own spread is not asked for
            integrate_pool=False,
        )
        origin = _Origin(int(month), last_known, seed, Forecaster(fitted), hazard, customers)
        for forecast in _forecasts(origin):
            if forecast is not None:
                yield int(month), forecast


def backtest_score(tables: BacktestTables, *, as_of: date, seed: int) -> pd.DataFrame:
    """Score every forecast: one row per origin, horizon, quantity, segment (with 'all'), model and metric.

    Returns:
        The table backtest_score, sorted by its key; empty where no three months after any origin are complete.

    Raises:
        CheckFailed: a table breaks its contract (table, column and row named).
    """
    rows = [row for month, forecast in forecasts_by_origin(tables, seed=seed) for row in score(forecast, month, seed)]
    customers = checked_customers(tables.customer)
    scored = tables.origin.loc[tables.origin["is_scored"].astype(bool), "origin_on"]
    for month in sorted(month_index(scored, "int_lifecycle__backtest_origin")):
        rows += deal_interval_rows(customers, int(month), seed)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame = frame.sort_values(list(COLUMNS[:6]), kind="stable", ignore_index=True)
    for name in ("horizon_months", "n_observed", "n_events"):
        frame[name] = frame[name].astype(np.int64)
    for name in ("value", "noise_floor"):
        frame[name] = frame[name].astype(np.float64)
    frame["is_judged"] = frame["is_judged"].astype(bool)
    return frame.assign(model_version=model_version(seed), as_of_date=as_of)
