"""Typed rows of the published marts, read from the file that `current.duckdb` points to.

Belongs here: opening the published file read-only, choosing explicit columns, and turning them into typed
rows. Sorting, wording and drawing belong to the pages and the terminal list.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import InputError

_CURRENT = "current.duckdb"
_REBUILD = "Run `segments build --raw DIR --as-of DATE` to publish again."

# How the marts write that a deal has no owner, so that grains stay free of nulls.
_NO_OWNER_ID = "none"

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column a report reads: its SQL type, and whether a report makes sense without it."""

    name: str
    sql_type: str
    required: bool = False


def _columns(sql_type: str, names: str, *, required: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, sql_type, required) for name in names.split())


_MONEY = "decimal(18,2)"

_PLAY_COLUMNS = (
    *_columns("varchar", "opportunity_id play", required=True),
    *_columns("date", "decision_week_on as_of_date", required=True),
    *_columns(
        "varchar",
        "opportunity_name account_id account_name owner_user_id owner_name "
        "segment_id segment_name stage_name "
        "deciding_rule deciding_rule_sentence deciding_metric flip_sentence driver_up_1 driver_up_2 "
        "driver_down_1 driver_down_2 next_action economics_status line_reason last_week_play "
        "change_since_last_week change_reason deal_type",
    ),
    *_columns("date", "close_on"),
    *_columns(
        "double",
        "segment_confidence stage_age_days motion_score motion_change motion_evidence risk_score risk_change "
        "risk_evidence profitability_score profitability_change profitability_evidence win_probability "
        "p_expected_roi_negative p_accelerate_positive deciding_value deciding_threshold propensity",
    ),
    *_columns("boolean", "is_randomised"),
    *_columns(
        _MONEY,
        "arr_amount roi_expected_mean roi_expected_p05 roi_expected_p95 accelerate_roi_mean value_per_hour "
        "suggested_hours allocated_hours shadow_price",
    ),
)
_LIST_COLUMNS = (
    *_columns("varchar", "opportunity_id", required=True),
    *_columns("date", "decision_week_on", required=True),
    *_columns("bigint", "rank", required=True),
    *_columns("varchar", "owner_user_id owner_name"),
    *_columns(_MONEY, "suggested_hours cumulative_hours capacity_hours value_per_hour"),
    *_columns("boolean", "is_above_line", required=True),
)
_ROI_COLUMNS = (
    *_columns("varchar", "opportunity_id", required=True),
    *_columns("date", "as_of_date", required=True),
    *_columns("varchar", "term_type"),
    *_columns("bigint", "payback_month"),
    *_columns("double", "p_realised_loss"),
    *_columns(
        _MONEY,
        "onboarding_cost cost_to_close roi_card_formula lifecycle_value_mean roi_realised_p10 roi_realised_p90",
    ),
)
_SEGMENT_COLUMNS = (
    *_columns("varchar", "segment_id", required=True),
    *_columns("varchar", "segment_version segment_name rule_sentence maturity_status model_version"),
    *_columns("bigint", "n_mature_deals n_observed n_events"),
    *_columns(
        "double",
        "survival_12m_mean survival_12m_p05 survival_12m_p95 contribution_per_arr_12m_mean "
        "contribution_per_arr_12m_p05 contribution_per_arr_12m_p95",
    ),
    *_columns("boolean", "is_low_support"),
    *_columns("date", "as_of_date"),
)
_CHECK_COLUMNS = (
    *_columns("varchar", "check_name status", required=True),
    *_columns("varchar", "check_group detail"),
    *_columns("bigint", "n_rows"),
)


@dataclass(frozen=True)
class Deal:
    """One open opportunity with its play, its reason and its place in the seller's list.

    Money is in major units of the reporting currency; scores 0-100; evidence and probabilities 0-1. None
    means unknown. With `is_support_cost_unknown` the ROI holds no support cost, so it is an upper bound.
    `rank`, `cumulative_hours`, `capacity_hours` are None for a deal that is on nobody's list. `suggested_hours` are
    what the play asks for, `allocated_hours` what the deal gets; `shadow_price` is what one more hour of the seller
    would bring, per hour.
    """

    opportunity_id: str
    opportunity_name: str
    account_name: str
    owner_user_id: str | None
    owner_name: str | None
    segment_id: str
    segment_name: str
    segment_confidence: float | None
    stage_name: str
    stage_age_days: float | None
    close_on: date | None
    arr_amount: Decimal | None
    motion_score: float | None
    motion_change: float | None
    motion_evidence: float | None
    risk_score: float | None
    risk_change: float | None
    risk_evidence: float | None
    profitability_score: float | None
    profitability_change: float | None
    profitability_evidence: float | None
    win_probability: float | None
    is_economics_known: bool
    is_support_cost_unknown: bool
    roi_expected_mean: Decimal | None
    roi_expected_p05: Decimal | None
    roi_expected_p95: Decimal | None
    p_expected_roi_negative: float | None
    accelerate_roi_mean: Decimal | None
    p_accelerate_positive: float | None
    play: str
    deciding_rule: str
    deciding_rule_sentence: str
    flip_sentence: str
    drivers_up: tuple[str, ...]
    drivers_down: tuple[str, ...]
    next_action: str
    suggested_hours: Decimal | None
    allocated_hours: Decimal | None
    line_reason: str
    is_randomised: bool
    propensity: float | None
    shadow_price: Decimal | None
    last_week_play: str | None
    change_since_last_week: str
    change_reason: str
    value_per_hour: Decimal | None
    rank: int | None
    cumulative_hours: Decimal | None
    capacity_hours: Decimal | None
    is_above_line: bool
    term_type: str | None
    onboarding_cost: Decimal | None
    cost_to_close: Decimal | None
    roi_card_formula: Decimal | None
    lifecycle_value_mean: Decimal | None
    roi_realised_p10: Decimal | None
    roi_realised_p90: Decimal | None
    p_realised_loss: float | None
    payback_month: int | None


@dataclass(frozen=True)
class Segment:
    """One behavioural and economic cohort; survival is a rate 0-1, contribution per 1 of ARR in 12 months."""

    segment_id: str
    segment_name: str
    rule_sentence: str
    n_mature_deals: int | None
    survival_12m_mean: float | None
    survival_12m_p05: float | None
    survival_12m_p95: float | None
    contribution_mean: float | None
    contribution_p05: float | None
    contribution_p95: float | None
    is_low_support: bool
    maturity_status: str | None


@dataclass(frozen=True)
class Check:
    """One line of the run's data-quality record; status is pass, warn, fail or info."""

    check_name: str
    check_group: str
    status: str
    n_rows: int | None
    detail: str


@dataclass(frozen=True)
class PublishedWeek:
    """All that one published run says about its decision week."""

    run_id: str
    as_of_date: date | None
    decision_week_on: date | None
    deals: tuple[Deal, ...]
    segments: tuple[Segment, ...]
    checks: tuple[Check, ...]


def published_file(published: Path) -> Path:
    """The versioned file behind the link.

    Args:
        published: the folder that holds `current.duckdb`, or the link (or a versioned file) itself.

    Raises:
        InputError: nothing is published yet, or the link leads nowhere.
    """
    link = published / _CURRENT if published.is_dir() else published
    if not link.is_symlink() and not link.exists():
        raise InputError(
            f"Nothing is published yet: {link} does not exist.",
            "Run `segments demo` for a made-up company, or `segments build --raw DIR --as-of DATE`.",
        )
    target = link.resolve()
    if not target.is_file():
        raise InputError(f"The published link {link} points to {target}, which is not there.", _REBUILD)
    return target


def require_marts(connection: duckdb.DuckDBPyConnection, file: Path, marts: Iterable[str]) -> None:
    """Raise unless all of `marts` are in the file, which is attached as `published`.

    Raises:
        InputError: names the first that is not there.
    """
    there = {
        str(name)
        for (name,) in connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'published' and table_schema = 'marts'"
        ).fetchall()
    }
    absent = [name for name in marts if name not in there]
    if absent:
        raise InputError(f"The published file {file.name} has no table marts.{absent[0]}.", _REBUILD)


def read_rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Iterable[Any] = ()) -> list[Row]:
    """Rows of a query as dictionaries by column name."""
    cursor = connection.execute(sql, list(values))
    names = [str(column[0]) for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def run_id_of(file: Path) -> str:
    """The run id in the name of a published file `marts_<run>.duckdb`."""
    return file.resolve().stem.removeprefix("marts_")


def read_week(published: Path) -> PublishedWeek:
    """Read the newest decision week of the published marts.

    Args:
        published: see `published_file`.

    Raises:
        InputError: nothing published, unreadable file, missing table or column, wrong-typed column, or
            lists that contradict one another.
    """
    file = published_file(published)
    with _open(file) as connection:
        plays = _newest(_read(connection, file, "mart_opportunity_play", _PLAY_COLUMNS), "decision_week_on")
        listed = _newest(_read(connection, file, "mart_weekly_play_list", _LIST_COLUMNS), "decision_week_on")
        roi = _newest(_read(connection, file, "mart_opportunity_roi", _ROI_COLUMNS), "as_of_date")
        segment_rows = _read(connection, file, "dim_segment", _SEGMENT_COLUMNS)
        check_rows = _read(connection, file, "mart_data_quality", _CHECK_COLUMNS)
    list_by_id = _by_opportunity(listed, "mart_weekly_play_list")
    roi_by_id = _by_opportunity(roi, "mart_opportunity_roi")
    play_by_id = _by_opportunity(plays, "mart_opportunity_play")
    orphans = sorted(set(list_by_id) - set(play_by_id))
    if orphans:
        raise InputError(
            f"marts.mart_weekly_play_list, column opportunity_id: {len(orphans)} listed deals are not in "
            f"marts.mart_opportunity_play, first {orphans[0]}.",
            _REBUILD,
        )
    segment_rows = _newest(_newest(segment_rows, "as_of_date"), "segment_version")
    as_of_date = max((row["as_of_date"] for row in (*plays, *segment_rows) if row["as_of_date"]), default=None)
    decision_week_on = plays[0]["decision_week_on"] if plays else None
    if decision_week_on is None and as_of_date is not None:
        # A week without open deals has no play row to name its Monday.
        decision_week_on = as_of_date - timedelta(days=as_of_date.weekday())
    return PublishedWeek(
        run_id=run_id_of(file),
        as_of_date=as_of_date,
        decision_week_on=decision_week_on,
        deals=tuple(_deal(row, list_by_id.get(key), roi_by_id.get(key, {})) for key, row in sorted(play_by_id.items())),
        segments=tuple(_segment(row) for row in sorted(segment_rows, key=lambda row: str(row["segment_id"]))),
        checks=tuple(
            sorted((_check(row) for row in check_rows), key=lambda check: (check.check_group, check.check_name))
        ),
    )


@contextmanager
def _open(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(str(file), read_only=True)
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InvalidInputException) as error:
        raise InputError(f"The published file {file.name} cannot be read: {error}", _REBUILD) from error
    try:
        yield connection
    finally:
        connection.close()


def _read(connection: duckdb.DuckDBPyConnection, file: Path, table: str, columns: tuple[Column, ...]) -> list[Row]:
    """Rows of `marts.<table>` with exactly `columns`; an absent optional column reads as null."""
    present = {
        str(name)
        for (name,) in connection.execute(
            "select column_name from information_schema.columns where table_schema = 'marts' and table_name = ?",
            [table],
        ).fetchall()
    }
    if not present:
        raise InputError(f"The published file {file.name} has no table marts.{table}.", _REBUILD)
    missing = [column.name for column in columns if column.required and column.name not in present]
    if missing:
        raise InputError(f"marts.{table} in {file.name} has no column {', '.join(missing)}.", _REBUILD)
    selected = ", ".join(
        f"cast({_source(column) if column.name in present else 'null'} as {column.sql_type}) as {column.name}"
        for column in columns
    )
    try:
        found = connection.execute(f"select {selected} from marts.{table}").fetchall()
    except (duckdb.ConversionException, duckdb.BinderException) as error:
        raise InputError(f"marts.{table} in {file.name} has a column of the wrong type: {error}", _REBUILD) from error
    names = [column.name for column in columns]
    return [dict(zip(names, (_finite(value) for value in values), strict=True)) for values in found]


def _source(column: Column) -> str:
    # A NaN or infinity cannot be cast to DECIMAL and means unknown.
    if column.sql_type == _MONEY:
        return f"case when isfinite(cast({column.name} as double)) then {column.name} end"
    return column.name


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _newest(rows: list[Row], column: str) -> list[Row]:
    """The rows with the greatest `column`; nulls rank lowest."""
    known = [row[column] for row in rows if row[column] is not None]
    return [row for row in rows if row[column] == max(known)] if known else rows


def _by_opportunity(rows: list[Row], table: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        key = str(row["opportunity_id"])
        if key in found:
            raise InputError(f"marts.{table}, column opportunity_id: {key} is there twice for one week.", _REBUILD)
        found[key] = row
    return found


def _deal(play: Row, listed: Row | None, roi: Row) -> Deal:
    # Economics are unknown as a whole: half a figure would be read as a figure.
    known = play["economics_status"] != "unknown" and play["roi_expected_mean"] is not None
    name = play["opportunity_name"] or play["opportunity_id"]
    place: Row = listed or {}
    owner = play["owner_user_id"] or place.get("owner_user_id")
    return Deal(
        opportunity_id=play["opportunity_id"],
        opportunity_name=name,
        account_name=play["account_name"] or play["account_id"] or "unknown account",
        owner_user_id=None if owner == _NO_OWNER_ID else owner,
        owner_name=play["owner_name"] or place.get("owner_name"),
        segment_id=play["segment_id"] or "unassigned",
        segment_name=play["segment_name"] or play["segment_id"] or "no segment",
        segment_confidence=play["segment_confidence"],
        stage_name=play["stage_name"] or "stage unknown",
        stage_age_days=play["stage_age_days"],
        close_on=play["close_on"],
        arr_amount=play["arr_amount"],
        motion_score=play["motion_score"],
        motion_change=play["motion_change"],
        motion_evidence=play["motion_evidence"],
        risk_score=play["risk_score"],
        risk_change=play["risk_change"],
        risk_evidence=play["risk_evidence"],
        profitability_score=play["profitability_score"],
        profitability_change=play["profitability_change"],
        profitability_evidence=play["profitability_evidence"],
        win_probability=play["win_probability"],
        is_economics_known=known,
        is_support_cost_unknown=play["economics_status"] == "support_unknown",
        roi_expected_mean=play["roi_expected_mean"] if known else None,
        roi_expected_p05=play["roi_expected_p05"] if known else None,
        roi_expected_p95=play["roi_expected_p95"] if known else None,
        p_expected_roi_negative=play["p_expected_roi_negative"] if known else None,
        accelerate_roi_mean=play["accelerate_roi_mean"] if known else None,
        p_accelerate_positive=play["p_accelerate_positive"] if known else None,
        play=play["play"],
        deciding_rule=play["deciding_rule"] or "",
        deciding_rule_sentence=play["deciding_rule_sentence"] or "",
        flip_sentence=play["flip_sentence"] or "",
        drivers_up=_texts(play["driver_up_1"], play["driver_up_2"]),
        drivers_down=_texts(play["driver_down_1"], play["driver_down_2"]),
        next_action=play["next_action"] or "",
        suggested_hours=place.get("suggested_hours", play["suggested_hours"]),
        allocated_hours=play["allocated_hours"],
        line_reason=play["line_reason"] or "",
        is_randomised=bool(play["is_randomised"]),
        propensity=play["propensity"],
        shadow_price=play["shadow_price"],
        last_week_play=play["last_week_play"],
        change_since_last_week=play["change_since_last_week"] or "",
        change_reason=play["change_reason"] or "",
        value_per_hour=(play["value_per_hour"] if known else None),
        rank=place.get("rank"),
        cumulative_hours=place.get("cumulative_hours"),
        capacity_hours=place.get("capacity_hours"),
        is_above_line=bool(place.get("is_above_line")),
        term_type=roi.get("term_type"),
        onboarding_cost=roi.get("onboarding_cost"),
        cost_to_close=roi.get("cost_to_close"),
        roi_card_formula=roi.get("roi_card_formula") if known else None,
        lifecycle_value_mean=roi.get("lifecycle_value_mean") if known else None,
        roi_realised_p10=roi.get("roi_realised_p10") if known else None,
        roi_realised_p90=roi.get("roi_realised_p90") if known else None,
        p_realised_loss=roi.get("p_realised_loss") if known else None,
        payback_month=roi.get("payback_month") if known else None,
    )


def _texts(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)


def _segment(row: Row) -> Segment:
    return Segment(
        segment_id=row["segment_id"],
        segment_name=row["segment_name"] or row["segment_id"],
        rule_sentence=row["rule_sentence"] or "",
        n_mature_deals=row["n_mature_deals"],
        survival_12m_mean=row["survival_12m_mean"],
        survival_12m_p05=row["survival_12m_p05"],
        survival_12m_p95=row["survival_12m_p95"],
        contribution_mean=row["contribution_per_arr_12m_mean"],
        contribution_p05=row["contribution_per_arr_12m_p05"],
        contribution_p95=row["contribution_per_arr_12m_p95"],
        is_low_support=bool(row["is_low_support"]),
        maturity_status=row["maturity_status"],
    )


def _check(row: Row) -> Check:
    return Check(
        check_name=row["check_name"],
        check_group=row["check_group"] or "other",
        status=row["status"],
        n_rows=row["n_rows"],
        detail=row["detail"] or "",
    )
