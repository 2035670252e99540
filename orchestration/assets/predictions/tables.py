"""What every Python step between the models does: read a small table, write Parquet, say what it wrote.

Belongs here: reading the work file read-only, writing prediction files whole or not at all, and their
metadata. The asset keys equal the keys of the dbt source `predictions`, so lineage runs through.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets.partitions import AS_OF
from orchestration.errors import CheckFailed
from orchestration.inference.constants import VERSION

SEED = 20_240_601

_GROUP = "predictions"
_KINDS = {"python", "parquet"}


def read_table(work_file: Path, table: str) -> pd.DataFrame:
    """Return `intermediate.<table>` in a fixed order of rows, so that the same data gives the same fit.

    Raises:
        CheckFailed: the table is not in the work file.
    """
    return _read(work_file, "intermediate", table)


def read_seed(work_file: Path, seed: str) -> pd.DataFrame:
    """Return `reference.<seed>` in a fixed order of rows.

    Raises:
        CheckFailed: the seed is not in the work file.
    """
    return _read(work_file, "reference", seed)


def _read(work_file: Path, schema: str, table: str) -> pd.DataFrame:
    with duckdb.connect(str(work_file), read_only=True) as connection:
        try:
            return connection.execute(f'select * from {schema}."{table}" order by all').df()
        except duckdb.CatalogException as error:
            raise CheckFailed(f"Table {schema}.{table} is not in {work_file}.", "Run the whole job.") from error


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
        CheckFailed: a table is missing from the fit, or has rows of several model versions.
    """
    for name in names:
        if name not in tables:
            raise CheckFailed(f"The fit returned no table {name}.", "Report this with the log file.")
        frame = tables[name]
        versions = sorted(frame["model_version"].unique())
        # a company may have nothing to say in a table, and an empty one has no version
        if len(versions) != (1 if len(frame) else 0):
            raise CheckFailed(f"Table {name}, column model_version: {len(versions)} values, expected one.", "")
        path = write_parquet(frame, folder, name)
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey(["predictions", name]),
            metadata={
                "dagster/row_count": len(frame),
                "model_version": str(versions[0]) if versions else "",
                "path": dg.MetadataValue.path(path),
            },
        )


def specs(names: Sequence[str], inputs: Sequence[str], after: Sequence[tuple[str, str]] = ()) -> list[dg.AssetSpec]:
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
            partitions_def=AS_OF,
        )
        for name in names
    ]
