"""A tiny company in raw form, small enough to write per test."""

import csv
from pathlib import Path

Rows = list[dict[str, str]]
SYNCED = "2025-06-30 02:00:00"

ACCOUNT: Rows = [
    {
        "id": f"001{n:012d}",
        "name": f"Account {n}",
        "is_deleted": "false",
        "created_date": f"2024-01-0{n} 09:00:00",
        "_fivetran_synced": SYNCED,
    }
    for n in (1, 2, 3)
]
OPPORTUNITY: Rows = [
    {
        "id": f"006{n:012d}",
        "account_id": f"001{n:012d}",
        "stage_name": "Proposal",
        "amount": "12000.50",
        "probability": "40",
        "close_date": "2025-07-31",
        "created_date": f"2025-06-0{n} 10:00:00",
        "is_closed": "false",
        "is_won": "false",
        "is_deleted": "false",
        "type": "New Business",
        "owner_id": "0051",
        "discount_c": "12.5",
        "_fivetran_synced": SYNCED,
    }
    for n in (1, 2, 3)
]


def write_csv(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def changed(rows: Rows, row: int, **values: str) -> Rows:
    return [{**given, **values} if n == row else dict(given) for n, given in enumerate(rows, start=1)]


def without(rows: Rows, column: str) -> Rows:
    return [{name: value for name, value in row.items() if name != column} for row in rows]
