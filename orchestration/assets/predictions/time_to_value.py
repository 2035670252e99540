"""The step that infers how long customers take to reach value."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("time_to_value", "time_to_value_kpi")


@dg.multi_asset(
    name="time_to_value",
    specs=specs(TABLES, ["suff_ttv_weekly"], after=[("predictions", "segment_rule")]),
)
def time_to_value(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit how soon customers of each segment reach value, and how many never do, from weekly counts."""
    from orchestration.inference.time_to_value import fit_ttv

    home = run_settings.home
    tables = fit_ttv(
        read_table(home.work_file, "suff_ttv_weekly"),
        as_of=run_settings.as_of_on,
        seed=SEED,
        # a segment that has no customer yet still gets what all have in common
        segments=pd.read_parquet(home.predictions / "segment_rule.parquet")["segment_id"].unique(),
    )
    yield from materialise(tables, TABLES, home.predictions)
