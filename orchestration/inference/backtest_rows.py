"""The tables a backtest reads, checked, with time counted in whole months; and what of them one origin may see.

Belongs here: the cut between what was known at an origin and what came after it. Nothing else decides that.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.errors import CheckFailed
from orchestration.inference.constants import TERM_TYPES
from orchestration.inference.frames import numbers, refuse_rows, require_columns, texts
from orchestration.inference.segment_data import FEATURES

# Deals opened in the half year before an origin are left out of what the win model learns there, as they are today.
WIN_SETTLED_DAYS = 180
WIN_HORIZON = 12
EXISTING, NEW = "existing", "new"
_AMOUNTS = ("revenue_cents", "gross_margin_cents", "support_cost_cents")
_CUSTOMER = "sample_backtest_customer"
_WEEK = "sample_backtest_week"


@dataclass(frozen=True)
class BacktestTables:
    """What the backtest reads, each named as its model: the origins, the sums and the bounded rows."""

    origin: pd.DataFrame
    hazard: pd.DataFrame
    expansion: pd.DataFrame
    money: pd.DataFrame
    customer: pd.DataFrame
    week: pd.DataFrame
    deal: pd.DataFrame


def month_index(column: pd.Series, table: str) -> pd.Series:
    """Months since year 0 of a date column. Raises `CheckFailed` on null."""
    days = pd.to_datetime(column).reset_index(drop=True)
    refuse_rows(table, str(column.name), days.isna().to_numpy(dtype=bool), "is null")
    return days.dt.year * 12 + days.dt.month - 1


def month_start(index: int) -> pd.Timestamp:
    """First day of a month given by `month_index`."""
    return pd.Timestamp(year=index // 12, month=index % 12 + 1, day=1)


def _finite(frame: pd.DataFrame, table: str, columns: tuple[str, ...], *, nullable: bool) -> dict[str, np.ndarray]:
    return {name: numbers(frame, table, name, nullable=nullable) for name in columns}


def checked_customers(frame: pd.DataFrame) -> pd.DataFrame:
    """sample_backtest_customer with `origin` in months and amounts as floats (NaN where unknown).

    Raises:
        CheckFailed: a column absent, a key null, a number infinite, a cohort or term type nobody knows.
    """
    plain = ("age_month", "arr_cents", "months_known")
    known = ("churned_after_months", "expanded_after_months", *_AMOUNTS, *FEATURES)
    keys = ("origin_on", "customer_id", "cohort", "term_type", "industry")
    require_columns(frame, _CUSTOMER, (*keys, "segment_id", "segment_id_when_known", *plain, *known))
    return pd.DataFrame(
        {
            "origin": month_index(frame["origin_on"], _CUSTOMER),
            "customer_id": texts(frame, _CUSTOMER, "customer_id"),
            # compared once per forecast, which for text costs more than the forecast
            "cohort": pd.Categorical(texts(frame, _CUSTOMER, "cohort", (EXISTING, NEW)), categories=(EXISTING, NEW)),
            "term_type": texts(frame, _CUSTOMER, "term_type", TERM_TYPES),
            "industry": texts(frame, _CUSTOMER, "industry"),
            "segment_id": frame["segment_id"].reset_index(drop=True),
            "segment_id_when_known": frame["segment_id_when_known"].reset_index(drop=True),
            "size": numbers(frame, _CUSTOMER, "arr_cents", minimum=0),
            **_finite(frame, _CUSTOMER, ("age_month", "months_known"), nullable=False),
            **_finite(frame, _CUSTOMER, known, nullable=True),
        }
    )


def checked_weeks(frame: pd.DataFrame) -> pd.DataFrame:
    """sample_backtest_week with `stated_amount` as `size`, deal days as timestamps, `origin` of its snapshot or -1.

    Raises:
        CheckFailed: a column absent, a deal without the day it was opened or decided.
    """
    days = ("snapshot_on", "created_on", "closed_on")
    # what the win model needs of a week, it checks itself
    require_columns(frame, _WEEK, ("opportunity_id", *days, "snapshot_of_origin_on", "is_won", "stated_amount"))
    out = frame.reset_index(drop=True)
    for name in days:
        out[name] = pd.to_datetime(out[name])
        refuse_rows(_WEEK, name, out[name].isna().to_numpy(dtype=bool), "is null")
    at = pd.to_datetime(out["snapshot_of_origin_on"])
    out["origin"] = (at.dt.year * 12 + at.dt.month - 1).fillna(-1).astype(np.int64)
    out["size"] = np.maximum(np.nan_to_num(numbers(out, _WEEK, "stated_amount", nullable=True)), 0.0)
    return out


def complete_before(customers: pd.DataFrame, origin: int, horizon: int, cohort: str) -> pd.DataFrame:
    """Rows of earlier origins whose outcome over `horizon` months was complete when `origin` began.

    The new of a quarter start up to three months after it, so theirs is complete three months later.
    """
    wait = horizon + (3 if cohort == NEW else 0)
    return customers[(customers["cohort"] == cohort) & (customers["origin"] + wait <= origin)]


def watched_from(customers: pd.DataFrame, origin: int, horizon: int, cohort: str) -> pd.DataFrame:
    """Rows of one origin whose outcome over `horizon` months is complete today."""
    here = (customers["cohort"] == cohort) & (customers["origin"] == origin)
    rows = customers[here & (customers["months_known"] >= horizon)]
    if rows["segment_id"].isna().any():
        raise CheckFailed(
            f"Table {_CUSTOMER}, column segment_id: null at the scored origin {month_start(origin).date()}.",
            "Look at int_lifecycle__backtest_customer_segment.",
        )
    return rows.reset_index(drop=True)


def quarter_of(index: int) -> int:
    """Quarter of a month as 4 * year + quarter, the numbering of hazard cells."""
    return 4 * (index // 12) + index % 12 // 3 + 1


def deals_decided_before(weeks: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Weeks of deals that were decided before the origin and opened at least half a year before it; every deal
    weighs one.
    """
    day = month_start(origin)
    rows = weeks[
        (weeks["closed_on"] < day)
        & (weeks["snapshot_on"] < day)
        & (weeks["created_on"] <= day - pd.Timedelta(days=WIN_SETTLED_DAYS))
    ]
    rows = rows.reset_index(drop=True)
    return rows.assign(sample_weight=1.0 / rows.groupby("opportunity_id")["opportunity_id"].transform("size"))


def deals_open_at(weeks: pd.DataFrame, origin: int, last_known: int) -> pd.DataFrame:
    """The last week before the origin of each deal open then that was decided within twelve months after it.

    Args:
        last_known: last complete month; nothing is returned when twelve months are not complete.
    """
    end = origin + WIN_HORIZON
    if end > last_known + 1:
        return weeks.iloc[:0]
    rows = weeks[(weeks["origin"] == origin) & (weeks["closed_on"] >= month_start(origin))]
    return rows[rows["closed_on"] < month_start(end)].reset_index(drop=True)
