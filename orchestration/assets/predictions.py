"""The Python steps between the models: read a small table, call a pure function, write Parquet.

Belongs here: reading the work file read-only, writing prediction files whole or not at all, and their
metadata. The asset keys equal the keys of the dbt source `predictions`, so lineage runs through.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets.run_settings import RunSettings
from orchestration.errors import CheckFailed
from orchestration.inference.constants import VERSION

SEED = 20_240_601

_GROUP = "predictions"
_KINDS = {"python", "parquet"}

SEGMENT_TABLES = ("segment_rule",)
POSTERIOR_TABLES = ("hazard", "lifecycle_draw", "segment_kpi")
WIN_TABLES = ("win_coefficient", "win_calibration")


def read_table(work_file: Path, table: str) -> pd.DataFrame:
    """Return `intermediate.<table>` in a fixed order of rows, so that the same data gives the same fit.

    Raises:
        CheckFailed: the table is not in the work file.
    """
    with duckdb.connect(str(work_file), read_only=True) as connection:
        try:
            return connection.execute(f'select * from intermediate."{table}" order by all').df()
        except duckdb.CatalogException as error:
            raise CheckFailed(f"Table intermediate.{table} is not in {work_file}.", "Run the whole job.") from error


def read_assumption(work_file: Path, key: str) -> float:
    """Return the value of a planning assumption.

    Raises:
        CheckFailed: the seed has no such row.
    """
    with duckdb.connect(str(work_file), read_only=True) as connection:
        row = connection.execute("select value from reference.assumption where assumption_key = ?", [key]).fetchone()
    if row is None:
        raise CheckFailed(f"Seed assumption has no row {key}.", "Add it to seeds/assumptions/assumption.csv.")
    return float(row[0])


def write_parquet(frame: pd.DataFrame, folder: Path, name: str) -> Path:
    """Write a table to `<folder>/<name>.parquet`, beside its place first, then renamed there."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.parquet"
    beside = target.with_name(f".{target.name}.tmp")
    frame.to_parquet(beside, index=False)
    os.replace(beside, target)
    return target


def materialise(
    tables: Mapping[str, pd.DataFrame], names: Sequence[str], folder: Path
) -> Iterator[dg.MaterializeResult[None]]:
    """Write the named tables and yield one materialisation each.

    Raises:
        CheckFailed: a table is missing from the fit, or carries no single model version.
    """
    for name in names:
        if name not in tables:
            raise CheckFailed(f"The fit returned no table {name}.", "Report this with the log file.")
        frame = tables[name]
        versions = sorted(frame["model_version"].unique())
        if len(versions) != 1:
            raise CheckFailed(f"Table {name}, column model_version: {len(versions)} values, expected one.", "")
        path = write_parquet(frame, folder, name)
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["predictions", name]),
            metadata={
                "dagster/row_count": len(frame),
                "model_version": str(versions[0]),
                "path": dg.MetadataValue.path(path),
            },
        )


def _specs(names: Sequence[str], inputs: Sequence[str], after: Sequence[tuple[str, str]] = ()) -> list[dg.AssetSpec]:
    """Return specs that read tables of `intermediate` and, in `after`, earlier predictions or seeds."""
    deps = [dg.AssetKey(["intermediate", table]) for table in inputs]
    deps += [dg.AssetKey(list(key)) for key in after]
    return [
        dg.AssetSpec(
            dg.AssetKey(["predictions", name]),
            deps=deps,
            group_name=_GROUP,
            kinds=_KINDS,
            code_version=VERSION,
        )
        for name in names
    ]


@dg.multi_asset(name="segment_rules", specs=_specs(SEGMENT_TABLES, ["sample_mature_deal"]))
def segment_rules(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Find the segments: a small tree over pre-close signals of mature deals."""
    from orchestration.inference.segments import fit_segment_rules

    home = run_settings.home
    sample = read_table(home.work_file, "sample_mature_deal")
    rules = fit_segment_rules(sample, as_of=run_settings.as_of_on, seed=SEED)
    yield from materialise({"segment_rule": rules}, SEGMENT_TABLES, home.predictions)


@dg.multi_asset(
    name="lifecycle_posteriors",
    specs=_specs(
        POSTERIOR_TABLES,
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
    yield from materialise(tables, POSTERIOR_TABLES, home.predictions)


@dg.multi_asset(name="win_model", specs=_specs(WIN_TABLES, ["sample_opportunity_week", "suff_decided_deal"]))
def win_model(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit and calibrate the win probability on weekly snapshots of closed deals."""
    from orchestration.inference.posteriors import fit_win

    home = run_settings.home
    sample = read_table(home.work_file, "sample_opportunity_week")
    decided = read_table(home.work_file, "suff_decided_deal").iloc[0]
    tables = fit_win(
        sample, as_of=run_settings.as_of_on, seed=SEED, decided=(int(decided["n_won"]), int(decided["n_lost"]))
    )
    yield from materialise(tables, WIN_TABLES, home.predictions)


PREDICTION_ASSETS = (segment_rules, lifecycle_posteriors, win_model)
