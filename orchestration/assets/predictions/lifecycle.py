"""The step that infers a customer's life from counts.

One step for eight tables: the draws of churn, money and expansion are put in an order in which they belong together, so
each table needs all three fits. Apart, they would hand some eleven megabytes of draws from step to step, or fit them
twice.
"""

from collections.abc import Iterator, Mapping

import dagster as dg
import pandas as pd

from orchestration.assets.predictions.tables import SEED, materialise, read_assumption, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = (
    "hazard",
    "lifecycle_draw",
    "life_luck",
    "segment_kpi",
    "expansion_curve",
    "money_curve",
    "money_draw",
    "book_draw",
)
# What is shown of each table that has an age: its summaries at these ages, in months.
_SHOWN_AGES = (1, 6, 12, 24, 36)
_SHOWN = {
    "hazard": ("survival",),
    "expansion_curve": ("cumulative", "added_arr"),
    "money_curve": ("support_cost", "margin"),
}


@dg.multi_asset(
    name="lifecycle_posteriors",
    specs=specs(
        TABLES,
        [
            "suff_hazard_monthly",
            "suff_money_monthly",
            "suff_money_quarterly",
            "suff_expansion",
            "suff_arr_book",
            "sample_customer_year",
            "sample_opportunity_week",
        ],
        after=[("predictions", "segment_rule"), ("reference", "assumption")],
    ),
)
def lifecycle_posteriors(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit churn, money and expansion by segment from counts."""
    from orchestration.inference.optimism import optimism_of
    from orchestration.inference.posteriors import fit_posteriors

    home = run_settings.home
    rules = pd.read_parquet(home.predictions / "segment_rule.parquet")
    tables = fit_posteriors(
        hazard=read_table(home.work_file, "suff_hazard_monthly"),
        money=read_table(home.work_file, "suff_money_monthly"),
        money_quarterly=read_table(home.work_file, "suff_money_quarterly"),
        expansion=read_table(home.work_file, "suff_expansion"),
        win_sample=read_table(home.work_file, "sample_opportunity_week"),
        book=read_table(home.work_file, "suff_arr_book"),
        customer_years=read_table(home.work_file, "sample_customer_year"),
        as_of=run_settings.as_of_on,
        seed=SEED,
        discount_rate=read_assumption(home.work_file, "discount_rate_annual"),
        # a segment that has no customer yet still gets its prior
        segments=rules["segment_id"].unique(),
        # the segments were found on deals that are counted again here
        optimism=optimism_of(rules),
    )
    for result in materialise(tables, TABLES, home.predictions):
        name = str(result.asset_key.path[-1]) if result.asset_key else ""
        yield dg.MaterializeResult(
            asset_key=result.asset_key, metadata={**(result.metadata or {}), **describe(name, tables)}
        )


def describe(name: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, dg.MetadataValue]:
    """Counts and a small table of means with 90 % intervals for the run's page."""
    frame = tables[name]
    notes: dict[str, dg.MetadataValue] = {"n_segments": dg.MetadataValue.int(int(frame["segment_id"].nunique()))}
    if name == "segment_kpi":
        notes["estimates"] = dg.MetadataValue.md(_kpi_table(frame))
        for level, count in frame["fallback_level"].value_counts().sort_index().items():
            notes[f"n_{level}"] = dg.MetadataValue.int(int(count))
    if name in _SHOWN:
        notes["estimates"] = dg.MetadataValue.md(_age_table(frame, _SHOWN[name]))
    return notes


def _interval(mean: float, low: float, high: float) -> str:
    return "unknown" if pd.isna(mean) else f"{mean:.3f} ({low:.3f} to {high:.3f})"


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def _kpi_table(frame: pd.DataFrame) -> str:
    """A row per metric, a column per segment."""
    segments = list(dict.fromkeys(frame["segment_id"]))
    rows = [
        [str(metric), *(_interval(*row) for row in group[["mean", "p05", "p95"]].to_numpy())]
        for metric, group in frame.groupby("metric", sort=False)
    ]
    return _markdown(["metric", *segments], rows)


def _age_table(frame: pd.DataFrame, names: tuple[str, ...]) -> str:
    """A row per segment and quantity, a column per age."""
    if "term_type" in frame.columns:
        frame = frame[frame["term_type"] == "all"]
    rows = []
    for segment, group in frame.groupby("segment_id", sort=True):
        by_age = group.set_index("age_month")
        for name in names:
            shown = (by_age.loc[age, [f"{name}_mean", f"{name}_p05", f"{name}_p95"]] for age in _SHOWN_AGES)
            rows.append([str(segment), name, *(_interval(*values) for values in shown)])
    return _markdown(["segment", "quantity", *(f"month {age}" for age in _SHOWN_AGES)], rows)
