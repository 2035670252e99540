"""Deals and requests that a CRM should not hold: each has its stated outcome, none stops a build or is lost.

One deal that goes well is copied with all that was recorded of it, and one thing is wrong with each copy; what a copy
without a fault gets beside them shows that the fault decided. A policy that contradicts itself is refused.
"""

import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.paths import PROJECT_DIR, Home
from tests.warehouse.company import AS_OF, build, columns, content_hash, copy_company, keep, query, rewrite
from tests.warehouse.quirks import LOADED, add_rows, deal, long_id, short_id

pytestmark = pytest.mark.slow

# what is wrong with each copy of the deal, as columns of its row
FAULTS: dict[str, dict[str, str]] = {
    "faultless": {},
    "no_owner": {"owner_id": "null"},
    "no_amount": {"amount": "null", "expected_revenue": "null"},
    "amount_zero": {"amount": "0", "expected_revenue": "0"},
    "no_history": {},
    "close_date_past": {"close_date": "date '2026-10-05'"},
    "no_rate": {"currency_iso_code": "'CHF'"},
    "no_capacity": {"owner_id": f"'{long_id(short_id('005', 'idle'))}'"},
    "two_requests": {},
}
OF_A_DEAL = {
    "opportunity_history": "opportunity_id",
    "opportunity_field_history": "opportunity_id",
    "opportunity_contact_role": "opportunity_id",
    "task": "what_id",
    "event": "what_id",
}
NEVER_DELIVERED = long_id(short_id("006", "never_delivered"))


def _copy_of_rows(company: Path, table: str, key: str, source: str, name: str, fault: dict[str, str]) -> str:
    """Return the rows of `table` that belong to deal `source`, as those of deal `name` with its fault."""
    # whoever did the work is on record also for a deal that nobody owns
    kept = {"owner_id"} if key == "what_id" else set()
    new = {column: value for column, value in fault.items() if column in set(columns(company, table)) - kept}
    new[key] = f"'{deal(name)}'"
    if key != "id":
        new["id"] = f"left(id, 3) || 'Qk' || left(md5(id || '{name}'), 10)"
    replaced = ", ".join(f'({value}) as "{column}"' for column, value in new.items())
    return f"select * replace ({replaced}) from source where {key} = '{source}'"


def plant(company: Path, source: str, closed: str) -> None:
    """Add a copy of deal `source` for each fault, a seller without hours, and requests at the deal desk."""
    for table, key in {"opportunity": "id", **OF_A_DEAL}.items():
        copies = [
            _copy_of_rows(company, f"salesforce/{table}", key, source, name, fault)
            for name, fault in FAULTS.items()
            if table == "opportunity" or name != "no_history"
        ]
        rewrite(company, f"salesforce/{table}", " union all by name ".join(["select * from source", *copies]))
    idle = {"id": long_id(short_id("005", "idle")), "name": "Ida Idle", "is_active": True}
    add_rows(company, "salesforce/user", [{**idle, "weekly_capacity_hours_c": "0", "_fivetran_synced": LOADED}])
    asked = {
        "requested_at": "2026-10-26 09:00:00", "request_type": "concession", "arr_discount_pct": "10",
        "margin_points": "8", "status": "pending", "_fivetran_synced": LOADED,
    }  # fmt: skip
    add_rows(
        company,
        "crm/deal_desk_request",
        [
            {**asked, "request_id": "DD-closed", "opportunity_id": closed},
            {**asked, "request_id": "DD-unknown", "opportunity_id": NEVER_DELIVERED},
            {**asked, "request_id": "DD-first", "opportunity_id": deal("two_requests")},
            {
                **asked, "request_id": "DD-second", "opportunity_id": deal("two_requests"),
                "arr_discount_pct": None, "margin_points": None, "payment_terms_days": "90",
            },
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def company(plain: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a company in which everything is wrong at once."""
    delivered, home = plain
    ((source,),) = query(
        home, "select opportunity_id from mart_opportunity_play where play = 'Accelerate' order by 1 limit 1"
    )
    ((closed,),) = query(
        home,
        "select opportunity_id from mart_opportunity_decision where answer = 'deal_closed' order by 1 limit 1",
    )
    bad = copy_company(delivered, tmp_path_factory.mktemp("bad_deals"))
    plant(bad, source, closed)
    return bad


@pytest.fixture(scope="module")
def home(company: Path) -> Path:
    home = company / "home"
    content_hash(build(home, company))
    return home


# fault: owner on the list, rule that decides, whether the deal is valued, why it gets hours or none, its seller's hours
_OUTCOMES = {
    "faultless": ("of the deal", "accelerate", "known", "planned", "some"),
    "no_owner": ("none", "accelerate", "known", "no_owner", "no"),
    "no_amount": ("of the deal", "protect_no_amount", "unknown", None, "some"),
    "amount_zero": ("of the deal", "protect_amount_too_small", "unknown", None, "some"),
    "no_history": ("of the deal", "park_low_motion", "known", None, "some"),
    "close_date_past": ("of the deal", "override_close_date_passed", "known", None, "some"),
    "no_rate": ("of the deal", "protect_no_amount", "unknown", None, "some"),
    "no_capacity": (long_id(short_id("005", "idle")), "accelerate", "known", "no_room", "no"),
    "two_requests": ("of the deal", "accelerate", "known", "planned", "some"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_deal_gets_its_stated_play(home: Path, fault: str) -> None:
    ((owner, rule, economics, line_reason, capacity, allocated, above_line),) = query(
        home,
        "select owner_user_id, deciding_rule, economics_status, line_reason, capacity_hours, allocated_hours, "
        f"is_above_line from mart_opportunity_play where opportunity_id = '{deal(fault)}'",
    )
    ((usual_owner,),) = query(
        home, f"select owner_user_id from mart_opportunity_play where opportunity_id = '{deal('faultless')}'"
    )
    expected = _OUTCOMES[fault]
    assert (usual_owner if expected[0] == "of the deal" else expected[0]) == owner
    assert (rule, economics) == expected[1:3]
    assert line_reason == (expected[3] or line_reason)
    assert (capacity > 0) == (expected[4] == "some")
    # hours exactly where a reason for them stands, and never of a seller who has none
    assert (allocated > 0) == above_line == (line_reason in ("planned", "spare_time", "drawn"))
    assert allocated <= capacity


def test_what_is_unknown_of_a_bad_deal_is_null_and_what_is_known_stays(home: Path) -> None:
    known = "arr_amount, roi_expected_mean, value_per_hour, win_probability"
    rows = {
        name: values
        for name, *values in query(
            home, f"select opportunity_id, {known} from mart_opportunity_play where opportunity_id like '006Qk%'"
        )
    }
    for fault in ("no_amount", "no_rate"):
        *money, win_probability = rows[deal(fault)]
        assert money == [None, None, None], fault
        assert win_probability == rows[deal("faultless")][3], fault
    for fault in ("no_owner", "no_capacity", "two_requests"):
        assert rows[deal(fault)] == rows[deal("faultless")], fault
    # an amount of nothing is no amount: nothing is valued by it, and nothing is said to be given away
    assert rows[deal("amount_zero")][:3] == [0, None, None]
    assert query(
        home,
        "select count(*), count(p_incremental_positive) from mart_opportunity_decision where source = 'policy' "
        f"and opportunity_id in ('{deal('no_amount')}', '{deal('no_rate')}') and answer = 'unknown'",
    ) == [(20, 0)]


def test_no_open_deal_and_no_request_is_lost(home: Path, company: Path) -> None:
    raw = {name: company / "raw" / f"{name}.parquet" for name in ("salesforce/opportunity", "crm/deal_desk_request")}
    ((n_plays, n_deals),) = query(home, "select count(*), count(distinct opportunity_id) from mart_opportunity_play")
    assert n_plays == n_deals
    listed = query(home, "select opportunity_id from mart_weekly_play_list order by 1")
    assert listed == query(home, "select opportunity_id from mart_opportunity_play order by 1")
    assert {(deal(fault),) for fault in FAULTS} <= set(listed)
    assert listed == query(
        home,
        "select distinct id from source where not is_closed and not is_deleted order by 1",
        source=raw["salesforce/opportunity"],
    )
    assert query(
        home,
        "select request_id from mart_opportunity_decision where request_id is not null order by 1",
    ) == query(
        home,
        "select distinct request_id from source where requested_at < '2026-11-03' order by 1",
        source=raw["crm/deal_desk_request"],
    )


def test_a_request_gets_its_stated_answer(home: Path) -> None:
    answers = {
        option: (answer, sentence)
        for option, answer, sentence in query(
            home,
            "select option_id, answer, answer_sentence from mart_opportunity_decision where option_id in "
            "('request:DD-closed', 'request:DD-unknown', 'request:DD-first', 'request:DD-second', 'requests_together')",
        )
    }
    assert {option: answer for option, (answer, _) in answers.items()} == {
        "request:DD-closed": "deal_closed",
        "request:DD-unknown": "unknown",
        "request:DD-first": "part_of_whole",
        "request:DD-second": "part_of_whole",
        "requests_together": "no",
    }
    assert "Correct the opportunity id of request DD-unknown" in answers["request:DD-unknown"][1]
    # each kind of concession once: the discount of one, the payment terms of the other
    ((discount, terms, of_deal),) = query(
        home,
        "select discount_points, payment_terms_days, opportunity_id from mart_opportunity_decision "
        "where option_id = 'requests_together'",
    )
    assert (discount, terms, of_deal) == (Decimal(10), 90, deal("two_requests"))


# test_plays_over_weeks holds every such row to its words; this adds the exit code and what stays published
@pytest.mark.long
def test_a_policy_that_contradicts_itself_is_refused_and_the_published_plays_stay(
    home: Path, company: Path, tmp_path: Path
) -> None:
    """Seeds are files of the project, so a copy of it has the nonsense: motion that Parks above what Accelerates."""
    project = tmp_path / "project"
    unread = shutil.ignore_patterns(".*", "target", "data", "logs", "docs", "__pycache__")
    shutil.copytree(PROJECT_DIR, project, ignore=unread)
    seed = project / "seeds" / "policy" / "play_threshold.csv"
    policy = seed.read_text(encoding="utf-8")
    sound = re.search(r"^motion_active_min,motion,at_least,[\d.]+,[\d.]+,", policy, re.MULTILINE)
    assert sound is not None
    seed.write_text(policy.replace(sound[0], "motion_active_min,motion,at_least,60,55,"))
    # what else was delivered does not matter to a policy
    bare = copy_company(company, tmp_path / "bare")
    keep(bare, ["salesforce/account", "salesforce/opportunity"])
    before = Home(home).current.resolve()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "orchestration.cli", "build", "--raw", str(bare / "raw")),
            *("--as-of", AS_OF.isoformat(), "--config", str(bare / "company.yml")),
        ],
        cwd=project,
        env={**os.environ, "SEGMENTS_HOME": str(home), "PYTHONPATH": str(project), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "seeds/policy/play_threshold.csv, row motion_high_min" in done.stderr
    assert "it leaves no room to Protect beside motion_active_min" in done.stderr
    assert "Traceback" not in done.stderr
    assert Home(home).current.resolve() == before
