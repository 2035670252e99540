"""A month is closed, then the exports change: what was reported stays, the difference becomes corrections."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.paths import Home
from tests.warehouse.company import AS_OF, build, content_hash, copy_company, make_company, query, rewrite, segments

pytestmark = pytest.mark.slow

_LATER = date(2026, 11, 9)
_LATE = "in_late_for_close"


def _documents_of_may(home: Path) -> list[str]:
    """Return four invoices of one currency that earn in May 2026, each of one line and without credit."""
    rows = query(
        home,
        "select document_id from mart_margin_line where month_on = date '2026-05-01' and currency = 'USD' "
        "group by document_id having count(*) filter (where component = 'recognised') = 1 "
        "and not bool_or(component = 'credit_note') and sum(amount_minor) > 10000 order by 1 limit 4",
    )
    return [str(row[0]) for row in rows]


def _change(company: Path, removed: str, voided: str, raised: str, copied: str) -> None:
    """Change four bills that May 2026 rests on: one disappears, one is voided, one costs 10.00 more, one is new."""
    rewrite(
        company,
        "stripe/invoice",
        f"""
        select * replace (
            case when id = '{voided}' then 'void' else status end as status,
            case when id = '{voided}' then timestamp '2026-10-30 09:00' else status_transitions_voided_at end
                as status_transitions_voided_at,
            case when id = '{raised}' then subtotal + 1000 else subtotal end as subtotal,
            case when id = '{raised}' then total + 1000 else total end as total
        ) from source where id <> '{removed}'
        union all by name
        select * replace ('{_LATE}' as id, null as charge_id, number || '-L' as number) from source
        where id = '{copied}'
        """,
    )
    rewrite(
        company,
        "stripe/invoice_line_item",
        f"""
        select * replace (case when invoice_id = '{raised}' then amount + 1000 else amount end as amount)
        from source where invoice_id <> '{removed}'
        union all by name
        select * replace ('{_LATE}' as invoice_id, 'il_late_' || id as id) from source where invoice_id = '{copied}'
        """,
    )


def _close_row(home: Path, period: str = "2026-05") -> tuple[object, ...]:
    (row,) = query(
        home,
        "select status, n_corrections, n_late_documents, as_reported_amount, corrections_amount, as_restated_amount, "
        f"today_amount from mart_period_close where period = '{period}' and is_current",
    )
    return row


def _close_two_months(home: Path) -> Path:
    """Close May and soft-close April 2026, and return the file with what was reported of May."""
    for arguments in (("2026-05", "--approver", "Head of finance"), ("2026-04", "--soft")):
        done = segments(home, "close", *arguments)
        assert done.returncode == 0, done.stderr
    refused = segments(home, "close", "2026-05", "--approver", "A. Name")
    assert refused.returncode == 2 and "2026-05 is closed" in refused.stderr
    return Home(home).ledger / "close" / "2026-05" / "v1.parquet"


def _require_corrections(home: Path, documents: list[str]) -> list[str]:
    """Every one of the four changed bills of May is a correction with its reason; return the records of corrections."""
    status, n_corrections, n_late, as_reported, corrections, restated, today = _close_row(home)
    assert status == "closed" and restated == today != as_reported
    assert isinstance(n_corrections, int) and n_corrections >= 4 and n_late == 1
    reasons = query(
        home,
        "select distinct document_id, reason from mart_period_close_correction "
        "where period = '2026-05' and measure = 'recognised' and reason <> 'reclassified' order by all",
    )
    removed, voided, raised, _ = documents
    assert set(reasons) == {
        (removed, "removed_document"),
        (voided, "voided_document"),
        (raised, "changed_amount"),
        (_LATE, "late_document"),
    }
    ((status, detail),) = query(
        home, "select status, detail from mart_data_quality where check_name = 'closed_months_corrected'"
    )
    assert status == "warn" and "2026-05" in detail and str(corrections) in detail
    records = _correction_records(home)
    assert len(records) == 2  # of April and of May
    return records


def _correction_records(home: Path) -> list[str]:
    return sorted(path.name for path in (Home(home).ledger / "corrections").rglob("*.parquet"))


def _require_intact(home: Path, company: Path, version: Path, as_of: date) -> None:
    """A changed record stops everything that would rest on it, until it is put back."""
    as_closed = version.read_bytes()
    version.chmod(0o644)
    version.write_bytes(as_closed + b" ")
    for done in (build(home, company, as_of), segments(home, "plays"), segments(home, "close", "2026-03", "--soft")):
        assert done.returncode == 1 and str(version) in done.stderr, done.stderr
    version.write_bytes(as_closed)
    assert segments(home, "close", "2026-03", "--approver", "A. Name").returncode == 0


def test_a_closed_month_is_corrected(tmp_path: Path) -> None:
    original = make_company(tmp_path / "company", customers=60)
    home = tmp_path / "home"
    assert build(home, original).returncode == 0
    documents = _documents_of_may(home)
    assert len(documents) == 4
    version = _close_two_months(home)
    as_closed = version.read_bytes()
    changed = copy_company(original, tmp_path / "changed")
    _change(changed, *documents)
    content_hash(build(home, changed))
    _require_corrections(home, documents)
    assert version.read_bytes() == as_closed
    _require_intact(home, changed, version, AS_OF)


@pytest.mark.long
def test_a_closed_month_is_never_rewritten_through_all_that_may_follow(tmp_path: Path) -> None:
    original = make_company(tmp_path / "company", customers=60)
    home = tmp_path / "home"
    assert build(home, original).returncode == 0
    documents = _documents_of_may(home)
    raised = documents[2]
    version = _close_two_months(home)
    as_closed = version.read_bytes()

    # the same data: nothing to correct
    content_hash(build(home, original))
    status, n_corrections, _, reported, corrections, restated, today = _close_row(home)
    assert (status, n_corrections, corrections) == ("closed", 0, 0)
    assert reported == restated == today and reported
    assert query(home, "select status from mart_data_quality where check_name = 'closed_months_corrected'") == [
        ("pass",)
    ]

    # other data, the same day
    changed = copy_company(original, tmp_path / "changed")
    _change(changed, *documents)
    first = content_hash(build(home, changed))
    records = _require_corrections(home, documents)
    _, n_corrections, _, as_reported, _, _, _ = _close_row(home)
    assert as_reported == reported and isinstance(n_corrections, int)

    # once more: recorded already, and the marts say the same
    assert content_hash(build(home, changed, anew=True)) == first
    assert _correction_records(home) == records

    # a look back sees no close of its future, and writes no history
    assert build(home, changed, date(2026, 10, 20)).returncode == 0
    assert query(home, "select count(*) from mart_period_close") == [(0,)]
    assert _correction_records(home) == records

    # put right a week later: a second correction takes back the first
    content_hash(build(home, original, _LATER))
    _, n_again, _, as_reported, _, restated, today = _close_row(home)
    assert as_reported == reported and restated == today
    assert isinstance(n_again, int) and n_again > n_corrections
    assert query(
        home,
        f"select sum(amount_minor_delta), max(correction_no) from mart_period_close_correction "
        f"where document_id = '{raised}' and measure = 'recognised' and period = '2026-05'",
    ) == [(0, 2)]
    assert version.read_bytes() == as_closed

    # reopened and closed again: a new version with what is known now
    assert segments(home, "close", "2026-05", "--reopen").returncode == 2
    assert segments(home, "close", "2026-05", "--reopen", "--note", "late bill").returncode == 0
    assert "signer" in segments(home, "close", "2026-05").stderr
    assert segments(home, "close", "2026-05", "--approver", "A. Name").returncode == 0
    assert [path.name for path in sorted(version.parent.glob("*.parquet"))] == [f"v{k}.parquet" for k in (1, 2, 3)]
    _require_intact(home, original, version, _LATER)
