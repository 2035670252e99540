"""The columns of the ledger's rows.

Belongs here: names and SQL types, once. `models/staging/ledger/_ledger__sources.yml` declares the same for dbt; a
test compares the two.
"""

# A line is told from others by these: what it measures, whom it counts for, and the document line behind it. Text that
# a line has none of is '', so that keys can be compared.
LINE_KEY = {
    "measure": "varchar",
    "segment_id": "varchar",
    "customer_id": "varchar",
    "document_type": "varchar",
    "document_id": "varchar",
    "document_line_id": "varchar",
    "currency": "varchar",
}

REPORTED_LINE = {**LINE_KEY, "amount_minor": "bigint", "amount": "decimal(20, 3)"}

CORRECTION = {
    **LINE_KEY,
    "correction_no": "integer",
    "reason": "varchar",
    "found_on": "date",
    "is_present_before": "boolean",
    "is_present_after": "boolean",
    "amount_minor_before": "bigint",
    "amount_minor_after": "bigint",
    "amount_minor_delta": "bigint",
    "amount_before": "decimal(20, 3)",
    "amount_after": "decimal(20, 3)",
    "amount_delta": "decimal(20, 3)",
}

# Whose version the rows are of; added when rows of many files become one table.
OF_VERSION = {"period_on": "date", "version": "integer"}

PERIOD_VERSION = {
    **OF_VERSION,
    "status": "varchar",
    "as_of_on": "date",
    "run_id": "varchar",
    "content_hash": "varchar",
    "parquet_sha256": "varchar",
    "approver": "varchar",
    "note": "varchar",
    "code_version": "varchar",
    "n_lines": "bigint",
}

# One deal as its seller was told of it: the list, and what is needed to judge the advice later. Names of deals and
# accounts stay out; they are looked up by id.
ISSUED_PLAY = {
    "opportunity_id": "varchar",
    "owner_user_id": "varchar",
    "rank": "integer",
    "segment_id": "varchar",
    "stage_name": "varchar",
    "close_on": "date",
    "arr_amount": "decimal(18, 2)",
    "play": "varchar",
    "rule_id": "varchar",
    "rule_sentence": "varchar",
    "next_action": "varchar",
    "suggested_hours": "decimal(9, 2)",
    "allocated_hours": "decimal(9, 2)",
    "capacity_hours": "decimal(9, 2)",
    "is_above_line": "boolean",
    "is_randomised": "boolean",
    "propensity": "double",
    "shadow_price": "decimal(18, 2)",
    "value_per_hour": "decimal(18, 2)",
    "motion_score": "double",
    "risk_score": "double",
    "profitability_score": "double",
    "win_probability": "double",
    "roi_expected_mean": "decimal(18, 2)",
    "p_expected_roi_negative": "double",
    "economics_status": "varchar",
    "model_version": "varchar",
}

OF_WEEK = {"decision_week_on": "date", "version": "integer"}

ISSUED_WEEK = {
    **OF_WEEK,
    "as_of_on": "date",
    "issued_at": "timestamp",
    "run_id": "varchar",
    "content_hash": "varchar",
    "parquet_sha256": "varchar",
    "note": "varchar",
    "code_version": "varchar",
    "n_plays": "bigint",
}

TABLES = {
    "period_version": PERIOD_VERSION,
    "reported_line": {**OF_VERSION, **REPORTED_LINE},
    "correction": {**OF_VERSION, **CORRECTION},
    "issued_week": ISSUED_WEEK,
    "issued_play": {**OF_WEEK, **ISSUED_PLAY},
}


def as_select(columns: dict[str, str]) -> str:
    """Return the columns as a SQL select list that casts each to its type."""
    return ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
