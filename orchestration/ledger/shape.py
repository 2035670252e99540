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

TABLES = {
    "period_version": PERIOD_VERSION,
    "reported_line": {**OF_VERSION, **REPORTED_LINE},
    "correction": {**OF_VERSION, **CORRECTION},
}


def as_select(columns: dict[str, str]) -> str:
    """Return the columns as a SQL select list that casts each to its type."""
    return ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
