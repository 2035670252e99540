"""The churn hazard in a sampler, beside the product's own approximation: `make audit`.

Same cells, same design, same priors, in PyMC 5 with nutpie. The product integrates with Laplace and a fixed design over
the standard deviations; here nothing is approximated but by the number of draws. Compared are published numbers: the
monthly hazard by segment, term type and age, renewal and ordinary months apart, and 12-month survival. Prints a table
and ends with 1 where a mean is more than 0.15 posterior standard deviations away or an interval more than 10 % wider
or narrower, on average over the numbers of its kind.

Beside it a challenger without any structure, gradient boosting on the same cells, so that one sees what the structure
costs: log score on the last year, which neither has seen.
"""

import sys
import time
from pathlib import Path

import numpy as np
import nutpie
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from sklearn.ensemble import HistGradientBoostingClassifier

sys.path.insert(0, str(Path(__file__).parents[1] / "python" / "inference"))

import simulate

from orchestration.inference.constants import HYPER_DF, POOLED
from orchestration.inference.hazard import design_of
from orchestration.inference.hazard_design import Columns, columns_of, hazard_cells, with_anniversaries
from orchestration.inference.hierarchy import Design, Prior, expit, fit_hierarchy
from orchestration.inference.streams import stream

CUSTOMERS = 2000
AGES = (1, 2, 3, 6, 9, 12, 13, 18, 24, 36)
MEAN_LIMIT = 0.15
WIDTH_LIMIT = 0.10
# the product draws 500 at a time; several streams leave less noise in what is compared
STREAMS = 10


def sample(design: Design, prior: Prior, *, seed: int, draws: int, chains: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw b, shape (draws, p), and u, shape (draws, segments, q), and the largest R-hat, by NUTS."""
    names = list(prior.scale)
    with pm.Model() as model:
        variance = {g: pm.InverseGamma(f"v_{g}", HYPER_DF / 2, HYPER_DF * prior.scale[g] ** 2 / 2) for g in names}
        shared_sd = pt.stack(
            [pt.sqrt(variance[g]) if g else pt.constant(s) for g, s in zip(prior.shared_group, prior.sd, strict=True)]
        )
        own_sd = pt.stack([pt.sqrt(variance[g]) for g in prior.own_group])
        b_raw = pm.Normal("b_raw", 0, 1, shape=design.shared.shape[1])
        u_raw = pm.Normal("u_raw", 0, 1, shape=(design.n_segments, design.own.shape[1]))
        b = pm.Deterministic("b", prior.mean + b_raw * shared_sd)
        u = pm.Deterministic("u", u_raw * own_sd)
        eta = pt.dot(design.shared, b) + pt.sum(design.own * u[design.segment], axis=1)
        pm.Potential("counts", pt.sum(design.k * eta - design.n * pt.softplus(eta)))
    trace = nutpie.sample(
        nutpie.compile_pymc_model(model),
        draws=draws,
        tune=800,
        chains=chains,
        cores=2,
        seed=seed,
        target_accept=0.95,
        progress_bar=False,
    )
    worst = float(max(pm.stats.rhat(trace)[name].max() for name in ("b", "u")))
    stacked = trace.posterior.stack(draw_id=("chain", "draw"))
    return (
        stacked["b"].transpose("draw_id", ...).to_numpy(),
        stacked["u"].transpose("draw_id", ...).to_numpy(),
        worst,
    )


def numbers(columns: Columns, segments: list[str], b: np.ndarray, u: np.ndarray) -> pd.DataFrame:
    """Draws of published numbers, one column each; `b` (draws, p), `u` (draws, segments, q)."""
    out: dict[tuple[str, str], np.ndarray] = {}
    year = np.arange(1.0, 13.0)
    quarter = np.full(60, columns.quarter_mean)
    for s, segment in enumerate(segments):
        for term in columns.terms:

            def hazard(age: np.ndarray, renewal: np.ndarray, s: int = s, term: str = term) -> np.ndarray:
                names = [term] * age.size
                eta = b @ columns.shared(names, age, renewal, quarter[: age.size]).T
                return np.asarray(expit(eta + u[:, s] @ columns.own(names, age, renewal).T))

            at = np.array(AGES, dtype=float)
            due = (at % 12 == 0) & (term in columns.renewal_terms)
            monthly = hazard(at, due)
            for i, age in enumerate(AGES):
                kind = "renewal month" if due[i] else "ordinary month"
                out[kind, f"{segment} {term} {age}"] = monthly[:, i]
            stays = 1.0 - hazard(year, (year % 12 == 0) & (term in columns.renewal_terms))
            out["12-month survival", f"{segment} {term}"] = stays.prod(axis=1)
    return pd.DataFrame(out)


def compare(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """One row per kind of number: distance of means in standard deviations, ratio of widths, mean and worst."""

    def width(draws: pd.DataFrame) -> pd.Series:
        return draws.quantile(0.95) - draws.quantile(0.05)

    gap = (ours.mean() - theirs.mean()) / theirs.std()
    ratio = width(ours) / width(theirs)
    each = pd.DataFrame({"gap": gap, "far": gap.abs(), "ratio": ratio}).groupby(level=0)
    return pd.DataFrame(
        {
            "numbers": each.size(),
            "mean gap, sd": each["gap"].mean(),
            "mean distance, sd": each["far"].mean(),
            "worst distance, sd": each["far"].max(),
            "width ratio": each["ratio"].mean(),
            "narrowest": each["ratio"].min(),
            "widest": each["ratio"].max(),
        }
    )


def challenger(cells: pd.DataFrame) -> pd.DataFrame:
    """Log score per 1,000 customer-months of the last four quarters: base rate, boosting on the cells, our model."""
    last = cells["quarter"].max() - 4
    train, test = cells[cells["quarter"] <= last], cells[cells["quarter"] > last]
    segments = sorted(cells["segment_id"].unique())
    columns = columns_of(train)
    fit = fit_hierarchy(design_of(train, columns, segments, pooled=False), columns.prior(pooled=False))
    ahead = design_of(test, columns, segments, pooled=False)
    level = ahead.shared.copy()
    level[:, 2] = columns.year_last
    ours = expit(level @ fit.shared + np.sum(ahead.own * fit.own[ahead.segment], axis=1))

    def signals(rows: pd.DataFrame) -> np.ndarray:
        codes = [
            pd.Categorical(rows[c], categories=sorted(cells[c].unique())).codes for c in ("segment_id", "term_type")
        ]
        return np.column_stack([*codes, rows["age_month"], rows["is_renewal_month"]]).astype(float)

    x = np.vstack([signals(train)] * 2)
    y = np.repeat([1, 0], len(train))
    weight = np.concatenate([train["n_churn"], train["n_at_risk"] - train["n_churn"]])
    boosted = HistGradientBoostingClassifier(
        categorical_features=[0, 1], learning_rate=0.05, max_iter=150, min_samples_leaf=200, random_state=1
    )
    boosted.fit(x, y, sample_weight=weight)
    n, k = test["n_at_risk"].to_numpy(), test["n_churn"].to_numpy()
    base = np.full(len(test), train["n_churn"].sum() / train["n_at_risk"].sum())
    rows = {"base rate": base, "boosting on the cells": boosted.predict_proba(signals(test))[:, 1], "our model": ours}
    return pd.DataFrame(
        {
            "log score": {m: -1000 * np.sum(k * np.log(p) + (n - k) * np.log1p(-p)) / n.sum() for m, p in rows.items()},
            "observed / expected": {m: k.sum() / np.sum(n * p) for m, p in rows.items()},
        }
    )


def main(draws: int = 750, chains: int = 4) -> int:
    """Fit both, print the tables, return the exit code."""
    table = simulate.simulate(0, CUSTOMERS).hazard
    # Years in place of quarters leave the sampler a third of the rows; the trend stays in the model.
    table["calendar_quarter"] = table["calendar_quarter"].str.slice(0, 4) + "Q1"
    cells = with_anniversaries(hazard_cells(table))
    segments = sorted(cells["segment_id"].unique())
    columns = columns_of(cells)
    design, prior = design_of(cells, columns, segments, pooled=False), columns.prior(pooled=False)
    started = time.process_time()
    fit = fit_hierarchy(design, prior)
    drawn = []
    for seed in range(STREAMS):
        b, u = fit.draw(stream(seed, "audit", POOLED), lambda s, seed=seed: stream(seed, "audit", segments[s]))
        drawn.append((b, u.transpose(1, 0, 2)))
    ours = numbers(columns, segments, *(np.concatenate(part) for part in zip(*drawn, strict=True)))
    middle = time.process_time()
    b, u, rhat = sample(design, prior, seed=7, draws=draws, chains=chains)
    theirs = numbers(columns, segments, b, u)
    result = compare(ours, theirs)
    write = sys.stdout.write
    write(f"{len(cells)} cells, {design.shared.shape[1]} shared effects, {design.own.shape[1]} of each segment; ")
    write(f"ours {middle - started:.1f} CPU s, sampler {time.process_time() - middle:.0f} CPU s, ")
    write(f"{len(theirs)} draws, largest R-hat {rhat:.3f}\n\n{result.round(3).to_string()}\n\n")
    quarters = with_anniversaries(hazard_cells(simulate.simulate(0, CUSTOMERS).hazard))
    write(f"{challenger(quarters).round(3).to_string()}\n")
    bad = (result["mean distance, sd"] > MEAN_LIMIT) | ((result["width ratio"] - 1).abs() > WIDTH_LIMIT)
    return int(bad.any() or rhat > 1.02)


if __name__ == "__main__":
    sys.exit(main())
