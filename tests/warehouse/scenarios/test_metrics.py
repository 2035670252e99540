"""Three roads to one number: the metric dictionary, the marts, and what `segments reconcile` stands on."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from orchestration.paths import Home
from reports.reconcile import read_reconciliation

MONTH, QUARTER, SEGMENT = "metric_time__month", "metric_time__quarter", "segment"
Rows = list[dict[str, Any]]


class _Dialect:
    """All that the engine asks of a database to write SQL for it; the tests run the SQL themselves."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


class Metrics:
    """The dictionary of one built company, asked about what that company published."""

    def __init__(self, home: Home) -> None:
        written = (home.run_state / "dbt" / "semantic_manifest.json").read_text(encoding="utf-8")
        self.manifest = parse_manifest_from_dbt_generated_manifest(written)
        self._engine = MetricFlowEngine(SemanticManifestLookup(self.manifest), _Dialect())
        self.published = duckdb.connect()
        # the name that the metrics were parsed with, the file that readers open
        self.published.execute(f"attach '{home.current.resolve()}' as work (read_only)")
        self.published.execute("use work.marts")

    def sql(self, **asked: Any) -> str:
        return self._engine.explain(MetricFlowQueryRequest.create(**asked)).sql_statement.sql

    def ask(self, *metrics: str, by: tuple[str, ...] = (), **asked: Any) -> Rows:
        return self.rows(self.sql(metric_names=metrics, group_by_names=by, **asked))

    def rows(self, sql: str) -> Rows:
        cursor = self.published.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for row in rows:
            for name, value in row.items():
                row[name] = value.date() if isinstance(value, datetime) else value
        return rows


@pytest.fixture(scope="module")
def metrics(plain: tuple[Path, Path]) -> Iterator[Metrics]:
    opened = Metrics(Home(plain[1]))
    yield opened
    opened.published.close()


def _last_year(metrics: Metrics) -> tuple[Any, Any]:
    (row,) = metrics.rows("select distinct window_from_on, last_month_on from mart_lifecycle_unit_economics")
    return row["window_from_on"], row["last_month_on"]


def test_every_metric_and_saved_query_has_an_answer(metrics: Metrics) -> None:
    for metric in metrics.manifest.metrics:
        (row,) = metrics.ask(metric.name)
        assert row[metric.name] is not None, metric.name
    for query in metrics.manifest.saved_queries:
        assert metrics.rows(metrics.sql(saved_query_name=query.name)), query.name


def test_segments_say_what_unit_economics_says(metrics: Metrics) -> None:
    """ARR and customers of the last month, sums of the last twelve; `unplaced` is what reaches no customer."""
    first, last = _last_year(metrics)
    stock = metrics.ask("arr", "active_customers", by=(SEGMENT,))
    year = [
        row
        for row in metrics.ask("revenue", "gross_margin_amount", "support_cost", by=(MONTH, SEGMENT))
        if first <= row[MONTH] <= last
    ]
    marts = metrics.rows("from mart_lifecycle_unit_economics")
    assert len(marts) >= 3
    for mart in marts:
        name = mart["segment_id"]
        of_stock = [row for row in stock if name in ("all", row[SEGMENT])]
        of_year = [row for row in year if name in ("all", row[SEGMENT])]
        assert sum(row["arr"] for row in of_stock) == mart["arr_amount"], name
        assert sum(row["active_customers"] for row in of_stock) == mart["n_customers"], name
        assert sum(row["revenue"] or 0 for row in of_year) == mart["revenue_amount"], name
        assert sum(row["gross_margin_amount"] or 0 for row in of_year) == mart["gross_margin_amount"], name
        placed = [row for row in of_year if row[SEGMENT] != "unplaced"]
        if name == "all":
            cost = sum(row["support_cost"] or 0 for row in of_year)
            assert cost == mart["support_cost_amount"] + mart["support_unallocated_amount"]
        else:
            assert sum(row["support_cost"] or 0 for row in placed) == mart["support_cost_amount"], name


def test_months_say_what_reconcile_stands_on(metrics: Metrics, plain: tuple[Path, Path]) -> None:
    chain = read_reconciliation(Home(plain[1]).current)
    assert not chain.is_broken and chain.n_residual_rows
    books = metrics.rows(
        "select month_on, sum(recognised_reporting_amount) as revenue, sum(gross_margin_reporting_amount) as margin "
        "from mart_revenue_reconciliation group by month_on"
    )
    asked = {row[MONTH]: row for row in metrics.ask("revenue", "gross_margin_amount", by=(MONTH,))}
    assert len(books) >= 24
    for book in books:
        assert asked[book["month_on"]]["revenue"] == book["revenue"], book["month_on"]
        assert asked[book["month_on"]]["gross_margin_amount"] == book["margin"], book["month_on"]


def test_movements_lead_from_month_to_month(metrics: Metrics) -> None:
    moves = ("new_arr", "expansion_arr", "contraction_arr", "churned_arr", "reactivated_arr", "fx_arr")
    rows = sorted(metrics.ask("arr", *moves, by=(MONTH,)), key=lambda row: row[MONTH])
    assert len(rows) >= 24
    before = Decimal(0)
    for row in rows:
        new, expansion, contraction, churned, reactivated, fx = (row[name] for name in moves)
        assert before + new + expansion - contraction - churned + reactivated + fx == row["arr"], row[MONTH]
        before = row["arr"]


def test_cac_of_a_year_is_that_of_unit_economics(metrics: Metrics) -> None:
    first, last = _last_year(metrics)
    start, end = (datetime.combine(day, time.min) for day in (first, last))
    (row,) = metrics.ask("cac", "new_customers", time_constraint_start=start, time_constraint_end=end)
    (mart,) = metrics.rows("from mart_lifecycle_unit_economics where segment_id = 'all'")
    assert row["new_customers"] == mart["n_new_customers"]
    assert round(Decimal(row["cac"]), 2) == round(mart["cac_amount"], 2)


def test_retention_is_counted_twice_alike(metrics: Metrics) -> None:
    """Customers from the movements of MRR, without the mart of retention; ratios from their two sides."""
    counted = metrics.rows(
        """
        with months as (
            select customer_id, month_on, segment_id, bool_or(closing_amount > 0 or is_closing_unknown) as is_active
            from mart_mrr_movement_month group by all
        )
        select
            cast(one.month_on + interval 12 month as date) as month_on, one.segment_id, count(*) as n,
            count(*) filter (where two.is_active) as n_retained
        from months as one
        left join months as two
            on one.customer_id = two.customer_id and one.month_on + interval 12 month = two.month_on
        where one.is_active and one.month_on + interval 12 month <= (select max(month_on) from months)
        group by all
        """
    )
    asked = {
        (row[MONTH], row[SEGMENT]): row
        for row in metrics.rows(metrics.sql(saved_query_name="retention_by_segment_and_month"))
    }
    assert len(counted) == len(asked) > 12
    for row in counted:
        answer = asked[row["month_on"], row["segment_id"]]
        assert (answer["starting_customers"], answer["retained_customers"]) == (row["n"], row["n_retained"])
        assert answer["logo_retention"] == pytest.approx(row["n_retained"] / row["n"])
        assert answer["nrr"] == pytest.approx(float(answer["retained_arr"] / answer["starting_arr"]))
        assert answer["grr"] == pytest.approx(float(answer["kept_arr"] / answer["starting_arr"]))
        assert answer["kept_arr"] <= min(answer["starting_arr"], answer["retained_arr"])


def test_a_stock_of_a_quarter_is_that_of_its_last_month(metrics: Metrics) -> None:
    months = sorted(metrics.ask("arr", "nrr", by=(MONTH,)), key=lambda row: row[MONTH])
    last_of = {(row[MONTH].year, (row[MONTH].month + 2) // 3): row for row in months}
    quarters = metrics.ask("arr", "nrr", by=(QUARTER,))
    assert len(quarters) == len(last_of) > 8
    for row in quarters:
        month = last_of[row[QUARTER].year, (row[QUARTER].month + 2) // 3]
        assert (row["arr"], row["nrr"]) == (month["arr"], month["nrr"]), row[QUARTER]


def _made_up(metrics: Metrics) -> duckdb.DuckDBPyConnection:
    """Return a database as the metrics know it, with an empty schema for marts; what is published stands beside it."""
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as work")
    connection.execute("create schema work.marts")
    (row,) = metrics.rows("select path from duckdb_databases() where database_name = 'work'")
    connection.execute(f"attach '{row['path']}' as published (read_only)")
    return connection


def test_a_company_with_none_of_it_has_no_figure_and_no_error(metrics: Metrics) -> None:
    with _made_up(metrics) as connection:
        for name in {model.node_relation.alias for model in metrics.manifest.semantic_models}:
            connection.execute(f"create table work.marts.{name} as from published.marts.{name} limit 0")
        for metric in metrics.manifest.metrics:
            for row in connection.execute(metrics.sql(metric_names=(metric.name,))).fetchall():
                assert not row[0], metric.name
        for query in metrics.manifest.saved_queries:
            assert connection.execute(metrics.sql(saved_query_name=query.name)).fetchall() == []


def test_an_unknown_cost_leaves_cac_unknown(metrics: Metrics) -> None:
    """A month without what sales cost, and a cost without a rate, make their quarter unknown and no other."""
    by_quarter = f"select {QUARTER}::date, cac from ({metrics.sql(metric_names=('cac',), group_by_names=(QUARTER,))})"
    known = dict(metrics.published.execute(by_quarter).fetchall())
    second, last = sorted(known)[1], sorted(known)[-1]
    with _made_up(metrics) as connection:
        connection.execute(
            "create table work.marts.mart_mrr_movement_month as from published.marts.mart_mrr_movement_month"
        )
        connection.execute(
            "create table work.marts.mart_cost_pool_month as select * replace (case "
            f"when pool = 'sales' and month_on = date '{second}' then 'not_delivered' "
            f"when pool = 'marketing' and month_on = date '{last}' then 'unknown' else cost_status end as cost_status) "
            "from published.marts.mart_cost_pool_month"
        )
        changed = dict(connection.execute(by_quarter).fetchall())
    assert changed == {quarter: None if quarter in (second, last) else cac for quarter, cac in known.items()}
    assert known[last] is not None
