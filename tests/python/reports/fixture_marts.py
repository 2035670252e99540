"""A small published file with plausible rows, for the tests of the pages and the terminal list.

Belongs here: made-up marts in the shape of the public columns, including what real life brings: unknown
economics, thin evidence, losses, very long names, quotes and HTML-special characters.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb

RUN_ID = "20250303T060000_demo"
AS_OF = date(2025, 3, 5)
WEEK = date(2025, 3, 3)

NASTY_NAME = 'Bolts & "Nuts" <script>alert(1)</script> GmbH'
LONG_NAME = (
    "Enterprise-wide consolidation of subsidiaries' planning and forecasting platforms, phase two, "
    "including the northern region and all recently acquired companies"
)
FORMULA_NAME = "=HYPERLINK(A1) renewal"
HARD_OWNER = "Siân O'Brien-Łukasiewicz"

SELLERS = (
    ("005A", "Dana Okafor", 36.0),
    ("005B", HARD_OWNER, 40.0),
    ("005C", "Marek Novák", 24.0),
    ("005D", "Priya Raman", None),
)
SEGMENTS = (
    ("S1", "Slow and durable", "At least three stakeholders.", 412, 0.93, 0.02, 0.58, False, "mature"),
    ("S2", "Fast and fragile", "Fewer than three stakeholders.", 377, 0.68, 0.04, 0.31, False, "mature"),
    ("S3", "Heavy custom scope", "More than two custom requests.", 148, 0.81, 0.05, 0.09, False, "mature"),
    ("S4", "Discount hunters", "Discount above 12%, monthly.", 290, 0.57, 0.04, -0.06, False, "mature"),
    ("S5", "Late movers", "Discount above 12%, a year or more.", 23, 0.74, 0.14, 0.22, True, "immature"),
)
STAGES = ("Discovery", "Evaluation", "Proposal", "Negotiation")
ACCOUNTS = (
    *("Harbour Logistics", "Kestrel Health", "Północ Energia", "Ridgeway Foods", "Blue Fin Insurance"),
    *("Atlas Rail", "Meridian Labs", "Copper & Sons", "Quarry Street Bank", "Tidewater Media"),
    *("Fjord Shipping", "Lumen Schools"),
)
THINGS = (
    "analytics rollout",
    "planning seats",
    "EU expansion",
    "platform switch",
    "pilot",
    "renewal plus add-on",
)

PLAY_DDL = """
    opportunity_id varchar, decision_week_on date, as_of_date date, opportunity_name varchar, account_id
    varchar, account_name varchar, owner_user_id varchar, owner_name varchar, segment_id varchar,
    segment_name varchar, segment_confidence double, stage_name varchar, stage_age_days integer, close_on
    date, arr_amount decimal(18,2), motion_score double, motion_change double, motion_evidence double,
    risk_score double, risk_change double, risk_evidence double, profitability_score double,
    profitability_change double, profitability_evidence double, win_probability double, roi_expected_mean
    double, roi_expected_p05 double, roi_expected_p95 double, p_expected_roi_negative double,
    accelerate_roi_mean double, p_accelerate_positive double, play varchar, deciding_rule varchar,
    deciding_rule_sentence varchar, deciding_metric varchar, deciding_value double, deciding_threshold
    double, flip_sentence varchar, driver_up_1 varchar, driver_up_2 varchar, driver_down_1 varchar,
    driver_down_2 varchar, next_action varchar, suggested_hours decimal(9,2), value_per_hour double,
    economics_status varchar, deal_type varchar, allocated_hours decimal(9,2), line_reason varchar, is_randomised
    boolean, propensity double, shadow_price decimal(18,2), last_week_play varchar, change_since_last_week varchar,
    change_reason varchar
"""
LIST_DDL = """
    owner_user_id varchar, owner_name varchar, decision_week_on date, rank integer, opportunity_id varchar,
    opportunity_name varchar, account_name varchar, play varchar, next_action varchar, suggested_hours
    decimal(9,2), cumulative_hours decimal(9,2), capacity_hours decimal(9,2), is_above_line boolean,
    value_per_hour double
"""
ROI_DDL = """
    opportunity_id varchar, as_of_date date, segment_id varchar, term_type varchar, arr_amount decimal(18,2),
    win_probability double, onboarding_cost decimal(18,2), cost_to_close decimal(18,2), roi_card_formula
    decimal(18,2), lifecycle_value_mean double, roi_expected_mean double, roi_expected_p05 double,
    roi_expected_p50 double, roi_expected_p95 double, p_expected_roi_negative double, accelerate_roi_mean
    double, p_accelerate_positive double, roi_realised_p10 decimal(18,2), roi_realised_p90 decimal(18,2),
    p_realised_loss double, payback_month integer
"""
SEGMENT_DDL = """
    segment_id varchar, segment_version varchar, segment_name varchar, rule_sentence varchar, n_mature_deals
    integer, survival_12m_mean double, survival_12m_p05 double, survival_12m_p95 double,
    expand_prob_12m_mean double, gross_margin_rate_mean double, support_cost_per_arr_year_mean double,
    life_years_mean double, contribution_per_arr_12m_mean double, contribution_per_arr_12m_p05 double,
    contribution_per_arr_12m_p95 double, n_observed bigint, n_events bigint, is_low_support boolean,
    maturity_status varchar, model_version varchar, as_of_date date
"""
CHECK_DDL = "check_name varchar, check_group varchar, status varchar, n_rows bigint, detail varchar"

DealRow = dict[str, object]


def deal_rows(n_deals: int = 60, seed: int = 7) -> list[DealRow]:
    """Rows of mart_opportunity_play; the first few carry the hard cases."""
    rng = random.Random(seed)
    rows = [_deal_row(rng, i) for i in range(n_deals)]
    special: list[DealRow] = [
        {"opportunity_name": NASTY_NAME, "account_name": NASTY_NAME},
        {"opportunity_name": LONG_NAME},
        {"opportunity_name": FORMULA_NAME},
    ]
    for row, change in zip(rows, special, strict=False):
        row.update(change)
    return rows


def _deal_row(rng: random.Random, i: int) -> DealRow:
    owner_id, owner_name, _ = SELLERS[i % len(SELLERS)]
    segment = SEGMENTS[rng.choice((0, 0, 1, 1, 2, 3, 4))]
    arr = round(rng.lognormvariate(10.3, 0.8), -2)
    motion, risk = rng.uniform(10, 95), rng.uniform(15, 85)
    win = min(max(0.1 + motion / 140 - risk / 400, 0.03), 0.92)
    known = i % 9 != 4
    mean = win * arr * segment[6] * 5 - rng.uniform(500, 4000)
    sd = 0.18 * abs(mean) + 0.06 * arr
    profit = max(0.0, min(100.0, 45 + segment[6] * 60 + rng.uniform(-15, 15)))
    if motion < 40:
        play, rule = "Park", "park_low_motion"
        why = f"Parked: motion {motion:.0f} is below 40, so hours here would not move the deal."
        flip = f"Becomes Protect when motion reaches 40 (now {motion:.0f}): two active stakeholders would do it."
        action = "Send one useful note, set a reminder for next month, spend no meeting time."
        hours = 0.25
    elif risk > 60 or mean - 1.3 * sd < 0:
        play, rule = "Protect", "protect_risk_high"
        why = f"Protected: motion {motion:.0f} is active, but risk {risk:.0f} is above 60."
        flip = f"Becomes Accelerate when risk falls to 60 (now {risk:.0f}): security review answered."
        action = "Get the security review dated and a second sponsor into the next call."
        hours = rng.choice((1.5, 2.0, 3.0))
    else:
        play, rule = "Accelerate", "accelerate_all_gates"
        why = f"Accelerated: motion {motion:.0f} ≥ 60, risk {risk:.0f} ≤ 60, 94% sure that speed pays."
        flip = "Becomes Protect when the discount goes above 12%."
        action = "Book the decision call with the economic buyer and send the mutual close plan."
        hours = rng.choice((2.0, 4.0, 5.0))
    return {
        "opportunity_id": f"006{i:015d}",
        "decision_week_on": WEEK,
        "as_of_date": AS_OF,
        "opportunity_name": f"{rng.choice(ACCOUNTS)} {rng.choice(THINGS)}",
        "account_id": f"001{i:015d}",
        "account_name": rng.choice(ACCOUNTS),
        "owner_user_id": owner_id,
        "owner_name": owner_name,
        "segment_id": segment[0],
        "segment_name": segment[1],
        "segment_confidence": rng.uniform(0.5, 0.98),
        "stage_name": rng.choice(STAGES),
        "stage_age_days": rng.randint(1, 80),
        "close_on": AS_OF + timedelta(days=rng.randint(-10, 90)),
        "arr_amount": arr,
        "motion_score": motion,
        "motion_change": rng.uniform(-20, 20),
        "motion_evidence": rng.uniform(0.3, 1),
        "risk_score": risk,
        "risk_change": rng.uniform(-9, 9),
        "risk_evidence": rng.uniform(0.4, 1),
        "profitability_score": profit if known else None,
        "profitability_change": 0.0 if known else None,
        "profitability_evidence": rng.uniform(0.4, 1) if known else 0.0,
        "win_probability": win,
        "roi_expected_mean": mean if known else None,
        "roi_expected_p05": mean - 1.6 * sd if known else None,
        "roi_expected_p95": mean + 1.7 * sd if known else None,
        "p_expected_roi_negative": min(1.0, max(0.0, 0.5 - mean / sd / 4)) if known else None,
        "accelerate_roi_mean": 0.1 * arr - 2500 if known else None,
        "p_accelerate_positive": rng.uniform(0.3, 0.99) if known else None,
        "play": play,
        "deciding_rule": rule,
        "deciding_rule_sentence": why,
        "deciding_metric": "motion_score",
        "deciding_value": motion,
        "deciding_threshold": 40.0,
        "flip_sentence": flip,
        "driver_up_1": "Three stakeholders active in the last four weeks, was one",
        "driver_up_2": "Came back to the reporting capability on five days",
        "driver_down_1": "Close date pushed twice",
        "driver_down_2": None if i % 3 else "Discount asked: 18%",
        "next_action": action,
        "suggested_hours": hours,
        "value_per_hour": (max(mean, 0.0) / hours if hours else 0.0) if known else None,
        "economics_status": "known" if known else "unknown",
        "shadow_price": 1240.4,
        **_change_of(i),
    }


def _change_of(i: int) -> DealRow:
    """Last week's play and what moved: one deal in seven rose, one is new, the others stay."""
    if i % 7 == 3:
        return {
            "last_week_play": "Park",
            "change_since_last_week": "up",
            "change_reason": "motion rose from 22.0 to 41.0",
        }
    if i % 7 == 5:
        return {"last_week_play": None, "change_since_last_week": "new", "change_reason": "opened on 28 Feb"}
    return {
        "last_week_play": "Protect",
        "change_since_last_week": "same",
        "change_reason": "nothing that decides has moved",
    }


def list_rows(deals: list[DealRow]) -> list[DealRow]:
    """Rows of mart_weekly_play_list: per seller by value per hour, with hours added up and the line."""
    rows: list[DealRow] = []
    for owner_id, owner_name, capacity in SELLERS:
        mine = [deal for deal in deals if deal["owner_user_id"] == owner_id]
        mine.sort(
            key=lambda d: (
                d["play"] == "Park",
                -float(str(d["value_per_hour"] or 0)),
                str(d["opportunity_id"]),
            )
        )
        total = 0.0
        for rank, deal in enumerate(mine, start=1):
            total += float(str(deal["suggested_hours"]))
            kept = (
                "opportunity_id",
                "opportunity_name",
                "account_name",
                "play",
                "next_action",
                "suggested_hours",
            )
            rows.append(
                {
                    "owner_user_id": owner_id,
                    "owner_name": owner_name,
                    "decision_week_on": WEEK,
                    "rank": rank,
                    **{name: deal[name] for name in kept},
                    "cumulative_hours": total,
                    "capacity_hours": capacity,
                    "is_above_line": deal["play"] != "Park" and (capacity is None or total <= capacity),
                    "value_per_hour": deal["value_per_hour"],
                }
            )
    return rows


def roi_rows(deals: list[DealRow]) -> list[DealRow]:
    """Rows of mart_opportunity_roi for the same deals."""
    kept = (
        *("opportunity_id", "as_of_date", "segment_id", "arr_amount", "win_probability"),
        *("roi_expected_mean", "roi_expected_p05", "roi_expected_p95", "p_expected_roi_negative"),
        *("accelerate_roi_mean", "p_accelerate_positive"),
    )
    return [
        {
            **{name: deal[name] for name in kept},
            "term_type": "annual",
            "onboarding_cost": 1800,
            "cost_to_close": 2400,
            "roi_card_formula": None if deal["roi_expected_mean"] is None else 23400,
            "lifecycle_value_mean": None if deal["roi_expected_mean"] is None else 38250.4,
            "roi_expected_p50": deal["roi_expected_mean"],
            **_luck_of(i, is_known=deal["roi_expected_mean"] is not None),
        }
        for i, deal in enumerate(deals)
    ]


def _luck_of(i: int, *, is_known: bool) -> DealRow:
    """How this one deal may end; every fifth one never pays back."""
    if not is_known:
        return dict.fromkeys(("roi_realised_p10", "roi_realised_p90", "p_realised_loss", "payback_month"))
    return {
        "roi_realised_p10": "-2400.00",
        "roi_realised_p90": "61000.00",
        "p_realised_loss": 0.41,
        "payback_month": None if i % 5 == 0 else i % 14,
    }


def segment_rows() -> list[DealRow]:
    """Rows of dim_segment, one of them with low support."""
    return [
        {
            "segment_id": key, "segment_version": "v1", "segment_name": name, "rule_sentence": rule,
            "n_mature_deals": n,
            "survival_12m_mean": survival, "survival_12m_p05": survival - half,
            "survival_12m_p95": min(1, survival + half),
            "contribution_per_arr_12m_mean": money, "contribution_per_arr_12m_p05": money - 2 * half,
            "contribution_per_arr_12m_p95": money + 2 * half, "n_observed": n * 12, "n_events": n // 5,
            "is_low_support": low, "maturity_status": maturity, "model_version": "m1", "as_of_date": AS_OF,
        }
        for key, name, rule, n, survival, half, money, low, maturity in SEGMENTS
    ]  # fmt: skip


CHECKS: list[DealRow] = [
    {"check_name": name, "check_group": group, "status": status, "n_rows": n_rows, "detail": detail}
    for name, group, status, n_rows, detail in (
        ("revenue_ties_to_invoices", "money", "pass", 0, "difference 0.00"),
        ("opportunity_keys_unique", "keys", "pass", 0, None),
        ("every_play_names_a_rule", "plays", "pass", 0, None),
        ("open_deals_without_owner", "plays", "warn", 3, "given to no list"),
        ("open_deals", "plays", "info", 60, None),
    )
]


def publish(
    folder: Path,
    *,
    deals: list[DealRow] | None = None,
    listed: list[DealRow] | None = None,
    checks: list[DealRow] | None = None,
    run_id: str = RUN_ID,
) -> Path:
    """Write `marts_<run>.duckdb` and the link `current.duckdb` into `folder`; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"marts_{run_id}.duckdb"
    deals = deal_rows() if deals is None else deals
    connection = duckdb.connect(str(file))
    connection.execute("begin")
    connection.execute("create schema marts")
    _write(connection, "mart_opportunity_play", PLAY_DDL, deals)
    _write(connection, "mart_weekly_play_list", LIST_DDL, list_rows(deals) if listed is None else listed)
    _write(connection, "mart_opportunity_roi", ROI_DDL, roi_rows(deals))
    _write(connection, "dim_segment", SEGMENT_DDL, segment_rows())
    _write(connection, "mart_data_quality", CHECK_DDL, CHECKS if checks is None else checks)
    connection.execute("commit")
    connection.close()
    link = folder / "current.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(file.name)
    return folder


def _write(connection: duckdb.DuckDBPyConnection, table: str, ddl: str, rows: list[DealRow]) -> None:
    connection.execute(f"create table marts.{table} ({ddl})")
    for row in rows:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into marts.{table} ({', '.join(row)}) values ({marks})", list(row.values()))
