"""What a published segment knows of the terms that `segments whatif` asks for.

Belongs here: reading one segment from the published marts, and its intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.errors import InputError, WrongUse
from orchestration.publishing.candidate import open_read_only

_ONE_SEGMENT = """
    select
        economics.segment_id,
        economics.starting_arr_per_customer_amount,
        economics.gross_margin_rate,
        case
            when not economics.is_support_left_out
                then cast(
                    coalesce(
                        segments.support_cost_per_arr_year_mean,
                        economics.support_cost_amount / nullif(economics.arr_amount, 0)
                    ) as decimal(12, 6)
                )
        end,
        economics.cac_amount,
        economics.renewal_rate,
        economics.life_years_mean,
        economics.life_years_p05,
        economics.life_years_p95,
        cast(curves.expanded_share_mean as decimal(9, 6)),
        cast(curves.expanded_share_p05 as decimal(9, 6)),
        cast(curves.expanded_share_p95 as decimal(9, 6)),
        cast(curves.added_arr_per_arr_mean / nullif(curves.expanded_share_mean, 0) as decimal(12, 6)),
        economics.ltv_survival_mean_amount,
        economics.ltv_survival_p05_amount,
        economics.ltv_survival_p95_amount
    from published.marts.mart_lifecycle_unit_economics as economics
    left join published.marts.dim_segment as segments on economics.segment_id = segments.segment_id
    left join published.marts.mart_segment_expansion_curve as curves
        on economics.segment_id = curves.segment_id and curves.age_month = 12
    where economics.segment_id = ? or economics.segment_name = ?
"""
_MARTS = frozenset({"mart_lifecycle_unit_economics", "mart_segment_expansion_curve", "dim_segment"})

Interval = tuple[str, Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class SegmentTerms:
    """Averages of one segment; None is unknown. Money in major units of the reporting currency, rates as shares."""

    segment_id: str
    arr: Decimal | None
    gross_margin_rate: Decimal | None
    support_per_arr: Decimal | None
    cac: Decimal | None
    renewal_rate: Decimal | None
    life_years: Decimal | None
    life_years_p05: Decimal | None
    life_years_p95: Decimal | None
    expand_probability: Decimal | None
    expand_probability_p05: Decimal | None
    expand_probability_p95: Decimal | None
    expansion_per_arr: Decimal | None
    survival_mean: Decimal | None
    survival_p05: Decimal | None
    survival_p95: Decimal | None

    def support_cost(self, arr: Decimal) -> Decimal | None:
        """Support a year of a customer with this ARR."""
        return None if self.support_per_arr is None else arr * self.support_per_arr

    @property
    def expansion_value(self) -> Decimal | None:
        """ARR that the segment's average customer adds when it expands within twelve months."""
        if self.arr is None or self.expansion_per_arr is None:
            return None
        return self.arr * self.expansion_per_arr

    def entry_interval(self, arr: Decimal, cac: Decimal) -> Interval | None:
        """Survival value at this ARR less acquisition, with the segment's own margin, support and retention."""
        if not self.arr or self.survival_mean is None or self.survival_p05 is None or self.survival_p95 is None:
            return None
        mean, p05, p95 = (
            arr / self.arr * value - cac for value in (self.survival_mean, self.survival_p05, self.survival_p95)
        )
        return f"Survival value of segment {self.segment_id} at this ARR, discounted, less acquisition", mean, p05, p95

    def acceleration_interval(self, value: Decimal, margin: Decimal, cost: Decimal) -> Interval | None:
        """What acceleration is worth over the segment's interval of the probability to expand."""
        if (
            self.expand_probability is None
            or self.expand_probability_p05 is None
            or self.expand_probability_p95 is None
        ):
            return None
        mean, p05, p95 = (
            share * value * margin - cost
            for share in (self.expand_probability, self.expand_probability_p05, self.expand_probability_p95)
        )
        return f"With the probability to expand of segment {self.segment_id}", mean, p05, p95

    def concession_interval(self, arr: Decimal, points: Decimal) -> Interval | None:
        """Margin given away over the segment's interval of the lifetime."""
        if self.life_years is None or self.life_years_p05 is None or self.life_years_p95 is None:
            return None
        mean, p05, p95 = (
            arr * points / 100 * years for years in (self.life_years, self.life_years_p05, self.life_years_p95)
        )
        return f"Given away over the lifetime of segment {self.segment_id}", mean, p05, p95


NOTHING_KNOWN = SegmentTerms("", *[None] * 15)


def read_segment(current: Path, wanted: str) -> SegmentTerms:
    """Read one segment by id or name from the published file; 'all' stands for all customers.

    Raises:
        InputError: nothing is published, or by a version without these marts.
        WrongUse: no such segment; the message names those there are.
    """
    if not current.exists():
        raise InputError("Nothing is published yet, so no segment is known.", "Run `segments build` first.")
    with open_read_only(current.resolve(), "published") as connection:
        tables = {str(row[0]) for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        if missing := sorted(_MARTS - tables):
            raise InputError(f"The published version has no {missing[0]}.", "Run `segments build` again.")
        found = connection.execute(_ONE_SEGMENT, [wanted, wanted]).fetchall()
        if len(found) != 1:
            known = connection.execute(
                "select segment_id from published.marts.mart_lifecycle_unit_economics order by segment_id"
            ).fetchall()
            raise WrongUse(
                f"--segment {wanted!r} is no published segment.",
                f"Use one of {', '.join(str(row[0]) for row in known)}.",
            )
    values: list[Any] = list(found[0])
    return SegmentTerms(str(values[0]), *(None if value is None else Decimal(value) for value in values[1:]))
