"""Checks on the tables that come in: columns there, numbers finite and in range, keys not null.

Each refusal is a `CheckFailed` that names table, column and the first offending row (position in the frame
    as given).
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import N_BUCKETS, POOLED

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def require_columns(frame: pd.DataFrame, table: str, columns: Iterable[str]) -> None:
    """Raise when a column is absent."""
    for column in columns:
        if column not in frame.columns:
            raise CheckFailed(f"Table {table} has no column {column}.", "Build the table with the documented columns.")


def _refuse(table: str, column: str, bad: Bools, what: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise CheckFailed(
            f"Table {table}, column {column}, row {row}: {what} ({int(bad.sum())} such rows).",
            f"Correct the model that builds {table}.",
        )


def numbers(
    frame: pd.DataFrame, table: str, column: str, *, minimum: float | None = None, nullable: bool = False
) -> Floats:
    """Return a column as float64, null as NaN (only where `nullable`).

    Raises:
        CheckFailed: not a number, null, infinite, or below `minimum`.
    """
    series = frame[column]
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "fiub":
        # a plain number already; the way round by objects costs a hundred times as much
        values = series.to_numpy(dtype=np.float64)
        null = np.isnan(values)
    else:
        converted = pd.to_numeric(series.astype(object).where(series.notna(), np.nan), errors="coerce")
        values = np.asarray(converted, dtype=np.float64)
        null = np.asarray(series.isna(), dtype=bool)
    _refuse(table, column, np.isnan(values) & ~null, "is not a number")
    if not nullable:
        _refuse(table, column, null, "is null")
    _refuse(table, column, np.isinf(values), "is infinite")
    if minimum is not None:
        _refuse(table, column, values < minimum, f"is below {minimum:g}")
    return values


def texts(frame: pd.DataFrame, table: str, column: str, allowed: Sequence[str] | None = None) -> pd.Series:
    """Return a key column as text. Raises `CheckFailed` on null or, where `allowed` is given, on any other
    value.
    """
    series = frame[column].reset_index(drop=True)
    _refuse(table, column, np.asarray(series.isna(), dtype=bool), "is null")
    text = series.astype(str)
    if allowed is not None:
        _refuse(
            table,
            column,
            ~np.asarray(text.isin(list(allowed)), dtype=bool),
            f"is none of {', '.join(allowed)}",
        )
    return text


def segment_column(frame: pd.DataFrame, table: str) -> pd.Series:
    """Return segment_id as text; the name of the pool is reserved and refused."""
    segments = texts(frame, table, "segment_id")
    _refuse(table, "segment_id", np.asarray(segments == POOLED, dtype=bool), f"uses the reserved name '{POOLED}'")
    return segments


def bucket_column(frame: pd.DataFrame, table: str) -> npt.NDArray[np.int64]:
    """Return bucket as integers 0 to 31."""
    values = numbers(frame, table, "bucket", minimum=0)
    _refuse(
        table,
        "bucket",
        (values >= N_BUCKETS) | (values != np.floor(values)),
        f"is not in 0 to {N_BUCKETS - 1}",
    )
    return values.astype(np.int64)


def pooled_sums(at: tuple[npt.NDArray[np.int64], ...], values: Floats, shape: tuple[int, ...]) -> Floats:
    """Add values up at their places, segments first; the last segment is the pool and gets the sum of the others.

    Args:
        at: place of each value along each axis, shape (values,) each.
    """
    out = np.zeros(shape)
    np.add.at(out, at, values)
    out[-1] = out[:-1].sum(axis=0)
    return out


def refuse_rows(table: str, column: str, bad: Bools, what: str) -> None:
    """Raise `CheckFailed` naming the first bad row, when there is one."""
    _refuse(table, column, bad, what)


def in_order(segments: Iterable[str]) -> list[str]:
    """Return segment ids in their one order: plain text order, the pool last."""
    named = sorted(set(segments) - {POOLED})
    return [*named, POOLED]
