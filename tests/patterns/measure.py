"""What the marts said of companies whose chances are known, as one row per number that can be checked."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.patterns import marts
from tests.patterns.company import Deals, draw, shuffle_outcomes
from tests.warehouse.compiled import columns_given

# signs that change the chance of leaving within a segment, and those that do not; pairs and counts of signs hold both
HARMFUL = ("heavy_discount", "unclear_success_criteria")
HARMLESS = ("excessive_customisation", "many_promises", "compressed_onboarding")
_LEAST = 20
_RATES = {"churn": "churn_12m_rate", "expansion": "expansion_12m_rate"}


def _cells(mart: pd.DataFrame, keys: list[str], members: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Rates of a mart beside the mean chance of the deals in each cell.

    Args:
        mart: rows by segment_id and `keys`.
        members: one row per mature deal and cell, `keys`, segment_id and the chances.
    """
    both = pd.concat([members, members.assign(segment_id="all")])
    truth = both.groupby(["segment_id", *keys])[list(_RATES)].mean()
    whole = both[both["segment_id"] == "all"].drop_duplicates("opportunity_id")[list(_RATES)].mean()
    parts = []
    for chance, rate in _RATES.items():
        own = mart[["segment_id", *keys, "n_mature_12m", rate, f"{rate}_p05", f"{rate}_p95", f"{rate}_verdict"]].copy()
        own.columns = pd.Index(["segment_id", *keys, "n", "value", "p05", "p95", "verdict"])
        own = own.join(truth[chance].rename("truth"), on=["segment_id", *keys], how="inner")
        own["cell"] = own["segment_id"] + " " + own[keys].astype(str).agg(" ".join, axis=1)
        parts.append(own.assign(kind=kind, quantity=rate, nil=whole[chance]).drop(columns=keys))
    return pd.concat(parts, ignore_index=True)


def _lifts(mart: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Lifts of leaving by segment and sign beside those of the true chances.

    That of `all` holds the segment fixed (Mantel and Haenszel 1959).
    """
    sums = members.groupby(["segment_id", "indicator", "is_present"])["churn"].agg(["sum", "size"]).unstack()
    sums.columns = pd.Index([f"{name}_{'with' if flag else 'without'}" for name, flag in sums.columns])
    sums = sums.dropna()
    total = sums["size_with"] + sums["size_without"]
    above = (sums["sum_with"] * sums["size_without"] / total).groupby("indicator").sum()
    below = (sums["sum_without"] * sums["size_with"] / total).groupby("indicator").sum()
    own = (sums["sum_with"] / sums["size_with"]) / (sums["sum_without"] / sums["size_without"])
    company = (above / below).rename("truth").reset_index().assign(segment_id="all")
    truth = pd.concat([own.rename("truth").reset_index(), company]).set_index(["segment_id", "indicator"])["truth"]
    columns = {"churn_adjusted_lift": "value", "churn_adjusted_lift_p05": "p05", "churn_adjusted_lift_p95": "p95"}
    rows = mart.rename(columns={**columns, "churn_verdict": "verdict"})
    rows["n"] = rows[["churn_n_with", "churn_n_without"]].min(axis=1)
    rows = rows.join(truth, on=["segment_id", "indicator"], how="inner")
    rows["cell"] = rows["segment_id"] + " " + rows["indicator"]
    return rows[["segment_id", "indicator", "cell", "n", "value", "p05", "p95", "verdict", "truth"]].assign(
        kind="sign", quantity="lift of leaving", nil=1.0
    )


def one_company(deals: Deals, home: Path, types: dict[str, dict[str, str]]) -> pd.DataFrame:
    """Return every number of one company that has a truth: kind, quantity, cell, value, interval, verdict and truth.

    Only cells of at least 20 mature deals (on both sides of a lift) are judged, as the marts do.
    """
    mature = deals.seen["is_mature_12m"].to_numpy()
    known = pd.concat([deals.seen[["opportunity_id", "segment_id"]], deals.chance], axis=1)[mature]
    with marts.build(home, types, deals) as warehouse:
        structure = warehouse.read("marts.mart_segment_deal_structure")
        velocity = warehouse.read("marts.mart_segment_velocity_durability")
        signs = warehouse.read("marts.mart_segment_risk_indicator")
        bands = warehouse.read("core.fct_deal_velocity")[["opportunity_id", "velocity_band"]]
        shown = warehouse.read("intermediate.int_opportunity__risk_sign")[["opportunity_id", "indicator", "is_present"]]
    structured = known.merge(marts.structures(deals.seen), on="opportunity_id")
    paced = known.merge(bands, on="opportunity_id")
    signed = known.merge(shown.dropna(), on="opportunity_id")
    found = pd.concat(
        [
            _cells(structure, ["dimension", "band"], structured, "structure"),
            _cells(velocity, ["velocity_band"], paced, "velocity"),
            _lifts(signs, signed),
        ],
        ignore_index=True,
    )
    return found[found["n"] >= _LEAST].reset_index(drop=True)


def many_companies(seeds: range, home: Path) -> pd.DataFrame:
    """Return `one_company` of every seed."""
    types = columns_given(home, marts.MODELS)
    return pd.concat([one_company(draw(seed), home, types).assign(seed=seed) for seed in seeds], ignore_index=True)


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row per kind and quantity: cells, cover of the 90 % intervals, calls and how many are on the wrong side."""
    told = found.assign(
        covered=(found["truth"] >= found["p05"]) & (found["truth"] <= found["p95"]),
        called=found["verdict"].isin(["higher", "lower"]),
        wrong=((found["verdict"] == "higher") & (found["truth"] < found["nil"]))
        | ((found["verdict"] == "lower") & (found["truth"] > found["nil"])),
    )
    harmless = told["indicator"].isin(HARMLESS)
    grouped = pd.concat([told, told[harmless].assign(quantity="lift of leaving, signs without effect")])
    table = grouped.groupby(["kind", "quantity"]).agg(
        cells=("cell", "size"), cover=("covered", "mean"), called=("called", "sum"), wrong=("wrong", "sum")
    )
    by_seed = grouped.groupby(["kind", "quantity", "seed"])["covered"].mean().groupby(["kind", "quantity"]).std(ddof=1)
    table["cover_error"] = by_seed / np.sqrt(found["seed"].nunique())
    return table.reset_index()


def is_missed(row: Any) -> bool:
    """Whether a row of `summarise` misses a goal: cover clearly outside 0.88 to 0.92, or over one call in ten wrong."""
    beyond = max(0.88 - row.cover, row.cover - 0.92)
    return bool(beyond > 2 * row.cover_error or row.wrong > 0.1 * row.called)


def signs_on_the_right_side(found: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Sign that does harm, companies whose lift within segments is on the right side of 1, companies drawn."""
    signs = found[(found["kind"] == "sign") & (found["segment_id"] == "all")]
    counted = []
    for indicator in HARMFUL:
        own = signs[signs["indicator"] == indicator]
        counted.append((indicator, int((own["value"] > 1).sum()), len(own)))
    return counted


def calls_of_nothing(seeds: range, home: Path) -> pd.DataFrame:
    """Companies in which nothing goes with anything, and the share in which a mart calls something nevertheless.

    Returns:
        One row per kind and quantity: companies, any_call (share of them), error (binomial). The marts
        promise at most 0.10.
    """
    types = columns_given(home, marts.MODELS)
    found = pd.concat(
        [one_company(shuffle_outcomes(draw(seed), seed), home, types).assign(seed=seed) for seed in seeds],
        ignore_index=True,
    )
    called = found.assign(called=found["verdict"].isin(["higher", "lower"]))
    by_company = called.groupby(["kind", "quantity", "seed"])["called"].any().groupby(["kind", "quantity"])
    table = by_company.agg(companies="size", any_call="mean").reset_index()
    table["error"] = np.sqrt(0.10 * 0.90 / table["companies"])
    return table
