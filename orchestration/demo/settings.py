"""Size, dates and random streams of one demo company.

Belongs here: the parameters of a run and what follows from them alone (first month, extraction moment, a
named random stream). Nothing about how the company behaves.
"""

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Arr = npt.NDArray[Any]

DAY = 86_400
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Settings:
    """Parameters of a demo company.

    Attributes:
        n_customers: accounts that were won as new business.
        n_months: months of billing history before `as_of`.
        seed: any non-negative integer; the same seed gives the same bytes.
        as_of: day of the extraction; every row carries a time before 03:00 UTC of that day.
    """

    n_customers: int
    n_months: int
    seed: int
    as_of: date

    @property
    def as_of_day(self) -> int:
        """Days since 1970-01-01."""
        days: int = (self.as_of - EPOCH).days
        return days

    @property
    def now(self) -> int:
        """Moment of the extraction in seconds since the epoch (UTC)."""
        return self.as_of_day * DAY + 3 * 3600

    @property
    def first_day(self) -> int:
        """First day of the first month with billing."""
        month = np.datetime64(self.as_of, "M") - self.n_months
        day: int = (month.astype("datetime64[D]").item() - EPOCH).days
        return day

    @property
    def n_sellers(self) -> int:
        """Sellers grow more slowly than customers: 25 at 2,000 customers, about 98 at 100,000."""
        size: float = 25 * (self.n_customers / 2000) ** 0.35
        return max(6, round(size))

    def rng(self, topic: str) -> np.random.Generator:
        """Independent Philox stream for one topic, so that a change in one topic leaves the others alone."""
        sequence = np.random.SeedSequence([self.seed, zlib.crc32(topic.encode())])
        return np.random.Generator(np.random.Philox(sequence))


def add_months(day: Arr, months: Arr | int) -> Arr:
    """Same day of a later month, cut to that month's last day (Stripe's anniversary rule).

    Args:
        day: days since the epoch, shape (n,).
        months: whole months to add, shape (n,) or one number.

    Returns:
        Days since the epoch, shape (n,).
    """
    stamp = np.asarray(day, dtype=np.int64).astype("datetime64[D]")
    month = stamp.astype("datetime64[M]")
    day_of_month = (stamp - month.astype("datetime64[D]")).astype(np.int64)
    target = month + np.asarray(months, dtype=np.int64)
    first = target.astype("datetime64[D]").astype(np.int64)
    length = (target + 1).astype("datetime64[D]").astype(np.int64) - first
    shifted: Arr = first + np.minimum(day_of_month, length - 1)
    return shifted


def month_index(day: Arr) -> Arr:
    """Months since 1970-01 of a day number."""
    months: Arr = np.asarray(day, dtype=np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def working_time(seconds: Arr, rng: np.random.Generator) -> Arr:
    """Move moments to working days (Monday to Friday) between 08:00 and 18:00 UTC, keeping the day where
    possible."""
    day = np.asarray(seconds, dtype=np.int64) // DAY
    weekday = (day + 3) % 7
    day = day - np.where(weekday == 5, 1, 0) + np.where(weekday == 6, 1, 0)
    moved: Arr = day * DAY + rng.integers(8 * 3600, 18 * 3600, len(day))
    return moved


def into_working_hours(seconds: Arr) -> Arr:
    """Squeeze each week's time into Monday to Friday, 08:00 to 18:00 UTC, keeping the order of moments; NaN
    stays.

    Args:
        seconds: moments since the epoch, any shape, float.
    """
    monday = np.floor((seconds / DAY + 3) / 7)  # whole weeks since Monday 1969-12-29
    position = ((seconds / DAY + 3) / 7 - monday) * 5
    weekday = np.floor(position)
    squeezed: Arr = np.floor((monday * 7 - 3 + weekday) * DAY + 8 * 3600 + (position - weekday) * 10 * 3600)
    return squeezed
