"""What landed tables must look like before dbt reads them.

Built from the raw contract (columns there, keys never null) and the rules below (ranges, vendor value sets).
Critical means that the figures would be wrong; a warning is for what is unusual but may well be true of a
company, such as a status this project has never seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import great_expectations as gx
import great_expectations.expectations as gx_expectations
from great_expectations.expectations.expectation import Expectation

from orchestration.landing.contract import ContractTable, TableName, load_contract, required_tables
from orchestration.landing.names import quoted
from orchestration.landing.types import typed

# the package neither exports its names in the typed sense nor types severity as the text it accepts
gxe: Any = gx_expectations

Severity = Literal["critical", "warning"]
Landed = Mapping[TableName, Mapping[str, str]]  # DuckDB type by column, by table

_EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001, raw times are UTC without a zone
_LARGEST_AMOUNT = 1e12  # major units; beyond it a figure is a unit error, and DECIMAL(18,2) is near its end
_LARGEST_MINOR = 1e14


@dataclass(frozen=True)
class Between:
    """Values lie in [low, high]; None leaves a side open."""

    low: float | None
    high: float | None
    severity: Severity
    is_low_excluded: bool = False


@dataclass(frozen=True)
class OneOf:
    """Values are among those the vendor documents."""

    values: tuple[str, ...]
    severity: Severity


_NOT_NEGATIVE = Between(0, None, "warning")
_PERCENT = Between(0, 100, "critical")
_ABOVE_ZERO = Between(0, None, "critical", is_low_excluded=True)

_RULES: dict[tuple[str, str, str], Between | OneOf] = {
    ("salesforce", "opportunity", "probability"): _PERCENT,
    ("salesforce", "opportunity", "amount"): Between(-_LARGEST_AMOUNT, _LARGEST_AMOUNT, "critical"),
    ("salesforce", "opportunity_history", "probability"): _PERCENT,
    ("salesforce", "opportunity_history", "amount"): Between(-_LARGEST_AMOUNT, _LARGEST_AMOUNT, "critical"),
    ("salesforce", "opportunity_stage", "default_probability"): _PERCENT,
    ("salesforce", "opportunity_line_item", "discount"): Between(0, 100, "warning"),
    ("salesforce", "opportunity_line_item", "quantity"): _NOT_NEGATIVE,
    ("salesforce", "task", "call_duration_in_seconds"): Between(0, 86_400, "warning"),
    ("salesforce", "contract", "contract_term"): Between(0, 240, "warning"),
    ("salesforce", "campaign", "actual_cost"): _NOT_NEGATIVE,
    ("salesforce", "currency_type", "conversion_rate"): _ABOVE_ZERO,
    ("salesforce", "dated_conversion_rate", "conversion_rate"): _ABOVE_ZERO,
    ("stripe", "price", "recurring_interval"): OneOf(("day", "week", "month", "year"), "critical"),
    ("stripe", "price", "recurring_interval_count"): Between(1, 60, "warning"),
    ("stripe", "price", "unit_amount"): _NOT_NEGATIVE,
    ("stripe", "subscription_history", "status"): OneOf(
        (
            "incomplete",
            "incomplete_expired",
            "trialing",
            "active",
            "past_due",
            "canceled",
            "unpaid",
            "paused",
        ),
        "warning",
    ),
    ("stripe", "subscription_item", "quantity"): _NOT_NEGATIVE,
    ("stripe", "invoice", "status"): OneOf(("draft", "open", "paid", "uncollectible", "void", "deleted"), "warning"),
    ("stripe", "invoice", "total"): Between(-_LARGEST_MINOR, _LARGEST_MINOR, "critical"),
    ("stripe", "invoice", "amount_paid"): _NOT_NEGATIVE,
    ("stripe", "invoice_line_item", "amount"): Between(-_LARGEST_MINOR, _LARGEST_MINOR, "critical"),
    ("stripe", "charge", "amount"): _NOT_NEGATIVE,
    ("stripe", "charge", "amount_refunded"): _NOT_NEGATIVE,
    ("stripe", "charge", "status"): OneOf(("succeeded", "pending", "failed"), "warning"),
    ("stripe", "payment_intent", "amount"): _NOT_NEGATIVE,
    ("stripe", "refund", "amount"): _NOT_NEGATIVE,
    ("stripe", "refund", "status"): OneOf(("pending", "requires_action", "succeeded", "failed", "canceled"), "warning"),
    ("stripe", "credit_note", "amount"): Between(-_LARGEST_MINOR, _LARGEST_MINOR, "critical"),
    ("stripe", "credit_note", "status"): OneOf(("issued", "void"), "warning"),
    ("stripe", "credit_note", "type"): OneOf(("pre_payment", "post_payment", "mixed"), "warning"),
    ("stripe", "balance_transaction", "amount"): Between(-_LARGEST_MINOR, _LARGEST_MINOR, "critical"),
    ("stripe", "balance_transaction", "exchange_rate"): _ABOVE_ZERO,
    ("stripe", "dispute", "amount"): _NOT_NEGATIVE,
    ("stripe", "coupon", "duration"): OneOf(("once", "repeating", "forever"), "warning"),
    ("stripe", "coupon", "percent_off"): _PERCENT,
    ("zendesk", "ticket", "status"): OneOf(
        ("new", "open", "pending", "hold", "solved", "closed", "deleted"), "warning"
    ),
    ("zendesk", "user", "role"): OneOf(("end-user", "agent", "admin"), "warning"),
    ("product", "usage_account_daily", "active_users"): _NOT_NEGATIVE,
    ("product", "usage_account_daily", "events"): _NOT_NEGATIVE,
    ("intent", "capability_visit_daily", "visits"): _NOT_NEGATIVE,
    ("marketing", "ad_spend_daily", "spend"): _NOT_NEGATIVE,
    ("finance", "product_margin", "gross_margin_pct"): Between(-1_000, 100, "critical"),
    ("finance", "support_rate", "rate_per_hour"): Between(0, 10_000, "warning"),
    ("finance", "fx_rate", "rate"): _ABOVE_ZERO,
    ("finance", "currency_exponent", "exponent"): Between(0, 4, "critical"),
    ("crm", "deal_desk_request", "arr_discount_pct"): Between(0, 100, "warning"),
    ("crm", "deal_desk_request", "term_months"): Between(0, 240, "warning"),
}
_CURRENCY_COLUMNS = ("currency", "currency_iso_code", "iso_code", "from_currency", "to_currency")
# No vendor read here existed before 1990, so such a creation time is a default (epoch 0), not a fact. An old
# contract date may be true. The loader's own columns and far ends of open periods are not looked at.
_CREATION_COLUMNS = ("created", "created_at", "created_date")

_KEYS: dict[TableName, tuple[str, ...]] = {
    ("zendesk", "ticket_field_history"): ("ticket_id", "field_name", "updated"),
    ("zendesk", "ticket_tag"): ("ticket_id", "tag"),
    ("zendesk", "domain_name"): ("organization_id", "index"),
    ("stripe", "invoice_line_item"): ("invoice_id", "id"),
    ("stripe", "credit_note_line_item"): ("credit_note_id", "id"),
    ("marketing", "ad_spend_daily"): ("date_day", "platform", "campaign_id"),
    ("marketing", "gtm_cost_monthly"): ("month", "cost_type", "channel"),
    ("product", "usage_account_daily"): ("account_id", "date_day"),
    ("intent", "capability_visit_daily"): ("account_id", "date_day", "capability"),
    ("finance", "product_margin"): ("product_key", "valid_from"),
    ("finance", "support_rate"): ("valid_from", "group_id", "role"),
    ("finance", "fx_rate"): ("rate_date", "from_currency", "to_currency"),
    ("finance", "currency_exponent"): ("currency",),
    ("finance", "gl_monthly"): ("month", "account_code"),
    ("crosswalk", "account_override"): ("source_system", "source_id", "valid_from"),
    ("crm", "deal_desk_request"): ("request_id",),
    ("crm", "play_response"): ("opportunity_id", "decision_week"),
}


@dataclass(frozen=True)
class TableSuite:
    """The suite of one landed table, with the query that gives its columns their contract types."""

    name: str
    query: str
    keys: tuple[str, ...]
    suite: gx.ExpectationSuite


def _range_check(column: str, rule: Between) -> Expectation:
    check: Expectation = gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=rule.low,
        max_value=rule.high,
        strict_min=rule.is_low_excluded,
        severity=rule.severity,
    )
    return check


def _column_checks(table: ContractTable, landed: Mapping[str, str]) -> list[Expectation]:
    checks: list[Expectation] = []
    for column in table.columns:
        name = column.name
        if name not in landed:
            continue
        if column.level == "K":
            checks.append(gxe.ExpectColumnValuesToNotBeNull(column=name, severity="critical"))
        rule = _RULES.get((table.source, table.name, name))
        if isinstance(rule, Between):
            checks.append(_range_check(name, rule))
        elif isinstance(rule, OneOf):
            checks.append(
                gxe.ExpectColumnValuesToBeInSet(column=name, value_set=list(rule.values), severity=rule.severity)
            )
        if name in _CURRENCY_COLUMNS:
            checks.append(gxe.ExpectColumnValueLengthsToEqual(column=name, value=3, severity="critical"))
        if column.type in ("date", "ts") and not name.startswith("_"):
            severity: Severity = "critical" if name in _CREATION_COLUMNS else "warning"
            earliest: Any = _EARLIEST if column.type == "ts" else _EARLIEST.date()
            checks.append(gxe.ExpectColumnValuesToBeBetween(column=name, min_value=earliest, severity=severity))
    return checks


def table_suite(table: ContractTable, landed: Mapping[str, str], *, is_required: bool) -> TableSuite:
    """Build the suite of one table from its contract and the columns that were landed.

    Args:
        table: the contracted table.
        landed: landed column names with their DuckDB types.
        is_required: whether an empty table is critical or only worth a warning.
    """
    name = f"{table.source}.{table.name}"
    there = [column for column in table.columns if column.name in landed]
    must_exist = [column.name for column in table.columns if column.level == "K"]
    checks: list[Expectation] = [
        gxe.ExpectTableColumnsToMatchSet(column_set=must_exist, exact_match=False, severity="critical"),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, severity="critical" if is_required else "warning"),
        *_column_checks(table, landed),
    ]
    select = ", ".join(f"{typed(c.name, landed[c.name], c.type)} as {quoted(c.name)}" for c in there)
    relation = f"{quoted('raw_' + table.source)}.{quoted(table.name)}"
    keys = tuple(key for key in _KEYS.get((table.source, table.name), ("id",)) if key in landed)
    return TableSuite(name, f"select {select} from {relation}", keys, gx.ExpectationSuite(name, expectations=checks))


def raw_suites(landed: Landed) -> list[TableSuite]:
    """Return one suite per landed table of which a contracted column is there."""
    required = required_tables(set(landed))
    return [
        table_suite(table, landed[key], is_required=key in required)
        for key, table in load_contract().tables.items()
        if key in landed and any(column.name in landed[key] for column in table.columns)
    ]
