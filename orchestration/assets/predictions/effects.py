"""The step that tells effects of concessions from associations."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("concession_effect",)
_SEEDS = ("structure_dimension", "effect_limit", "effect_placebo")


def _read_seed(work_file: Path, name: str) -> pd.DataFrame:
    """Return a seed in a fixed order of rows."""
    with duckdb.connect(str(work_file), read_only=True) as connection:
        return connection.execute(f'select * from reference."{name}" order by all').df()


@dg.multi_asset(
    name="concession_effects",
    specs=specs(
        TABLES,
        ["sample_concession", "suff_concession"],
        after=[("predictions", "segment_rule"), *(("reference", name) for name in _SEEDS)],
    ),
)
def concession_effects(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Estimate what concessions and deal structure do, and say whether that is an effect."""
    from orchestration.inference.effects import fit_concession_effects

    home = run_settings.home
    dimensions, limits, placebos = (_read_seed(home.work_file, name) for name in _SEEDS)
    effects = fit_concession_effects(
        read_table(home.work_file, "sample_concession"),
        read_table(home.work_file, "suff_concession"),
        dimensions=dimensions,
        limits=limits,
        placebos=placebos,
        rule_features=set(pd.read_parquet(home.predictions / "segment_rule.parquet")["feature"]),
        as_of=run_settings.as_of_on,
        seed=SEED,
    )
    yield from materialise({"concession_effect": effects}, TABLES, home.predictions)
