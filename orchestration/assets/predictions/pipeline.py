"""The step that fits how long an open deal takes to close."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("time_to_close",)


@dg.multi_asset(
    name="time_to_close",
    specs=specs(TABLES, ["suff_pipeline_weekly"], after=[("predictions", "segment_rule")]),
)
def time_to_close(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit the weekly chances of being won, lost and advanced, and chain them forward."""
    from orchestration.inference.constants import model_version
    from orchestration.inference.pipeline import close_table, fit_pipeline

    home = run_settings.home
    fit = fit_pipeline(
        read_table(home.work_file, "suff_pipeline_weekly"),
        # a segment that has no deal yet still gets what all deals have in common
        segments=pd.read_parquet(home.predictions / "segment_rule.parquet")["segment_id"].unique(),
    )
    table = close_table(fit).assign(model_version=model_version(SEED), as_of_date=run_settings.as_of_on)
    yield from materialise({"time_to_close": table}, TABLES, home.predictions)
