"""The step that infers a customer's life from counts."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from orchestration.assets.predictions.tables import SEED, materialise, read_assumption, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("hazard", "lifecycle_draw", "segment_kpi")


@dg.multi_asset(
    name="lifecycle_posteriors",
    specs=specs(
        TABLES,
        ["suff_hazard_monthly", "suff_money_monthly", "suff_expansion", "sample_opportunity_week"],
        after=[("predictions", "segment_rule"), ("reference", "assumption")],
    ),
)
def lifecycle_posteriors(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit churn, money and expansion by segment from counts."""
    from orchestration.inference.posteriors import fit_posteriors

    home = run_settings.home
    tables = fit_posteriors(
        hazard=read_table(home.work_file, "suff_hazard_monthly"),
        money=read_table(home.work_file, "suff_money_monthly"),
        expansion=read_table(home.work_file, "suff_expansion"),
        win_sample=read_table(home.work_file, "sample_opportunity_week"),
        as_of=run_settings.as_of_on,
        seed=SEED,
        discount_rate=read_assumption(home.work_file, "discount_rate_annual"),
        # a segment that has no customer yet still gets its prior
        segments=pd.read_parquet(home.predictions / "segment_rule.parquet")["segment_id"].unique(),
    )
    yield from materialise(tables, TABLES, home.predictions)
