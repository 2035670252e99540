"""The demo company against the truth that was planted in it and that the pipeline never reads."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.inference.segments import assign_segments
from tests.warehouse.company import build, content_hash, make_company, query

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the company and the data folder it was built in."""
    company = make_company(tmp_path_factory.mktemp("company"), customers=2000)
    home = tmp_path_factory.mktemp("home")
    content_hash(build(home, company))
    return company, home


def test_survival_of_each_discovered_segment_is_near_the_truth(demo: tuple[Path, Path]) -> None:
    company, home = demo
    rows = query(
        home,
        """
        with mature as (
            select r.segment_id, avg(t.true_survival_12m) as truth, count(*) as n
            from customer as t
            inner join assigned as r using (opportunity_id)
            group by r.segment_id
        )
        select m.segment_id, m.truth, d.survival_12m_mean, d.survival_12m_p05, d.survival_12m_p95, m.n
        from mature as m inner join dim_segment as d using (segment_id)
        """,
        customer=company / "truth" / "customer.parquet",
        assigned=_assigned(home),
    )
    assert 5 <= len(rows) <= 8
    for segment_id, truth, estimate, _, _, n in rows:
        assert abs(estimate - truth) <= 0.06, (segment_id, truth, estimate, n)
    # nine of ten 90 % intervals hold the truth; with at most eight segments two may miss it by luck
    assert sum(low <= truth <= high for _, truth, _, low, high, _ in rows) >= len(rows) - 2, rows


def test_the_rule_of_each_segment_selects_its_deals_and_python_agrees(demo: tuple[Path, Path]) -> None:
    _, home = demo
    rules = pd.read_parquet(home / "predictions" / "segment_rule.parquet")
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        signals = connection.execute("select * from intermediate.int_opportunity__segment_feature").df()
        placed = dict(
            connection.execute(
                "select opportunity_id, segment_id from intermediate.int_opportunity__segment"
            ).fetchall()
        )
        selected: dict[str, str] = {}
        for segment_id, predicate in connection.execute(
            "select segment_id, rule_predicate from marts.dim_segment"
        ).fetchall():
            found = connection.execute(
                f"select opportunity_id from intermediate.int_opportunity__segment_feature where {predicate}"
            ).fetchall()
            assert not {deal for (deal,) in found} & set(selected)
            selected |= {deal: segment_id for (deal,) in found}
    assert selected == placed
    assert dict(zip(signals["opportunity_id"], assign_segments(rules, signals), strict=True)) == placed


def test_the_bound_nearest_to_a_deal_leads_to_another_segment(demo: tuple[Path, Path]) -> None:
    _, home = demo
    ((n, n_beyond, n_same, low, high),) = query(
        home,
        "select count(*), count(beyond_segment_id), count(*) filter (where beyond_segment_id = segment_id), "
        "min(segment_confidence), max(segment_confidence) from mart_segment_assignment",
    )
    assert n == n_beyond > 0 and n_same == 0
    assert 0.0 < low < 0.5 < high <= 1.0


def test_outcomes_of_discovered_segments_follow_the_planted_ones(demo: tuple[Path, Path]) -> None:
    company, home = demo
    rows = query(
        home,
        """
        select
            corr(truth.survival, d.survival_12m_mean), corr(truth.support, d.support_cost_per_arr_year_mean),
            corr(truth.expansion, d.expand_prob_12m_mean), max(truth.survival) - min(truth.survival)
        from (
            select r.segment_id, avg(true_survival_12m) as survival, avg(true_annual_support_per_arr) as support,
                avg(true_expansion_prob_12m) as expansion
            from customer as t inner join assigned as r using (opportunity_id)
            group by r.segment_id
        ) as truth
        inner join dim_segment as d using (segment_id)
        """,
        customer=company / "truth" / "customer.parquet",
        assigned=_assigned(home),
    )
    survival, support, expansion, spread = rows[0]
    assert survival > 0.9
    assert support > 0.9
    assert expansion > 0.8
    assert spread > 0.15, "the discovered segments hardly differ in what becomes of their customers"


def test_all_plays_occur_and_none_dominates(demo: tuple[Path, Path]) -> None:
    shares = dict(
        query(demo[1], "select play, count(*) / sum(count(*)) over () from mart_opportunity_play group by play")
    )
    assert set(shares) == {"Accelerate", "Protect", "Park"}
    assert max(shares.values()) <= 0.70
    assert min(shares.values()) >= 0.03


def test_economics_are_known_wherever_there_is_an_amount(demo: tuple[Path, Path]) -> None:
    rows = query(
        demo[1],
        "select count(*) filter (where economics_status != 'known'), count(*) from mart_opportunity_roi "
        "where arr_amount is not null",
    )
    unknown, deals = rows[0]
    assert deals > 400
    assert unknown == 0


def test_win_probabilities_of_open_deals_tell_what_happens_next(demo: tuple[Path, Path]) -> None:
    company, home = demo
    rows = query(
        home,
        """
        select avg(p.win_probability), avg(cast(t.will_win as integer)),
            avg(power(p.win_probability - cast(t.will_win as integer), 2)),
            avg(cast(t.will_win as integer)) * (1 - avg(cast(t.will_win as integer)))
        from mart_opportunity_play as p inner join truth as t using (opportunity_id)
        """,
        truth=company / "truth" / "opportunity.parquet",
    )
    expected, observed, brier, brier_of_base_rate = rows[0]
    assert abs(expected - observed) <= 0.08
    assert brier <= 0.85 * brier_of_base_rate


def test_books_close_with_every_planted_document_in_them(demo: tuple[Path, Path]) -> None:
    company, home = demo
    truth = company / "truth" / "finance.parquet"
    names = [
        name
        for (name,) in query(home, "select column_name from (describe mart_revenue_reconciliation)")
        if name.startswith("residual_")
    ]
    left = query(home, f"select month_on, currency, {', '.join(names)} from mart_revenue_reconciliation")
    assert len(names) >= 6 and len(left) > 100
    assert [row for row in left if any(value != 0 for value in row[2:])] == []
    # what stands apart in the books is what was planted, and all of it
    planted = query(
        home,
        """
        with planted as (
            select currency, kind, sum(amount_minor) / 100 as amount from truth group by all
        ),
        books as (
            select currency, sum(lines_off_amount) as lines_off, sum(credit_excess_amount) as credit_excess
            from mart_revenue_reconciliation group by currency
        )
        select b.currency, b.lines_off - coalesce(sum(p.amount) filter (where p.kind = 'lines_do_not_sum'), 0),
            b.credit_excess - 123.45 * count(*) filter (where p.kind = 'credit_above_invoice')
        from books as b left join planted as p using (currency)
        group by b.currency, b.lines_off, b.credit_excess
        """,
        truth=truth,
    )
    assert len(planted) == 3
    assert [row for row in planted if row[1:] != (0, 0)] == []
    # kind, documents, those that lower margin, those of them that lead to no customer
    given_back = query(
        home,
        "select t.kind, count(*), count(l.document_id) filter (where l.amount < 0), "
        "count(*) filter (where l.segment_id = 'unplaced') from truth as t "
        "left join mart_margin_line as l on t.document_id = l.document_id "
        "where t.kind like 'refund%' or t.kind like 'dispute%' group by all order by all",
        truth=truth,
    )
    assert given_back == [
        ("dispute_lost", 2, 2, 0),
        ("dispute_under_review", 1, 0, 0),
        ("dispute_won", 1, 0, 0),
        ("refund_failed", 1, 0, 0),
        ("refund_without_charge", 1, 1, 1),
        ("refund_without_credit_note", 2, 2, 0),
    ]


def test_the_ledger_agrees_but_for_the_planted_month_and_rounding(demo: tuple[Path, Path]) -> None:
    company, home = demo
    ((planted,),) = query(
        home,
        "select amount_minor / 100 from truth where kind = 'ledger_month_off'",
        truth=company / "truth" / "finance.parquet",
    )
    rows = query(home, "select pool, month_on, ledger_amount, variance_amount from mart_cost_pool_month")
    assert len(rows) == 7 * 36 and {row[2] for row in rows if row[3] is None} <= {0}, "before the first document"
    # the accountants book month totals by day shares of floats, so cents of single lines differ
    off = [row for row in rows if abs(row[3] or 0) > 5]
    assert [(row[0], row[1].isoformat()) for row in off] == [("revenue", "2026-06-01")]
    # booked as a credit, the 4,200.00 too many are a variance above zero
    assert planted == -4200 and abs(float(off[0][3]) + planted) < 5
    ((booked,),) = query(
        home,
        "select sum(amount) from ledger where account_code like '4%'",
        ledger=next((company / "raw" / "finance").glob("gl_monthly*")),
    )
    total = sum(row[2] for row in rows if row[0] == "revenue")
    assert -booked == total > 0, "the ledger books revenue as a credit, and only its sign is turned"
    check = "select status, n_rows from mart_data_quality where check_name = 'ledger_off_the_documents'"
    assert query(home, check) == [("pass", 0)]


def _assigned(home: Path) -> Path:
    """Write opportunity and segment from the work file; closed deals are in no mart yet."""
    import duckdb

    path = home / "assigned.parquet"
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        connection.execute(f"copy (select opportunity_id, segment_id from core.fct_opportunity) to '{path}'")
    return path
