"""The step that infers what a single won deal brings in its first year, and how far off that may be."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("deal_interval", "deal_value_coefficient")


@dg.multi_asset(
    name="deal_interval",
    specs=specs(TABLES, ["sample_deal_value"], after=[("predictions", "segment_rule")]),
)
def deal_interval(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit the mean of first-year contributions on earlier deals and its interval on later ones."""
    from orchestration.inference.deal_interval import fit_deal_interval

    home = run_settings.home
    tables = fit_deal_interval(
        read_table(home.work_file, "sample_deal_value"),
        as_of=run_settings.as_of_on,
        seed=SEED,
        segments=pd.read_parquet(home.predictions / "segment_rule.parquet")["segment_id"].unique(),
    )
    yield from materialise(tables, TABLES, home.predictions)
