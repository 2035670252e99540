"""What a customer's first year brings and when it reaches value: SQL against plain Python on the same company."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.inference.deal_interval import score_deal_value
from orchestration.inference.segment_data import FEATURES
from orchestration.paths import Home
from tests.warehouse.company import query

pytestmark = pytest.mark.slow


def _work(home: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(Home(home).work_file), read_only=True) as connection:
        return connection.execute(sql).df()


def test_sql_applies_the_interval_as_python_does(plain: tuple[Path, Path]) -> None:
    home = plain[1]
    in_sql = _work(home, "select * from intermediate.int_opportunity__deal_value order by opportunity_id")
    deals = _work(
        home,
        f"""
        select features.opportunity_id, segments.segment_id, {", ".join(FEATURES)}
        from intermediate.int_opportunity__segment_feature as features
        inner join intermediate.int_opportunity__segment as segments using (opportunity_id)
        where features.opportunity_id in (select opportunity_id from intermediate.int_opportunity__deal_value)
        order by features.opportunity_id
        """,
    )
    assert len(in_sql) == len(deals) > 10
    folder = Home(home).predictions
    in_python = score_deal_value(
        pd.read_parquet(folder / "deal_interval.parquet"),
        pd.read_parquet(folder / "deal_value_coefficient.parquet"),
        deals,
    )
    for ours, theirs in (
        ("contribution_per_arr_mean", "mean_per_arr"),
        ("contribution_per_arr_p10", "lower_per_arr"),
        ("contribution_per_arr_p90", "upper_per_arr"),
    ):
        assert in_sql[ours].notna().all()
        assert (in_sql[ours] - in_python[theirs]).abs().max() <= 1e-7


def test_only_new_business_with_an_amount_gets_an_interval_around_its_mean(plain: tuple[Path, Path]) -> None:
    rows = query(
        plain[1],
        """
        select
            count(*) filter (
                where (contribution_12m_mean is not null) != (deal_type = 'new_business' and arr_amount is not null)
            ),
            count(*) filter (where not contribution_12m_realised_p10 <= contribution_12m_realised_p90),
            count(contribution_12m_mean)
        from mart_opportunity_roi
        """,
    )
    assert rows[0][:2] == (0, 0)
    assert rows[0][2] > 10


def test_value_is_reached_on_the_day_that_plain_python_finds(plain: tuple[Path, Path]) -> None:
    home = plain[1]
    customers = _work(home, "select customer_id, started_on, account_id from intermediate.int_lifecycle__customer")
    usage = _work(
        home,
        """
        select crosswalk.account_id, usage.usage_on, usage.active_users, usage.seats_entitled
        from staging.stg_product__usage_account_daily as usage
        inner join intermediate.int_identity__crosswalk as crosswalk
            on crosswalk.source_system = 'product' and usage.account_id = crosswalk.source_id
        where usage.usage_on <= date '2026-11-02'
        """,
    )
    found = _work(home, "select * from intermediate.int_lifecycle__value_reached").set_index("customer_id")
    by_account = dict(list(usage.groupby("account_id")))
    n_reached = 0
    for customer in customers[customers["account_id"].notna()].itertuples():
        if customer.customer_id not in found.index or customer.account_id not in by_account:
            continue
        days = by_account[customer.account_id].groupby("usage_on").sum(min_count=1)
        days = days[(days.index >= customer.started_on) & (days.index < customer.started_on + timedelta(days=364))]
        days = days[days["active_users"].astype(float) * 2 >= days["seats_entitled"].astype(float)]
        row = found.loc[customer.customer_id]
        if days.empty or (pd.notna(row["left_on"]) and days.index.min() > row["left_on"]):
            assert pd.isna(row["reached_on"]), customer.customer_id
            continue
        n_reached += 1
        assert row["reached_on"] == days.index.min(), customer.customer_id
        if row["value_status"] == "reached":
            assert row["end_week"] == (days.index.min() - customer.started_on).days // 7 + 1
    assert n_reached > 100


def test_the_curve_ends_where_the_customers_do(plain: tuple[Path, Path]) -> None:
    home = plain[1]
    (counts,) = _work(
        home,
        """
        select
            count(*) filter (where value_status = 'reached') as reached,
            count(*) filter (where value_status = 'left') as gone,
            count(*) filter (where first_week is not null) as watched
        from intermediate.int_lifecycle__value_reached
        """,
    ).itertuples(index=False)
    ((n_reached, n_left, low, high),) = query(
        home,
        """
        select sum(n_reached), sum(n_left), max(p_reached_52w_p05), max(p_reached_52w_p95)
        from mart_segment_time_to_value where segment_id = 'all'
        """,
    )
    assert (n_reached, n_left) == (counts.reached, counts.gone)
    assert low <= counts.reached / counts.watched + 0.05
    assert high >= counts.reached / counts.watched - 0.02
