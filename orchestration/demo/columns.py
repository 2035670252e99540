"""Arrow columns from numpy arrays: timestamps, dates, exact money, picked words, joined text."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.settings import Arr

Columns = dict[str, pa.Array]


def ts(seconds: Arr) -> pa.Array:
    """UTC timestamps (microseconds, no zone) from seconds since the epoch; NaN becomes null."""
    seconds = np.asarray(seconds)
    if seconds.dtype.kind == "f":
        missing = np.isnan(seconds)
        whole = np.where(missing, 0, seconds).astype(np.int64)
        return pa.array(whole * 1_000_000, mask=missing).cast(pa.timestamp("us"))
    return pa.array(seconds.astype(np.int64) * 1_000_000).cast(pa.timestamp("us"))


def day(days: Arr) -> pa.Array:
    """Dates from days since the epoch; NaN becomes null."""
    days = np.asarray(days)
    if days.dtype.kind == "f":
        missing = np.isnan(days)
        return pa.array(np.where(missing, 0, days).astype(np.int32), mask=missing).cast(pa.date32())
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def whole(values: Arr) -> pa.Array:
    """BIGINT column; NaN becomes null."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)
    return pa.array(values.astype(np.int64))


def number(values: Arr | pd.Series, digits: int = 4) -> pa.Array:
    """DOUBLE column rounded to `digits`; NaN becomes null."""
    values = np.round(np.asarray(values, dtype=np.float64), digits)
    return pa.array(values, mask=np.isnan(values))


def decimal(units: Arr, scale: int = 2, precision: int = 18) -> pa.Array:
    """Exact DECIMAL(precision, scale) from integers counted in units of 10**-scale; NaN becomes null."""
    units = np.asarray(units)
    missing = np.isnan(units) if units.dtype.kind == "f" else np.zeros(len(units), dtype=bool)
    low = np.where(missing, 0, units).astype(np.int64)
    words = np.empty((len(low), 2), dtype=np.int64)
    words[:, 0] = low
    words[:, 1] = low >> 63
    array = pa.Array.from_buffers(pa.decimal128(precision, scale), len(low), [None, pa.py_buffer(words)])
    if not missing.any():
        return array
    return pc.if_else(pa.array(~missing), array, pa.scalar(None, array.type))


def flag(values: Arr | pd.Series, missing: Arr | None = None) -> pa.Array:
    """BOOLEAN column."""
    return pa.array(np.asarray(values, dtype=bool), mask=missing)


def pick(words: Sequence[str] | pa.Array, index: Arr | pd.Series) -> pa.Array:
    """Text column `words[index]`; a negative index becomes null."""
    index = np.asarray(index)
    missing = index < 0
    codes = pa.array(np.where(missing, 0, index).astype(np.int32), mask=missing)
    vocabulary = words if isinstance(words, pa.Array) else pa.array(list(words), type=pa.string())
    return pa.DictionaryArray.from_arrays(codes, vocabulary).dictionary_decode()


def same(word: str, n: int) -> pa.Array:
    """Text column that repeats one word."""
    return pick([word], np.zeros(n, dtype=np.int32))


def text(values: Arr, missing: Arr | None = None) -> pa.Array:
    """Numbers as text (integers without a decimal point); NaN or `missing` becomes null."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        gone = np.isnan(values)
        if np.array_equal(values[~gone], np.trunc(values[~gone])):
            return pa.array(np.where(gone, 0, values).astype(np.int64), mask=gone).cast(pa.string())
        return pa.array(np.round(values, 2), mask=gone).cast(pa.string())
    return pa.array(values.astype(np.int64), mask=missing).cast(pa.string())


def glue(*parts: pa.Array | str) -> pa.Array:
    """Join text columns and constants row by row; null in any part gives null."""
    return pc.binary_join_element_wise(*parts, "")


def blank(column: pa.Array, where: Arr) -> pa.Array:
    """The column with null wherever `where` is true."""
    if not where.any():
        return column
    return pc.if_else(pa.array(~where), column, pa.scalar(None, column.type))
