"""What the plays would have been worth: contribution per seller hour under several ways to spend the same hours.

A decision is an open deal at a past point in time; the action is whether it was worked in the weeks after; the outcome
is whether it was won within a stated time, times what it was expected to be worth if won. Every policy works as many
deals of each seller at each point as were worked, and only chooses which.

    V(policy) = mean over decisions of  share(d) G1(d) + (1 - share(d)) G0(d)
    Ga(d)     = mu_a(x) + [action = a] / e_a(x) * (won - mu_a(x))                  (augmented inverse propensity)

Propensity e and outcome mu are fitted on other customers than those they are used on (five folds by customer bucket,
Chernozhukov et al. 2018). Hours get the same treatment, so that a value per hour counts the hours a choice would have
taken. Errors are clustered by customer. Where sellers work the deals that they already know will be won, no adjustment
for what is recorded helps: older states of the deal, or the size of its buying group, then go with the action although
the present state is held fixed, and the label says `not_identified`. That test has power only against what leaves such
traces, so a label `adjusted` is a claim with a condition; only hours that were placed by lot need none.

Belongs here: the estimate and its label. Which decisions are looked at is the model `sample_policy_decision`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import N_BUCKETS, model_version
from orchestration.inference.effect_label import ADJUSTED, NOT_IDENTIFIED, RANDOMISED
from orchestration.inference.frames import (
    Bools,
    Floats,
    bucket_column,
    numbers,
    refuse_rows,
    require_columns,
    texts,
)
from orchestration.inference.hierarchy import expit
from orchestration.inference.logistic import logistic_mode

TABLE: Final = "sample_policy_decision"
LIMIT_TABLE: Final = "policy_value_limit"
LIMITS: Final = (
    "decisions_min",
    "arm_wins_min",
    "overlap_min",
    "placebo_z_max",
    "placebo_share_max",
    "confounder_multiple",
    "slots_min",
)

AS_DONE: Final = "as_done"
POLICIES: Final = ("plays", AS_DONE, "by_amount", "by_win", "by_segment")
ALL_DECISIONS: Final = "all_decisions"
SLOTS: Final = "randomised_slots"

# What a seller could see at the point. Amounts, hours and ages enter as logarithms.
_PLAIN: Final = ("win_logit", "stage_position", "days_to_close", "motion", "risk", "profitability")
_LOGGED: Final = ("arr", "lifecycle_value", "stage_age_days", "hours_before")
_KINDS: Final = ("segment_id", "deal_type", "play")
# Older states of the deal, and the size of the buying group: with what a seller decides by held fixed, the action
# should not go with them. Where it does, sellers act on something lasting that is not recorded.
PLACEBOS: Final = (
    "win_logit_before",
    "stage_position_before",
    "motion_before",
    "arr_before",
    "hours_earlier",
    "stakeholder_count",
)
_LOGGED_PLACEBOS: Final = ("arr_before", "hours_earlier")
# columns that are delivered in whole cents and read here in currency
_MONEY: Final = ("arr", "lifecycle_value", "value_per_hour", "segment_roi", "arr_before")

_FOLDS = 5
_PENALTY = 1.0
# what working does differently from deal to deal is learned more cautiously than who wins
_PENALTY_INTERACTION = 10.0
_CLIP = 0.02
_OVERLAP = (0.05, 0.95)
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class _Sample:
    """Checked decisions, in a fixed order; every array has one entry per decision.

    Attributes:
        x: standardised covariates, shape (decisions, columns); `group`: what each column stands for, shape (columns,).
        placebo: older states, shape (decisions, placebos), NaN where unknown.
        action: worked or not. won: 0 or 1. hours: spent. value: contribution if won, reporting currency.
        cell: number of the seller and point. cluster: number of the customer. fold: 0 to 4.
        propensity: chance of the action where it was drawn, else NaN.
        share: by policy, the chance that it works the deal.
    """

    x: Floats
    group: np.ndarray
    placebo: Floats
    action: Bools
    won: Floats
    hours: Floats
    value: Floats
    cell: np.ndarray
    cluster: np.ndarray
    fold: np.ndarray
    propensity: Floats
    share: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.won)


@dataclass(frozen=True)
class Evidence:
    """What the label of one comparison rests on; shares 0 to 1, NaN = could not be looked at."""

    n_decisions: int
    n_wins_worked: int
    n_wins_other: int
    overlap_share: float
    placebo_variable: str | None
    placebo_z: float
    placebo_share: float
    difference: float
    sd: float
    confounder: str | None
    confounder_bias: float


def limits_of(table: pd.DataFrame) -> dict[str, float]:
    """Return the limits by key. Raises `CheckFailed` when one is absent or no number."""
    require_columns(table, LIMIT_TABLE, ("limit_key", "value"))
    values = numbers(table, LIMIT_TABLE, "value", minimum=0)
    out = dict(zip(table["limit_key"].astype(str), values.tolist(), strict=True))
    for key in LIMITS:
        if key not in out:
            raise CheckFailed(f"Seed {LIMIT_TABLE} has no row {key}.", f"Add it to seeds/policy/{LIMIT_TABLE}.csv.")
    return out


def value_policies(sample: pd.DataFrame, limits: pd.DataFrame, *, as_of: date, seed: int) -> pd.DataFrame:
    """Estimate every policy against every other one.

    Args:
        sample: `sample_policy_decision`. limits: seed `policy_value_limit`.
        as_of, seed: written beside the numbers; nothing here is drawn.

    Returns:
        One row per population (all decisions; hours that were placed at random), policy and comparison. Values are per
        seller hour in the reporting currency. `association_*` is the adjusted figure whatever its label;
        `difference_*` and `p_better` are null unless it is identified.

    Raises:
        CheckFailed: a column is absent or a number is not one, with table, column and row.
    """
    thresholds = limits_of(limits)
    table = _checked(sample)
    rows = [
        row
        for population, part in (
            (ALL_DECISIONS, table[table["is_decision_point"]]),
            (SLOTS, table[table["slot_propensity"].notna()]),
        )
        for row in _population(part, population, thresholds)
    ]
    out = pd.DataFrame(rows)
    out["model_version"] = model_version(seed)
    out["as_of_date"] = as_of
    return out


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the decisions in one order with plain numbers; rows whose value is unknown cannot be compared."""
    named = ("opportunity_id", "customer_key", "owner_user_id", *_KINDS)
    required = ("hours_after", "is_worked", "is_won_within", "is_decision_point", "bucket", "week_index")
    plain = [*_PLAIN, *_LOGGED, *PLACEBOS, "win_probability", "slot_propensity"]
    free = [name for name in plain if name not in _MONEY]
    require_columns(frame, TABLE, (*named, *required, *free, *(f"{name}_cents" for name in _MONEY), "is_slot"))
    table = pd.DataFrame({name: texts(frame, TABLE, name) for name in named})
    for name in ("hours_after", "week_index", "is_worked", "is_won_within"):
        table[name] = numbers(frame, TABLE, name, minimum=0)
    table["is_decision_point"] = numbers(frame, TABLE, "is_decision_point") > 0
    table["is_slot"] = numbers(frame, TABLE, "is_slot", nullable=True)
    table["bucket"] = bucket_column(frame, TABLE)
    for name in free:
        table[name] = numbers(frame, TABLE, name, nullable=True)
    for name in _MONEY:
        table[name] = numbers(frame, TABLE, f"{name}_cents", nullable=True) / 100.0
    twice = table.duplicated(["opportunity_id", "week_index", "is_decision_point"]).to_numpy(dtype=bool)
    refuse_rows(TABLE, "opportunity_id", twice, "is there twice in one week")
    sure = ((table["slot_propensity"] <= 0.0) | (table["slot_propensity"] >= 1.0)).to_numpy(dtype=bool)
    refuse_rows(TABLE, "slot_propensity", sure, "is no chance above 0 and below 1")
    table = table[table["lifecycle_value"].notna()]
    return table.sort_values(["week_index", "opportunity_id"], kind="stable").reset_index(drop=True)


def _logged(values: Floats) -> Floats:
    """Logarithm on both sides of nil."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def _covariates(table: pd.DataFrame) -> tuple[Floats, np.ndarray]:
    """Return standardised columns, unknown numbers at the usual value with a column that says so, and their groups."""
    columns: list[Floats] = []
    groups: list[str] = []

    def add(name: str, values: Floats) -> None:
        spread = values.std() if values.size else 0.0
        if spread > 1e-9:
            columns.append((values - values.mean()) / spread)
            groups.append(name)

    for name in (*_PLAIN, *_LOGGED):
        values = table[name].to_numpy(dtype=np.float64)
        if name in _LOGGED:
            values = _logged(values)
        known = ~np.isnan(values)
        usual = float(np.median(values[known])) if known.any() else 0.0
        add(name, np.where(known, values, usual))
        add(name, known.astype(np.float64))
    # bent where it matters most: sellers rarely work the surest and the most hopeless alike
    if "win_logit" in groups:
        add("win_logit", columns[groups.index("win_logit")] ** 2)
    for name in _KINDS:
        for kind in sorted(table[name].unique())[1:]:
            add(name, (table[name] == kind).to_numpy(dtype=np.float64))
    for point in sorted(table["week_index"].unique())[1:]:
        add("week_index", (table["week_index"] == point).to_numpy(dtype=np.float64))
    # how much of what the seller has open is worked at all: capacity, not the deal
    cells = table.groupby(["owner_user_id", "week_index"])["opportunity_id"].transform("size")
    add("load", np.log(cells.to_numpy(dtype=np.float64)))
    return np.column_stack(columns) if columns else np.zeros((len(table), 0)), np.array(groups, dtype=object)


def chosen(order: Floats, cell: npt.NDArray[np.integer[Any]], places: Floats) -> Floats:
    """Share with which each deal is worked when a cell works its first so many; equals share what is left.

    Args:
        order: by deal, the greater the sooner; NaN last. cell: number of its seller and point, from 0.
        places: by cell, how many deals are worked.
    """
    values = np.where(np.isnan(order), -np.inf, order)
    frame = pd.DataFrame({"cell": cell, "value": values})
    size = frame.groupby(["cell", "value"])["value"].transform("size").to_numpy(dtype=np.float64)
    ahead = (frame.groupby("cell")["value"].rank(method="min", ascending=False) - 1.0).to_numpy(dtype=np.float64)
    share: Floats = np.clip((places[cell] - ahead) / size, 0.0, 1.0)
    return share


def _play_order(table: pd.DataFrame) -> Floats:
    """Order of the weekly list: parked deals last, then value per hour, then motion where no deal has a value."""
    worth = table["value_per_hour"]
    if worth.notna().sum() == 0:
        worth = table["motion"]
    rank = worth.rank(method="min", na_option="top").to_numpy(dtype=np.float64)
    return np.asarray(rank + np.where(table["play"] == "Park", 0.0, len(table) + 1.0), dtype=np.float64)


def _sample(table: pd.DataFrame, *, is_drawn: bool) -> _Sample:
    action = (table["is_slot"] if is_drawn else table["is_worked"]).to_numpy(dtype=np.float64) > 0
    cell = table.groupby(["owner_user_id", "week_index"]).ngroup().to_numpy()
    places = np.bincount(cell, weights=action.astype(np.float64), minlength=1).astype(np.float64)
    orders = {
        "plays": _play_order(table),
        "by_amount": table["arr"].to_numpy(dtype=np.float64),
        "by_win": table["win_probability"].to_numpy(dtype=np.float64),
        "by_segment": table["segment_roi"].to_numpy(dtype=np.float64),
    }
    share = {name: chosen(order, cell, places) for name, order in orders.items()}
    share[AS_DONE] = action.astype(np.float64)
    x, group = _covariates(table)
    return _Sample(
        x=x,
        group=group,
        placebo=table[list(PLACEBOS)].to_numpy(dtype=np.float64),
        action=action,
        won=table["is_won_within"].to_numpy(dtype=np.float64),
        hours=table["hours_after"].to_numpy(dtype=np.float64),
        value=table["lifecycle_value"].to_numpy(dtype=np.float64),
        cell=cell,
        cluster=table.groupby("customer_key").ngroup().to_numpy(),
        fold=(table["bucket"] * _FOLDS // N_BUCKETS).to_numpy(dtype=np.int64),
        propensity=table["slot_propensity"].to_numpy(dtype=np.float64) if is_drawn else np.full(len(table), np.nan),
        share=share,
    )


def _with_one(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def _logit_fit(x: Floats, y: Floats, precision: Floats) -> Floats:
    share = float(np.clip(y.mean(), 0.01, 0.99))
    prior = np.zeros(x.shape[1])
    prior[0] = np.log(share / (1.0 - share))
    return logistic_mode(x, y, np.ones(len(y)), prior=prior, precision=precision)[0]


@dataclass(frozen=True)
class _Nuisance:
    """Fitted on other customers, one entry per decision: chance of the action; chance to win and hours by action."""

    e: Floats
    win: tuple[Floats, Floats]
    hours: tuple[Floats, Floats]


def _both_arms(x: Floats, action: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x, action, x * action[:, None]])


def _nuisance(sample: _Sample, columns: Bools, folds: np.ndarray) -> _Nuisance:
    """Fit propensity and outcomes on these covariates; `folds` all equal = fitted on everybody, for a benchmark."""
    x = sample.x[:, columns]
    n, k = x.shape
    action = sample.action.astype(np.float64)
    e = np.zeros(n)
    win = (np.zeros(n), np.zeros(n))
    hours = (np.zeros(n), np.zeros(n))
    narrow = np.concatenate([[1e-6], np.full(k, _PENALTY)])
    wide = np.concatenate([narrow, [1e-2], np.full(k, _PENALTY_INTERACTION)])
    for fold in np.unique(folds):
        here = folds == fold
        other = ~here if not here.all() else here
        e[here] = expit(_with_one(x[here]) @ _logit_fit(_with_one(x[other]), action[other], narrow))
        design = _both_arms(x[other], action[other])
        of_win = _logit_fit(design, sample.won[other], wide)
        of_hours = np.linalg.solve(design.T @ design + np.diag(wide), design.T @ sample.hours[other])
        for arm in (0, 1):
            asked = _both_arms(x[here], np.full(int(here.sum()), float(arm)))
            win[arm][here] = expit(asked @ of_win)
            hours[arm][here] = np.maximum(asked @ of_hours, 0.0)
    return _Nuisance(e if np.isnan(sample.propensity).all() else sample.propensity, win, hours)


def action_chance(fitted: Floats, drawn: Floats) -> Floats:
    """Chance of the action of each decision: as drawn where it was, else (`drawn` is NaN) as fitted, kept off 0 and 1.

    A chance that was fitted near 0 may be an error, one that was drawn is a fact: cut off, it would bias the one
    estimate that needs no condition.
    """
    return np.asarray(np.where(np.isnan(drawn), np.clip(fitted, _CLIP, 1.0 - _CLIP), drawn), dtype=np.float64)


def _scores(sample: _Sample, fitted: _Nuisance, share: Floats) -> tuple[Floats, Floats]:
    """Contribution and hours of each decision under a policy; their means are the policy's."""
    e = action_chance(fitted.e, sample.propensity)
    weight = (np.where(sample.action, 0.0, 1.0 / (1.0 - e)), np.where(sample.action, 1.0 / e, 0.0))

    def mixed(mean: tuple[Floats, Floats], y: Floats) -> Floats:
        arm = [mean[a] + weight[a] * (y - mean[a]) for a in (0, 1)]
        return np.asarray(share * arm[1] + (1.0 - share) * arm[0], dtype=np.float64)

    return sample.value * mixed(fitted.win, sample.won), mixed(fitted.hours, sample.hours)


def _ratio(contribution: Floats, hours: Floats) -> tuple[float, Floats]:
    """Contribution per hour, and by how much each decision pulls it (influence)."""
    mean_hours = float(hours.mean())
    if mean_hours <= 0.0:
        return float("nan"), np.full(len(hours), np.nan)
    ratio = float(contribution.mean()) / mean_hours
    return ratio, (contribution - ratio * hours) / mean_hours


def _ratios(sample: _Sample, fitted: _Nuisance) -> dict[str, tuple[float, Floats, float]]:
    """By policy: contribution per hour, influence of each decision, hours per decision."""
    out = {}
    for policy in POLICIES:
        if policy == AS_DONE:
            # what was done needs no model: it is what came
            contribution, hours = sample.value * sample.won, sample.hours
        else:
            contribution, hours = _scores(sample, fitted, sample.share[policy])
        ratio, influence = _ratio(contribution, hours)
        out[policy] = (ratio, influence, float(hours.mean()))
    return out


def _clustered(influence: Floats, cluster: np.ndarray) -> float:
    """Standard error of a mean of influences that move together within a customer."""
    sums = np.bincount(cluster, weights=influence)
    n_clusters = len(sums)
    if n_clusters < 2:
        return float("nan")
    return float(np.sqrt(np.sum(sums**2) * n_clusters / (n_clusters - 1)) / len(influence))


def _placebo(sample: _Sample, fitted: _Nuisance) -> tuple[str | None, float, float]:
    """The placebo that the action goes with most, the present state held fixed: name, errors from nil, partial R2."""
    worst: tuple[str | None, float, float] = (None, float("nan"), float("nan"))
    rest = sample.action.astype(np.float64) - fitted.e
    for number, name in enumerate(PLACEBOS):
        known = ~np.isnan(sample.placebo[:, number])
        y = _logged(sample.placebo[known, number]) if name in _LOGGED_PLACEBOS else sample.placebo[known, number]
        if known.sum() < 50 or y.std() < 1e-9:
            continue
        x = _with_one(sample.x[known])
        precision = np.concatenate([[1e-6], np.full(x.shape[1] - 1, _PENALTY)])
        own = y - x @ np.linalg.solve(x.T @ x + np.diag(precision), x.T @ y)
        product = own * rest[known]
        error = _clustered(product, np.unique(sample.cluster[known], return_inverse=True)[1])
        if not error > 0.0 or own.std() < 1e-6 * y.std():
            continue
        z = abs(float(product.mean())) / error
        share = float(product.mean()) ** 2 / float(np.mean(own**2) * np.mean(rest[known] ** 2))
        if not z <= worst[1]:
            worst = (name, z, share)
    return worst


def _benchmark(sample: _Sample) -> dict[tuple[str, str], tuple[str | None, float]]:
    """By pair of policies: the covariate without which their difference moves most, and by how much."""
    everybody = np.zeros(len(sample), dtype=np.int64)
    full = _ratios(sample, _nuisance(sample, np.ones(len(sample.group), dtype=bool), everybody))
    worst: dict[tuple[str, str], tuple[str | None, float]] = {
        (policy, other): (None, 0.0) for policy in POLICIES for other in POLICIES if policy != other
    }
    for name in sorted(set(sample.group)):
        without = _ratios(sample, _nuisance(sample, sample.group != name, everybody))
        for pair in worst:
            gap = (without[pair[0]][0] - without[pair[1]][0]) - (full[pair[0]][0] - full[pair[1]][0])
            if abs(gap) > worst[pair][1]:
                worst[pair] = (name, abs(gap))
    return worst


def identify(facts: Evidence, limits: Mapping[str, float], *, is_drawn: bool) -> tuple[str, str]:
    """Return label and reason: the first condition that is not met. A number that is NaN fails its check."""
    least_wins = min(facts.n_wins_worked, facts.n_wins_other)
    if is_drawn:
        checks: tuple[tuple[bool, str], ...] = ((facts.n_decisions >= limits["slots_min"], "too few random slots"),)
    else:
        is_moved = facts.placebo_z > limits["placebo_z_max"] and facts.placebo_share > limits["placebo_share_max"]
        undone = (
            # a difference around nil claims nothing that a confounder could undo
            abs(facts.difference) > _Z90 * facts.sd
            and abs(facts.difference) <= limits["confounder_multiple"] * facts.confounder_bias
        )
        checks = (
            (facts.n_decisions >= limits["decisions_min"], "too few decisions"),
            (least_wins >= limits["arm_wins_min"], "too few wins"),
            (facts.overlap_share >= limits["overlap_min"], "no overlap"),
            (np.isfinite(facts.placebo_z), "nothing to test it on"),
            (not is_moved, "placebo moved: sellers knew what is not recorded"),
            (not undone, "a confounder like the strongest recorded one would explain it"),
        )
    for is_met, reason in (*checks, (facts.sd > 0.0, "no variation")):
        if not is_met:
            return NOT_IDENTIFIED, reason
    if is_drawn:
        return RANDOMISED, "hours placed at random"
    return ADJUSTED, "recorded state of the deal adjusted for"


def _population(table: pd.DataFrame, population: str, limits: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return a row per policy and comparison; without decisions each says so."""
    from scipy.stats import norm

    is_drawn = population == SLOTS
    pairs = [(policy, other) for policy in POLICIES for other in POLICIES if policy != other]
    if len(table) < 2:
        return [_row(population, policy, other, _nothing(len(table)), limits, is_drawn) for policy, other in pairs]
    sample = _sample(table.reset_index(drop=True), is_drawn=is_drawn)
    every = np.ones(len(sample.group), dtype=bool)
    fitted = _nuisance(sample, every, sample.fold)
    ratios = _ratios(sample, fitted)
    name, z, z_share = (None, float("nan"), float("nan")) if is_drawn else _placebo(sample, fitted)
    strongest = {pair: (None, float("nan")) for pair in pairs} if is_drawn else _benchmark(sample)
    wins = sample.won > 0
    rows = []
    for policy, other in pairs:
        difference = ratios[policy][0] - ratios[other][0]
        sd = _clustered(ratios[policy][1] - ratios[other][1], sample.cluster)
        facts = Evidence(
            n_decisions=int(sample.action.sum()) if is_drawn else len(sample),
            n_wins_worked=int((wins & sample.action).sum()),
            n_wins_other=int((wins & ~sample.action).sum()),
            overlap_share=float(np.mean((fitted.e >= _OVERLAP[0]) & (fitted.e <= _OVERLAP[1]))),
            placebo_variable=name,
            placebo_z=z,
            placebo_share=z_share,
            difference=difference,
            sd=sd,
            confounder=strongest[(policy, other)][0],
            confounder_bias=strongest[(policy, other)][1],
        )
        row = _row(population, policy, other, facts, limits, is_drawn)
        row["n_observed"], row["n_worked"] = len(sample), int(sample.action.sum())
        row["n_events"] = int(wins.sum())
        own_sd = _clustered(ratios[policy][1], sample.cluster)
        is_known = row["identification"] != NOT_IDENTIFIED
        # what was done is a fact, whatever can be said of the others
        if is_known or policy == AS_DONE:
            row["value_per_hour_mean"] = ratios[policy][0]
            row["value_per_hour_p05"] = ratios[policy][0] - _Z90 * own_sd
            row["value_per_hour_p95"] = ratios[policy][0] + _Z90 * own_sd
        if is_known:
            row["difference_mean"] = difference
            row["difference_p05"], row["difference_p95"] = difference - _Z90 * sd, difference + _Z90 * sd
            row["p_better"] = float(norm.cdf(difference / sd))
        row["hours_per_decision"] = ratios[policy][2]
        row["association_mean"] = difference
        row["association_p05"], row["association_p95"] = difference - _Z90 * sd, difference + _Z90 * sd
        rows.append(row)
    return rows


def _nothing(n: int) -> Evidence:
    unknown = float("nan")
    return Evidence(n, 0, 0, unknown, None, unknown, unknown, unknown, unknown, None, unknown)


def _row(
    population: str, policy: str, other: str, facts: Evidence, limits: Mapping[str, float], is_drawn: bool
) -> dict[str, Any]:
    label, reason = identify(facts, limits, is_drawn=is_drawn)
    unknown = float("nan")
    return {
        "population": population,
        "policy": policy,
        "comparison": other,
        "identification": label,
        "identification_reason": reason,
        "value_per_hour_mean": unknown,
        "value_per_hour_p05": unknown,
        "value_per_hour_p95": unknown,
        "difference_mean": unknown,
        "difference_p05": unknown,
        "difference_p95": unknown,
        "p_better": unknown,
        "association_mean": unknown,
        "association_p05": unknown,
        "association_p95": unknown,
        "hours_per_decision": unknown,
        "n_observed": facts.n_decisions,
        "n_worked": 0,
        "n_events": 0,
        "overlap_share": facts.overlap_share,
        "placebo_variable": facts.placebo_variable,
        "placebo_z": facts.placebo_z,
        "strongest_confounder": facts.confounder,
        "strongest_confounder_bias": facts.confounder_bias,
    }
