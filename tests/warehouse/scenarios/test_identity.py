"""Matches of billing, support and usage records to accounts, against what was planted and the pipeline never reads."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.company import build, content_hash, copy_company, make_company, query, remove, rewrite

pytestmark = pytest.mark.slow


def work(home: Path, company: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL on the work file, with the planted truth as `truth`."""
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        connection.execute(f"create temp view truth as from read_parquet('{company / 'truth' / 'identity.parquet'}')")
        connection.execute("create temp view crosswalk as from intermediate.int_identity__crosswalk")
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a company in which every case is planted, and the data folder it was built in."""
    company = make_company(tmp_path_factory.mktemp("company"), customers=600)
    home = tmp_path_factory.mktemp("home")
    content_hash(build(home, company))
    return company, home


def test_every_record_of_the_truth_has_one_row(demo: tuple[Path, Path]) -> None:
    company, home = demo
    ((missing, n),) = work(
        home,
        company,
        "select count(*) filter (where c.source_id is null), count(*) from truth as t "
        "left join crosswalk as c using (source_system, source_id)",
    )
    assert missing == 0
    assert n > 2000


def test_matches_are_right(demo: tuple[Path, Path]) -> None:
    company, home = demo
    rows = work(
        home,
        company,
        """
        select source_system, count(*), avg(cast(c.account_id is not distinct from t.account_id as integer))
        from crosswalk as c inner join truth as t using (source_system, source_id)
        where c.account_id is not null group by all
        """,
    )
    assert {row[0] for row in rows} == {"stripe", "zendesk", "zendesk_user"}
    for system, n, precision in rows:
        assert n > 300, system
        assert precision >= 0.995, (system, precision)
    ((misled, wrong),) = work(
        home,
        company,
        """
        select count(*), count(*) filter (where c.account_id != t.account_id)
        from crosswalk as c inner join truth as t using (source_system, source_id)
        where t.planted_case = 'misleading_email'
        """,
    )
    assert misled > 0, "without evidence that misleads, precision says nothing"
    assert wrong == misled


def test_revenue_that_can_be_attached_is_attached(demo: tuple[Path, Path]) -> None:
    company, home = demo
    ((covered, recoverable),) = work(
        home,
        company,
        """
        select sum(revenue_cents) filter (where m.account_id is not null) / sum(revenue_cents),
            sum(revenue_cents) filter (where t.expected = 'matched') / sum(revenue_cents)
        from core.fct_identity_record_month as m inner join truth as t using (source_system, source_id)
        where m.coverage_system = 'stripe'
        """,
    )
    assert recoverable < 0.999, "nothing was planted that cannot be attached"
    assert abs(covered - recoverable) <= 0.01, (covered, recoverable)


def test_planted_ambiguity_is_listed_and_carries_no_money(demo: tuple[Path, Path]) -> None:
    company, home = demo
    rows = work(
        home,
        company,
        """
        select t.source_system, t.planted_case, bool_and(c.is_ambiguous and c.account_id is null),
            bool_and(exists (
                select 1 from intermediate.int_identity__ambiguity as a
                where a.source_system = t.source_system and a.source_id = t.source_id
                    and a.reason in ('several_accounts', 'shared_email', 'shared_domain')
            ))
        from truth as t inner join crosswalk as c using (source_system, source_id)
        where t.expected = 'ambiguous' group by all
        """,
    )
    assert {(system, case) for system, case, *_ in rows} == {
        ("stripe", "shared_email"),
        ("stripe", "shared_domain"),
        ("stripe", "several_accounts"),
        ("zendesk", "shared_organisation_domain"),
        ("zendesk_user", "shared_email"),
    }
    for system, case, is_ambiguous, is_listed in rows:
        assert is_ambiguous, (system, case)
        assert is_listed, (system, case)
    ((astray, own),) = work(
        home,
        company,
        """
        select
            count(*) filter (where s.customer_id != 'stripe:' || t.source_id), count(*)
        from truth as t inner join intermediate.int_revenue__subscription as s on t.source_id = s.stripe_customer_id
        where t.source_system = 'stripe' and t.expected in ('ambiguous', 'unmatched')
        """,
    )
    assert own > 3
    assert astray == 0


@pytest.mark.parametrize(
    ("case", "methods"),
    [
        ("crm_customer_ref", {"crm_customer_ref"}),
        ("crm_subscription_ref", {"crm_subscription_ref"}),
        ("email_only", {"email"}),
        ("domain_only", {"domain"}),
        ("override_against_key", {"override"}),
        ("belongs_to_nobody", {"unmatched"}),
        ("no_key", {"unmatched"}),
    ],
)
def test_each_case_is_decided_by_its_rule(demo: tuple[Path, Path], case: str, methods: set[str]) -> None:
    company, home = demo
    rows = work(
        home,
        company,
        f"select match_method, bool_and(c.account_id is not distinct from t.account_id or c.account_id is null) "
        f"from truth as t inner join crosswalk as c using (source_system, source_id) "
        f"where planted_case = '{case}' and source_system = 'stripe' group by all",
    )
    assert rows, case
    assert {method for method, _ in rows} == methods
    assert all(is_right for _, is_right in rows)


def test_what_contradicts_or_leads_nowhere_is_reported(demo: tuple[Path, Path]) -> None:
    company, home = demo
    checks = {
        name: (status, n) for name, status, n in query(home, "select check_name, status, n_rows from mart_data_quality")
    }
    ((contradictory, dangling, overridden),) = work(
        home,
        company,
        """
        select count(*) filter (where planted_case = 'contradictory_email'),
            count(*) filter (where planted_case = 'dangling_key'),
            count(*) filter (where planted_case = 'override_against_key')
        from truth
        """,
    )
    assert checks["identity_contradictions"] == ("info", contradictory + overridden)
    assert checks["dangling_references"][0] == "warn"
    assert checks["dangling_references"][1] >= dangling > 0
    assert checks["merge_cycles"] == ("warn", 2)
    assert checks["organizations_share_domain"][1] >= 1
    assert checks["revenue_unmatched"][0] == "pass"


def test_shares_of_every_month_are_known(demo: tuple[Path, Path]) -> None:
    rows = query(
        demo[1],
        "select source_system, count(distinct month_on), bool_and(total = 1) from ("
        "select source_system, month_on, sum(share_of_records) as total from mart_identity_coverage group by all"
        ") group by all order by all",
    )
    assert [row[0] for row in rows] == ["product", "stripe", "zendesk"]
    assert all(months > 20 and is_one for _, months, is_one in rows)


@pytest.mark.long
def test_an_override_holds_on_its_days_only(demo: tuple[Path, Path], tmp_path: Path) -> None:
    company, _ = demo
    changed = copy_company(company, tmp_path / "changed")
    (tmp_path / "changed" / "truth").symlink_to(company / "truth")
    rewrite(changed, "crosswalk/account_override", "select * replace (date '2026-11-03' as valid_from) from source")
    home = tmp_path / "home"
    content_hash(build(home, changed, date(2026, 11, 2)))
    assert work(home, changed, "select count(*) from crosswalk where match_method = 'override'") == [(0,)]


@pytest.mark.long
def test_without_a_crm_side_nothing_is_matched_and_nothing_breaks(demo: tuple[Path, Path], tmp_path: Path) -> None:
    company, _ = demo
    crm_only = copy_company(company, tmp_path / "crm")
    remove(crm_only, ["stripe", "zendesk", "product", "marketing", "finance", "crosswalk", "crm", "intent"])
    home = tmp_path / "home"
    content_hash(build(home, crm_only))
    assert query(home, "select count(*) from mart_identity_coverage") == [(0,)]
    checks = dict(query(home, "select check_name, status from mart_data_quality where check_group = 'identity'"))
    assert checks["revenue_unmatched"] == "info"
    assert checks["billing_customers_unmatched"] == "pass"
