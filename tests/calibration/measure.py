"""Runs the companies and collects what the goals need. Every collection is a table with one row per number."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from tests.calibration.company import hidden_segments, make_company, statistics
from tests.calibration.fitted import Fitted, assign, fit, learn_rules
from tests.calibration.pipeline import log_loss, make_pipeline
from tests.calibration.score import (
    cover_hazard,
    cover_hazard_bands,
    cover_quantities,
    holdout_oe,
    naive_money,
    new_deals,
    raw_survival,
)
from tests.calibration.segment_quality import REFIT_MONTHS, segment_quality
from tests.calibration.truth import population, truth_of
from tests.calibration.worlds import Drift

WORLDS = ("logit", "weibull")
MODES = ("fitted", "hidden")
HIDDEN_NAMES = np.array([f"S{i + 1}" for i in range(6)])


def companies(
    customers: int, seeds: Iterable[int], worlds: Iterable[str] = WORLDS, modes: Iterable[str] = MODES
) -> pd.DataFrame:
    """Coverage and calibration of everything about customers.

    Returns:
        One row per world, segments (fitted or hidden), seed, quantity and judged cell: value, inside, error, baseline.
    """
    out = []
    for world in worlds:
        people = population(world)
        hidden = HIDDEN_NAMES[people.deals.kind]
        known = truth_of(people, hidden)
        for seed in seeds:
            company = make_company(world, seed, customers)
            for mode in modes:
                rules = None
                if mode == "hidden":
                    segment, of_people, truth = hidden_segments(company), hidden, known
                else:
                    rules = learn_rules(company, seed)
                    segment, of_people = assign(rules, company.signals()), assign(rules, people.deals.signals)
                    truth = truth_of(people, of_people)
                counts = statistics(company, segment)
                fitted = fit(company, segment, seed, counts, rules)
                simple = Fitted(pd.concat([raw_survival(counts), naive_money(counts)]), fitted.hazard, fitted.life)
                scores = {
                    **new_deals(fitted, people, of_people, np.random.default_rng(seed)),
                    **holdout_oe(company, fitted, segment),
                }
                parts = [
                    cover_quantities(fitted, truth).assign(by="published"),
                    cover_quantities(simple, truth).assign(by="baseline"),
                    cover_hazard(fitted, truth).assign(by="published", quantity="hazard_by_month"),
                    cover_hazard_bands(fitted, truth).assign(by="published", quantity="hazard_by_band"),
                    pd.DataFrame({"quantity": list(scores), "value": list(scores.values())}).assign(by="score"),
                ]
                out.append(
                    pd.concat(parts, ignore_index=True).assign(world=world, mode=mode, seed=seed, customers=customers)
                )
    return pd.concat(out, ignore_index=True)


def young_companies(customers: int, seeds: Iterable[int], months: int = 30) -> pd.DataFrame:
    """Cover of what lies mostly beyond the oldest age seen: companies whose first customer is `months` old.

    Returns:
        As `cover_quantities`, with world and seed.
    """
    out = []
    for world in WORLDS:
        people = population(world)
        truth = truth_of(people, HIDDEN_NAMES[people.deals.kind])
        for seed in seeds:
            company = make_company(world, seed, customers, first_start=0, origin=months, later=0)
            fitted = fit(company, hidden_segments(company), seed)
            out.append(cover_quantities(fitted, truth).assign(world=world, seed=seed))
    return pd.concat(out, ignore_index=True)


def drifting(customers: int, seeds: Iterable[int], churn: Iterable[float]) -> pd.DataFrame:
    """Observed over expected churns in the year after the origin when churn drifts, and when the mix does.

    Returns:
        drift, seed, oe.
    """
    rows = []
    for drift in [*(Drift(churn=c) for c in churn), Drift(mix=0.5)]:
        name = "mix" if drift.mix else f"{drift.churn:+.2f}"
        for seed in seeds:
            company = make_company("logit", 500 + seed, customers, drift=drift)
            rules = learn_rules(company, seed)
            segment = assign(rules, company.signals())
            rows.append((name, seed, holdout_oe(company, fit(company, segment, seed, rules=rules), segment)["oe"]))
    return pd.DataFrame(rows, columns=["drift", "seed", "oe"])


def segmentations(customers: int, seeds: Iterable[int], worlds: Iterable[str]) -> pd.DataFrame:
    """What segments are worth, one row per world and seed; see `segment_quality`."""
    rows = []
    for world in worlds:
        people = population(world)
        for seed in seeds:
            company = make_company(world, 900 + seed, customers, origin=36 + REFIT_MONTHS, later=3)
            rows.append({"world": world, "seed": seed, **segment_quality(company, people, seed)})
    return pd.DataFrame(rows)


def pipelines(seeds: Iterable[int], worlds: Iterable[str] = ("plain", "tangled"), deals: int = 9_000) -> pd.DataFrame:
    """Win probability on later deals: share of the log-loss gap between the share won and the oracle that is closed.

    Returns:
        world, seed, share_closed, learner_closed (boosting on the same columns and the segment), share_by_deal (as
        share_closed, each deal weighing one), slope, oe.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    from orchestration.inference.win import FEATURES, fit_win_model, score_win
    from tests.calibration.score import slope_of

    rows = []
    for world in worlds:
        for seed in seeds:
            every = make_pipeline(world, seed, deals)
            early, late = every.part(every.created_week < 100), every.part(every.created_week >= 104)
            coefficient, calibration = fit_win_model(early.weeks)
            p = score_win(coefficient, calibration, late.weeks).to_numpy()
            columns = [name for name in FEATURES if name in early.weeks]
            x, x_late = (
                part.weeks[columns].assign(segment=part.weeks["segment_id"].str[1:].astype(int))
                for part in (early, late)
            )
            learner = HistGradientBoostingClassifier(
                max_iter=150, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=100
            ).fit(x, early.weeks["is_won"])
            share = np.full(p.size, early.weeks["is_won"].mean())
            gap = log_loss(share, late) - log_loss(late.oracle, late)
            of_deals = np.full(p.size, np.average(early.weeks["is_won"], weights=early.weeks["sample_weight"]))
            weighted = [log_loss(q, late, each_deal_once=True) for q in (of_deals, late.oracle, p)]
            rows.append(
                {
                    "world": world,
                    "seed": seed,
                    "share_closed": (log_loss(share, late) - log_loss(p, late)) / gap,
                    "learner_closed": (log_loss(share, late) - log_loss(learner.predict_proba(x_late)[:, 1], late))
                    / gap,
                    "share_by_deal": (weighted[0] - weighted[2]) / (weighted[0] - weighted[1]),
                    "slope": slope_of(p, late.oracle),
                    "oe": float(late.oracle.mean() / p.mean()),
                }
            )
    return pd.DataFrame(rows)
