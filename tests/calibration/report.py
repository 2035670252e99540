"""From collected measurements to goals."""

import numpy as np
import pandas as pd

from tests.calibration.cohort import SERIES, constant_rate, maximum_likelihood, retention_error
from tests.calibration.goals import Goal, mean_and_error

NOWHERE = float("nan")
_COVER = (0.88, 0.92)
_HARD_COVER = (
    "hazard_by_band",
    "survival_12m",
    "survival_24m",
    "rmst_36m",
    "life_years",
    "gross_margin_rate",
    "support_cost_per_arr_year",
    "contribution_per_arr_12m",
    "contribution_per_arr_24m",
    "expand_prob_12m",
    "expansion_value_per_arr",
)


def coverage_goals(table: pd.DataFrame, customers: int) -> list[Goal]:
    """90 % intervals over many companies; a company counts once, whatever the number of its segments."""
    out = []
    for quantity in (*_HARD_COVER, "hazard_by_month"):
        for world in table["world"].unique():
            for mode in table["mode"].unique():
                here = table[(table["quantity"] == quantity) & (table["world"] == world) & (table["mode"] == mode)]
                by_company = here[here["by"] == "published"].groupby("seed")["inside"].mean()
                simple = here[here["by"] == "baseline"].groupby("seed")["inside"].mean()
                value, error = mean_and_error(by_company)
                # a handful of companies may agree by luck: never surer than independent cells would be
                error = float(np.nanmax([error, np.sqrt(0.09 / max(1, (here["by"] == "published").sum()))]))
                low, high = _COVER if quantity in _HARD_COVER else (NOWHERE, NOWHERE)
                out.append(
                    Goal(
                        f"cover {customers:,}/{quantity}/{world}/{mode}",
                        f"{quantity}, {world}, {mode}",
                        low,
                        high,
                        value,
                        error,
                        f"naive {simple.mean():.3f}" if len(simple) else "",
                    )
                )
    return out


def calibration_goals(table: pd.DataFrame, customers: int) -> list[Goal]:
    """Churn out of time: O/E, slope, ECE, error of survival."""
    is_large = customers >= 20_000
    demands = {
        "oe": ("O/E next year, all", 0.97, 1.03),
        "oe_new": ("O/E next year, new customers", NOWHERE, NOWHERE),
        "new_oe": ("O/E 12 months, new deals", 0.97, 1.03),
        "new_slope": ("slope 12 months, new deals", 0.95, 1.05),
        # in a small company the sampling error of survival alone is ten times as large
        "new_ece": ("ECE above its noise floor", -np.inf if is_large else NOWHERE, 0.003 if is_large else NOWHERE),
    }
    out = []
    scores = table[table["by"] == "score"]
    for name, (text, low, high) in demands.items():
        for world in scores["world"].unique():
            for mode in table["mode"].unique():
                here = scores[(scores["world"] == world) & (scores["mode"] == mode)]
                value, error = mean_and_error(here.loc[here["quantity"] == name, "value"])
                base = here.loc[here["quantity"] == "base_ece", "value"].mean()
                beside = f"one rate {base:.4f}" if name == "new_ece" else ""
                digits = 4 if name == "new_ece" else 3
                out.append(
                    Goal(
                        f"churn {customers:,}/{name}/{world}/{mode}",
                        f"{text}, {world}, {mode}",
                        low,
                        high,
                        value,
                        error,
                        beside,
                        digits,
                    )
                )
    for world in table["world"].unique():
        for mode in table["mode"].unique():
            here = table[(table["quantity"] == "survival_12m") & (table["world"] == world) & (table["mode"] == mode)]
            error_of = here.assign(off=here["error"].abs()).groupby(["by", "seed"])["off"].mean()
            value, error = mean_and_error(error_of["published"])
            high = 0.010 if is_large else 0.04
            out.append(
                Goal(
                    f"churn {customers:,}/s12_error/{world}/{mode}",
                    f"S(12) error, {world}, {mode}",
                    -np.inf,
                    high,
                    value,
                    error,
                    f"raw {error_of['baseline'].mean():.4f}",
                    4,
                )
            )
    return out


def young_goals(table: pd.DataFrame) -> list[Goal]:
    """Lifetimes of 60 months where nobody is older than 30."""
    out = []
    for quantity in ("survival_24m", "life_years"):
        for world, part in table[table["quantity"] == quantity].groupby("world", sort=False):
            value, error = mean_and_error(part.groupby("seed")["inside"].mean())
            error = float(np.nanmax([error, np.sqrt(0.09 / len(part))]))
            bias = f"bias {part['error'].mean() / part['truth'].mean():+.3f}"
            text = f"{quantity}, {world}, hidden"
            out.append(
                Goal(f"cover, nobody older than 30 months/{quantity}/{world}", text, *_COVER, value, error, bias)
            )
    return out


def drift_goals(table: pd.DataFrame) -> list[Goal]:
    return [
        Goal(f"drift/oe/{name}", f"O/E next year, drift {name}", 0.90, 1.10, *mean_and_error(part["oe"]))
        for name, part in table.groupby("drift", sort=False)
    ]


def segment_goals(table: pd.DataFrame) -> list[Goal]:
    out = []
    for world, part in table.groupby("world", sort=False):
        rows, firm = f"rows R2 {part['r2_rows'].mean():.3f}", f"firm R2 {part['r2_firm'].mean():.3f}"
        for name, text, low, beside, digits in (
            ("share_of_rows", "R2 later deals, share of rows", 0.85, rows, 3),
            ("times_firm", "R2 later deals, times firm", 4.5, firm, 1),
            ("refit_ari", "ARI of a refit 3 months on", 0.90, "", 3),
            ("n_segments", "segments", NOWHERE, "", 1),
        ):
            value, error = mean_and_error(part[name])
            high = NOWHERE if np.isnan(low) else np.inf
            out.append(Goal(f"segments/{name}/{world}", f"{text}, {world}", low, high, value, error, beside, digits))
    return out


def win_goals(table: pd.DataFrame) -> list[Goal]:
    out = []
    for world, part in table.groupby("world", sort=False):
        beside = f"boosting {part['learner_closed'].mean():.3f}"
        for name, text, low, high in (
            ("share_closed", "log-loss gap to the oracle closed", 0.75, np.inf),
            ("share_by_deal", "  the same, each deal once", NOWHERE, NOWHERE),
            ("slope", "slope on the oracle's odds", 0.90, 1.10),
            ("oe", "O/E", 0.95, 1.05),
        ):
            value, error = mean_and_error(part[name])
            out.append(
                Goal(
                    f"win/{name}/{world}",
                    f"{text}, {world}",
                    low,
                    high,
                    value,
                    error,
                    beside if name == "share_closed" else "",
                )
            )
    return out


def tail_goals(forecasts: dict[str, np.ndarray]) -> list[Goal]:
    """`forecasts`: share retained after years 1, 2, ... by series."""
    out = []
    for series in SERIES:
        if series in forecasts:
            constant, likely = (retention_error(f(series), series) for f in (constant_rate, maximum_likelihood))
            out.append(
                Goal(
                    f"tail/{series}",
                    f"retention years 8 to 12, {series}, MAPE",
                    -np.inf,
                    0.03,
                    retention_error(forecasts[series], series),
                    0.0,
                    f"const {constant:.2f} MLE {likely:.3f}",
                )
            )
    return out


def interval_goals(table: pd.DataFrame) -> list[Goal]:
    out = []
    for world, part in table.groupby("world", sort=False):
        beside = f"quantiles {part['table'].mean():.3f}"
        width = f"quantiles {part['table_width'].mean():.3f}"
        for name, text, low, high, note in (
            ("cover", "80 % interval of a deal, cover", 0.77, 0.83, beside),
            ("lowest", "80 % interval of a deal, lowest segment", 0.72, 0.88, ""),
            ("highest", "80 % interval of a deal, highest segment", 0.72, 0.88, ""),
            ("width", "80 % interval of a deal, width", NOWHERE, NOWHERE, width),
        ):
            out.append(Goal(f"deal/{name}/{world}", f"{text}, {world}", low, high, *mean_and_error(part[name]), note))
    return out


def effect_goals(table: pd.DataFrame) -> list[Goal]:
    """A planted null must be covered where it is called an effect; without the competitor nothing may be called one."""
    out = []
    for (recorded, effect), part in table.groupby(["recorded", "effect"], sort=False):
        what = f"discount {effect:.1f}, rival {'known' if recorded else 'unknown'}"
        key = f"{effect:.1f}/{'known' if recorded else 'unknown'}"
        naive = f"naive {part['naive'].mean():.2f}"
        called = part[part["adjusted"] == 1]
        if recorded:
            honest = np.where(part["adjusted"] == 1, part["inside"], 1.0)
            high = NOWHERE if effect else np.inf
            low = NOWHERE if effect else 0.88
            out.append(
                Goal(
                    f"effect/honest/{key}",
                    f"{what}: covered or silent"[:46],
                    low,
                    high,
                    *mean_and_error(honest),
                    naive,
                )
            )
            if len(called) > 1:
                out.append(
                    Goal(
                        f"effect/cover/{key}",
                        "  cover where called an effect",
                        NOWHERE,
                        NOWHERE,
                        *mean_and_error(called["inside"]),
                        naive,
                    )
                )
        silent = 1.0 - part["adjusted"]
        low = 0.95 if not recorded else NOWHERE
        high = np.inf if not recorded else NOWHERE
        out.append(Goal(f"effect/silent/{key}", f"{what}: silent"[:46], low, high, *mean_and_error(silent), naive))
    return out
