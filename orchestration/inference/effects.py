"""What concessions and deal structure do to winning, leaving, growing and contribution: effect, or association only.

Each treatment is a dose (10 points of discount, 30 days of payment terms, one more concession). Its adjusted
association with an outcome is partialled out and cross-fitted (`partialling`), by segment with partial pooling.
It is called an effect only where the company randomised (`randomised`), or where dose and the pressure behind it
are recorded, doses overlap, there are enough events, a placebo stays nil and no confounder like the strongest
recorded one would undo it (`adjusted`). All else is `not_identified`: the effect is null and the association says
what was seen. Money that a concession gives away by arithmetic is no part of any of these numbers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import POOLED, model_version
from orchestration.inference.effect_label import (
    ADJUSTED,
    NOT_IDENTIFIED,
    RANDOMISED,
    Evidence,
    identify,
    limits_of,
)
from orchestration.inference.evidence import fallback_level
from orchestration.inference.experiment import Trial, measure_trial
from orchestration.inference.frames import (
    Bools,
    Floats,
    numbers,
    refuse_rows,
    require_columns,
    segment_column,
    texts,
)
from orchestration.inference.hierarchy import expit
from orchestration.inference.jackknife import between_variance
from orchestration.inference.partialling import Basis, Fit, expand, folds, overlap, plain_effect, prepare, within
from orchestration.inference.sensitivity import Benchmark, Placebo, e_value, robustness_value, second_placebo, strongest

TABLE = "sample_concession"
SUFF_TABLE = "suff_concession"
DIMENSION_TABLE = "structure_dimension"
PLACEBO_TABLE = "effect_placebo"
# Recorded before the close; none is a consequence of the concession.
CONFOUNDERS = (
    "competitor_present",
    "stakeholder_count",
    "days_per_stage",
    "push_count",
    "active_days_per_week",
    "has_success_criteria",
    "promised_onboarding_days",
    "procurement_steps",
    "integration_count",
    "compliance_review",
    "security_review",
    "annual_amount_log",
    "closed_quarter_index",
)
OUTCOMES = {
    "won": ("is_won", "log_odds"),
    "churned_12m": ("churned_12m", "log_odds"),
    "expanded_12m": ("expanded_12m", "log_odds"),
    "contribution_per_arr_12m": ("contribution_per_arr_12m", "per_arr"),
}
_COUNTS = ("n_deals", "n_won", "n_matured_12m", "n_churn_12m", "n_expanded_12m", "n_margin_12m")
# deals of an outcome, and events among them
_OUTCOME_COUNTS = {
    "won": ("n_deals", "n_won"),
    "churned_12m": ("n_matured_12m", "n_churn_12m"),
    "expanded_12m": ("n_matured_12m", "n_expanded_12m"),
    "contribution_per_arr_12m": ("n_margin_12m", "n_margin_12m"),
}
UNKNOWN_BAND = "unknown"
# deals without a request are no part of the comparison of granted and refused ones
NOT_ASKED = "not_asked"
_FAMILIES = ("component", "set", "request")
_Z90 = 1.6448536269514722
# With fewer deals, or events of the rarer kind, no regression is tried.
_LEAST_DEALS, _LEAST_EVENTS = 60, 10
# From this many on there is something to follow bends with.
_RICH_DEALS, _RICH_EVENTS = 500, 150
# A year's contribution of a few deals is absurd (one-off credits, tiny ARR): the outer half per cent is pulled in.
_TRIM = 0.005


@dataclass(frozen=True)
class _Treatment:
    """One row of structure_dimension that has an effect to estimate."""

    name: str
    signal: str
    family: str
    dose: float
    phrase: str
    treated_from: float
    low: float
    high: float
    is_concession: bool

    def parts(self, every: Mapping[str, "_Treatment"]) -> tuple["_Treatment", ...]:
        """Doses that are parts or consequences of this one and must not be held fixed."""
        if self.family == "component":
            return ()
        return tuple(t for t in every.values() if t.family == "component" and t.is_concession)


@dataclass(frozen=True)
class _Deals:
    """Checked sample, sorted by deal."""

    table: pd.DataFrame
    segment: np.ndarray
    cluster: np.ndarray
    fold: np.ndarray

    def rows(self, rows: Bools) -> "_Deals":
        _, cluster = np.unique(self.cluster[rows], return_inverse=True)
        table = self.table.loc[rows].reset_index(drop=True)
        return _Deals(table, self.segment[rows], cluster.astype(np.int64), self.fold[rows])

    def column(self, name: str) -> Floats:
        return self.table[name].to_numpy(dtype=np.float64)


def _treatments(dimensions: pd.DataFrame) -> dict[str, _Treatment]:
    columns = (
        "dimension",
        "signal",
        "effect_family",
        "dose",
        "dose_phrase",
        "treated_from",
        "plausible_min",
        "plausible_max",
    )
    require_columns(dimensions, DIMENSION_TABLE, (*columns, "concession_side"))
    kept = dimensions[dimensions["effect_family"].isin(_FAMILIES)]
    dose = numbers(kept, DIMENSION_TABLE, "dose")
    refuse_rows(DIMENSION_TABLE, "dose", dose <= 0, "is not above 0")
    bounds = {name: numbers(kept, DIMENSION_TABLE, name) for name in ("treated_from", "plausible_min", "plausible_max")}
    out = {}
    for i, row in enumerate(kept.itertuples(index=False)):
        name = str(row.dimension)
        out[name] = _Treatment(
            name=name,
            signal=str(row.signal),
            family=str(row.effect_family),
            dose=float(dose[i]),
            phrase=str(row.dose_phrase),
            treated_from=float(bounds["treated_from"][i]),
            low=float(bounds["plausible_min"][i]),
            high=float(bounds["plausible_max"][i]),
            is_concession=str(row.concession_side) in ("at_least", "below"),
        )
    return out


def _deals(sample: pd.DataFrame, treatments: Mapping[str, _Treatment]) -> _Deals:
    measured = [*treatments, *CONFOUNDERS, *(column for column, _ in OUTCOMES.values())]
    keys = ("opportunity_id", "account_id", "segment_id", "is_randomised")
    require_columns(sample, TABLE, (*keys, "requested_discount_pct", *measured))
    table = pd.DataFrame({"opportunity_id": texts(sample, TABLE, "opportunity_id")})
    refuse_rows(TABLE, "opportunity_id", table["opportunity_id"].duplicated().to_numpy(dtype=bool), "is there twice")
    table["segment_id"] = segment_column(sample, TABLE)
    # a deal whose account is not known stands for itself
    account = sample["account_id"].reset_index(drop=True)
    table["account_id"] = account.where(account.notna(), table["opportunity_id"]).astype(str)
    for name in ("is_randomised", "requested_discount_pct", *measured):
        table[name] = numbers(sample, TABLE, name, nullable=True)
    for name in ("is_won", "churned_12m", "expanded_12m", "is_randomised"):
        known = table[name].to_numpy(dtype=np.float64)
        refuse_rows(TABLE, name, ~np.isnan(known) & ~np.isin(known, (0.0, 1.0)), "is neither 0 nor 1")
    refuse_rows(TABLE, "is_won", table["is_won"].isna().to_numpy(dtype=bool), "is null")
    for name, treatment in treatments.items():
        # a discount of 900 % is a slip of the pen and no dose
        values = table[name].to_numpy(dtype=np.float64)
        table[name] = np.where((values >= treatment.low) & (values <= treatment.high), values, np.nan)
    table = table.sort_values("opportunity_id", kind="stable", ignore_index=True)
    _, cluster = np.unique(table["account_id"].to_numpy(dtype=str), return_inverse=True)
    return _Deals(
        table,
        table["segment_id"].to_numpy(dtype=object),
        cluster.astype(np.int64),
        folds(table["account_id"].tolist()),
    )


def _counts(suff: pd.DataFrame) -> pd.DataFrame:
    """Counts by treatment, segment (with the pool) and whether the band is treated, null or known."""
    require_columns(
        suff, SUFF_TABLE, ("concession_type", "concession_band", "is_treated", "competitor_present", *_COUNTS)
    )
    out = pd.DataFrame(
        {
            "treatment": texts(suff, SUFF_TABLE, "concession_type"),
            "segment": segment_column(suff, SUFF_TABLE),
            "is_known": texts(suff, SUFF_TABLE, "concession_band") != UNKNOWN_BAND,
            "is_treated": suff["is_treated"].fillna(value=False).astype(bool).to_numpy(),
            "competitor": texts(suff, SUFF_TABLE, "competitor_present", ("yes", "no", "unknown")),
        }
    )
    for name in _COUNTS:
        out[name] = numbers(suff, SUFF_TABLE, name, minimum=0)
    out = out[(suff["concession_band"] != NOT_ASKED).to_numpy(dtype=bool)]
    return pd.concat([out, out.assign(segment=POOLED)], ignore_index=True)


def _evidence(counts: pd.DataFrame, outcome: str) -> Evidence:
    """Counts of one treatment and segment that the label rests on."""
    column = {name: counts[name].to_numpy(dtype=np.float64) for name in _COUNTS}
    deals, events = (column[name] for name in _OUTCOME_COUNTS[outcome])
    known = counts["is_known"].to_numpy(dtype=bool)
    treated = known & counts["is_treated"].to_numpy(dtype=bool)
    competitor = counts["competitor"].to_numpy(dtype=object)

    def share(rows: Bools, of: Floats) -> float:
        whole = float(of.sum())
        return float(of[rows].sum()) / whole if whole > 0 else 0.0

    # what is only recorded on deals that were won says nothing about winning
    parts = [column["n_won"], column["n_deals"] - column["n_won"]] if outcome == "won" else [deals]
    competitor_known = competitor != "unknown"
    return Evidence(
        n_observed=int(deals[known].sum()),
        n_events=int(events[known].sum()),
        n_treated=int(deals[treated].sum()),
        n_treated_events=int(events[treated].sum()),
        treatment_known_share=min(share(known, part) for part in parts),
        confounder_known_share=min(share(competitor_known, part) for part in parts),
        confounder_named_share=share(competitor == "yes", np.where(competitor_known, deals, 0.0)),
    )


def _variables(
    deals: _Deals, treatments: Mapping[str, _Treatment], family: str, skipped: Collection[str]
) -> dict[str, Floats]:
    names = [*CONFOUNDERS, *(t.name for t in treatments.values() if t.family == "component")]
    if family == "request":
        names.append("requested_discount_pct")
    return {name: deals.column(name) for name in names if name not in skipped}


def _segment_columns(deals: _Deals) -> Basis:
    named = sorted(set(deals.segment))
    flags = expand({name: (deals.segment == name).astype(np.float64) for name in named[1:]}, is_rich=False)
    # told apart or not, they are one variable
    return Basis(flags.x if flags.group else np.zeros((len(deals.segment), 0)), ("segment",) * len(flags.group))


def _joined(one: Basis, other: Basis) -> Basis:
    return Basis(np.column_stack([one.x, other.x]), (*one.group, *other.group))


@dataclass(frozen=True)
class _Result:
    """One treatment and outcome among all deals of the sample that say both."""

    deals: _Deals
    fit: Fit
    y: Floats
    naive: float
    by_segment: float
    is_overlapping: Bools
    benchmark: Benchmark
    df: float
    placebo: Placebo


def _is_enough(y: Floats, *, is_binary: bool) -> bool:
    if y.size < _LEAST_DEALS or np.ptp(y) <= 0:
        return False
    return not is_binary or min(y.sum(), y.size - y.sum()) >= _LEAST_EVENTS


def _is_rich(y: Floats, *, is_binary: bool) -> bool:
    return min(y.sum(), y.size - y.sum()) >= _RICH_EVENTS if is_binary else y.size >= _RICH_DEALS


def _estimate(
    deals: _Deals,
    treatment: _Treatment,
    treatments: Mapping[str, _Treatment],
    outcome: str,
    rule_features: Collection[str],
    placebos: Collection[str],
) -> _Result | None:
    """Return the adjusted association, None where the deals are too few or too alike for a regression."""
    column, unit = OUTCOMES[outcome]
    is_binary = unit == "log_odds"
    known = ~np.isnan(deals.column(column)) & ~np.isnan(deals.column(treatment.name))
    used = deals.rows(known)
    y, dose = used.column(column), used.column(treatment.name) / treatment.dose
    if not _is_enough(y, is_binary=is_binary) or np.ptp(dose) <= 0 or np.bincount(used.fold, minlength=4).min() < 10:
        return None
    if not is_binary:
        y = np.clip(y, *np.quantile(y, (_TRIM, 1.0 - _TRIM)))
    dose = dose - dose.mean()
    parts = treatment.parts(treatments)
    skipped = tuple(part.name for part in parts)
    basis = expand(_variables(used, treatments, treatment.family, skipped), is_rich=_is_rich(y, is_binary=is_binary))
    segments = _segment_columns(used)
    # a segment that is told by the dose itself would take the dose's place
    if not {treatment.signal, *(part.signal for part in parts)} & set(rule_features):
        basis = _joined(basis, segments)
    fitted = prepare(y, basis, used.fold, used.cluster, is_binary=is_binary)
    fit = fitted.effect(dose, (treatment.name,))
    others = basis.without((treatment.name,))
    linear = expand(_variables(used, treatments, treatment.family, (*skipped, treatment.name)), is_rich=False)
    propensity = overlap(used.column(treatment.name) >= treatment.treated_from, linear)
    df = float(max(y.size - fit.n_columns - 2, 1))
    before = {name: used.column(name) for name in placebos if name not in (treatment.name, *skipped)}
    none = Basis(np.zeros((y.size, 0)), ())
    return _Result(
        used,
        fit,
        y,
        plain_effect(y, dose, none, is_binary=is_binary),
        plain_effect(y, dose, segments, is_binary=is_binary),
        (propensity >= 0.05) & (propensity <= 0.95),
        strongest(y, dose, others, se=fit.se, df=df),
        df,
        second_placebo(dose, others, before),
    )


def _pooled(result: _Result, names: list[str]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of the association by segment: own estimates shrunk towards that of all deals."""
    own = [within(result.fit, result.deals.segment == name, result.deals.cluster) for name in names]
    mean, se = np.array([o[0] for o in own]), np.array([o[1] for o in own])
    centre, spread = result.fit.theta, result.fit.se
    between = between_variance(mean, se**2, floor=float(spread**2)) if names else spread**2
    out = {POOLED: (centre, spread)}
    for name, m, s in zip(names, mean, se, strict=True):
        if not (np.isfinite(m) and s > 0.0):
            out[name] = (centre, float(np.sqrt(spread**2 + between)))
            continue
        trust = between / (between + s**2)
        # the centre holds the segment's own deals, so its error is not added at full weight a second time
        variance = trust * s**2 + (1.0 - trust) ** 2 * spread**2
        out[name] = (centre + trust * (m - centre), float(np.sqrt(variance)))
    return out


def fit_concession_effects(
    sample: pd.DataFrame,
    suff: pd.DataFrame,
    *,
    dimensions: pd.DataFrame,
    limits: pd.DataFrame,
    placebos: pd.DataFrame,
    rule_features: Collection[str] = (),
    as_of: date,
    seed: int,
) -> pd.DataFrame:
    """Fit every treatment of `dimensions` on every outcome, for all deals and by segment.

    Args:
        sample: sample_concession, one row per decided new-business deal, in any order.
        suff: suff_concession, counts of all such deals; the label's counts and shares come from it.
        dimensions, limits, placebos: seeds structure_dimension, effect_limit and effect_placebo.
        rule_features: signals that the segment rules are made of; a segment told by the dose is not held fixed
            when the dose's effect is taken.
        seed: no random number is drawn; it only enters the version.

    Returns:
        concession_effect: one row per concession_type, segment_id (`all` among them) and outcome. Numbers are per
        dose, log odds or 1 of ARR (`effect_unit`); NaN = unknown. `association_*` is what was seen after adjusting,
        `effect_*` the same where it is identified, else NaN.

    Raises:
        CheckFailed: a column absent, a value infinite or out of range, a deal twice, a limit absent.
    """
    treatments = _treatments(dimensions)
    deals = _deals(sample, treatments)
    counts = _counts(suff)
    rules = limits_of(limits)
    require_columns(placebos, PLACEBO_TABLE, ("variable",))
    before = texts(placebos, PLACEBO_TABLE, "variable", CONFOUNDERS).tolist()
    segments = sorted({*deals.segment, *counts["segment"]} - {POOLED})
    rows: list[dict[str, object]] = []
    for treatment in treatments.values():
        of_treatment = counts[counts["treatment"] == treatment.name]
        by_segment = {name: of_treatment[of_treatment["segment"] == name] for name in (POOLED, *segments)}
        for outcome, (_, unit) in OUTCOMES.items():
            evidence = {name: _evidence(part, outcome) for name, part in by_segment.items()}
            result = _estimate(deals, treatment, treatments, outcome, rule_features, before)
            trial = None
            if treatment.family == "request":
                trial = _trial(deals, treatment, outcome)
            base = {
                "concession_type": treatment.name,
                "outcome": outcome,
                "effect_unit": unit,
                "dose_phrase": treatment.phrase,
            }
            company = evidence[POOLED].n_observed
            for name, row in _rows(result, trial, evidence, rules, segments).items():
                level = fallback_level(evidence[name].n_observed, evidence[name].n_treated_events, company)
                rows.append({**base, "segment_id": name, **row, "fallback_level": level})
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    _require_finite(table)
    return table.assign(model_version=model_version(seed), as_of_date=as_of)


COLUMNS = (
    "concession_type",
    "segment_id",
    "outcome",
    "effect_unit",
    "dose_phrase",
    "identification",
    "identification_reason",
    "effect_mean",
    "effect_p05",
    "effect_p50",
    "effect_p95",
    "effect_points_mean",
    "association_naive_mean",
    "association_segment_mean",
    "association_mean",
    "association_p05",
    "association_p95",
    "n_observed",
    "n_events",
    "n_treated",
    "n_treated_events",
    "overlap_share",
    "effective_deals",
    "treatment_known_share",
    "confounder_known_share",
    "robustness_value",
    "strongest_confounder",
    "strongest_confounder_bias",
    "e_value",
    "placebo_variable",
    "placebo_z",
    "fallback_level",
)


def _trial(deals: _Deals, treatment: _Treatment, outcome: str) -> Trial | None:
    column, unit = OUTCOMES[outcome]
    drawn = (deals.column("is_randomised") == 1.0) & ~np.isnan(deals.column(treatment.name))
    if not drawn.any():
        return None
    part = deals.rows(drawn)
    before = {name: part.column(name) for name in (*CONFOUNDERS, "requested_discount_pct")}
    return measure_trial(
        part.column(column),
        part.column(treatment.name) >= treatment.treated_from,
        before,
        is_binary=unit == "log_odds",
        is_after_winning=outcome != "won",
        won=part.column("is_won"),
    )


def _rows(
    result: _Result | None,
    trial: Trial | None,
    evidence: Mapping[str, Evidence],
    rules: Mapping[str, float],
    segments: list[str],
) -> dict[str, dict[str, object]]:
    """One row per segment and the pool, without its keys."""
    nan = float("nan")
    association = _pooled(result, segments) if result is not None else {}
    out: dict[str, dict[str, object]] = {}
    for name in (POOLED, *segments):
        facts = evidence[name]
        mean, sd = association.get(name, (nan, nan))
        row: dict[str, object] = {"association_mean": mean}
        row["association_p05"], row["association_p95"] = mean - _Z90 * sd, mean + _Z90 * sd
        points = nan
        if result is not None:
            mine = np.ones(result.y.size, dtype=bool) if name == POOLED else result.deals.segment == name
            residual2 = result.fit.residual[mine] ** 2
            rate = float(result.y[mine].mean()) if mine.any() else nan
            is_binary = bool(np.isin(result.y, (0.0, 1.0)).all())
            points = _points(mean, rate) if is_binary else mean
            bias = result.benchmark.bias
            facts = replace(
                facts,
                overlap_share=float(result.is_overlapping[mine].mean()) if mine.any() else nan,
                effective_deals=float(residual2.sum() ** 2 / max(float(np.sum(residual2**2)), 1e-300)),
                association=mean,
                sd=sd,
                benchmark_bias=bias,
                placebo_z=result.placebo.z,
                placebo_share=result.placebo.share,
            )
            row |= {
                "association_naive_mean": result.naive if name == POOLED else nan,
                "association_segment_mean": result.by_segment if name == POOLED else nan,
                "robustness_value": robustness_value(mean, sd, result.df),
                "strongest_confounder": result.benchmark.name or None,
                "strongest_confounder_bias": bias,
                "e_value": e_value(mean) if is_binary else nan,
                "placebo_z": result.placebo.z,
                "placebo_variable": result.placebo.name or None,
            }
        label, reason = identify(facts, rules, is_pool=name == POOLED)
        centre, width = (mean, sd) if label == ADJUSTED else (nan, nan)
        if trial is not None and trial.is_usable(rules) and name == POOLED:
            label, reason, centre, width, points = RANDOMISED, "assigned at random", trial.mean, trial.se, trial.points
        row |= {
            "identification": label,
            "identification_reason": reason,
            "effect_mean": centre,
            "effect_p05": centre - _Z90 * width,
            "effect_p50": centre,
            "effect_p95": centre + _Z90 * width,
            "effect_points_mean": points if label != NOT_IDENTIFIED else nan,
            "n_observed": facts.n_observed,
            "n_events": facts.n_events,
            "n_treated": facts.n_treated,
            "n_treated_events": facts.n_treated_events,
            "overlap_share": facts.overlap_share,
            "effective_deals": facts.effective_deals,
            "treatment_known_share": facts.treatment_known_share,
            "confounder_known_share": facts.confounder_known_share,
        }
        out[name] = row
    return out


def _points(log_odds: float, rate: float) -> float:
    """Change of a probability of `rate` by a change of its log odds."""
    if not (np.isfinite(log_odds) and 0.0 < rate < 1.0):
        return float("nan")
    return float(expit(np.array([np.log(rate / (1.0 - rate)) + log_odds]))[0] - rate)


def _require_finite(table: pd.DataFrame) -> None:
    for column in table.columns.difference(["strongest_confounder", "placebo_variable"]):
        if table[column].dtype.kind == "f" and np.isinf(table[column].to_numpy(dtype=np.float64)).any():
            row = table[np.isinf(table[column])].iloc[0]
            raise CheckFailed(
                f"Table concession_effect, column {column}: infinite for {row.concession_type}, {row.outcome}.",
                f"Look at the doses in {TABLE}.",
            )
