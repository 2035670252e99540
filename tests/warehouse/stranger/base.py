"""A company that shares nothing with the demo: other export shape, other pricing, other selling, other dirt.

Belongs here: raw CSV exports written from the raw contract alone, and the truth about them, reckoned in Python while
they are written and never from the project's SQL. A sales-led European vendor of seats and metered usage, reporting in
euros: CamelCase Salesforce with ids of 15 and 18 characters and field history only, an old Stripe connection (`plan`,
`subscription`, epoch seconds) whose invoices moved to the API of 2025-03-31, Zendesk keyed by whatever was at hand.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import yaml

AS_OF = date(2026, 3, 16)
START, END = datetime.fromisoformat("2023-09-04"), datetime.fromisoformat("2026-03-16T20:00")
HISTORY_FROM = datetime.fromisoformat("2024-01-15")  # field history was switched on; earlier changes are nowhere
BASIL = datetime.fromisoformat("2025-03-31")  # Stripe moved the references of invoices under `parent`
PRODUCTS = {"seat": "Workbench Seats", "pro": "Workbench Pro Seats", "addon": "Insights Add-on", "compute": "Compute"}
UNIT = {"seat": 1, "pro": 2, "addon": 10}  # in seats of the list below
SEAT = {"EUR": 2900, "USD": 3200, "GBP": 2700, "JPY": 4800, "KWD": 9500, "CHF": 3100}  # minor units a month
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PIPELINES = {
    "New Business": ["Qualifying", "Solution Fit", "Pilot", "Commercials", "Legal", "Signed", "No Decision"],
    "Partner": ["Registered", "Validated", "Commercials", "Signed", "No Decision"],
    "Renewal": ["Renewal Due", "Renewal Quoted", "Renewed", "Not Renewed"],
}
LAST = {"Signed", "No Decision", "Renewed", "Not Renewed"}
WON = {"Signed", "Renewed"}
COMPANY: dict[str, Any] = {
    "company_name": "Fremdwerk",
    "raw_schemas": {
        "salesforce": "sfdc_prod", "stripe": "billing", "zendesk": "helpdesk", "product": "telemetry",
        "marketing": "ads", "finance": "controlling", "crosswalk": "revops",
    },
    "reporting_currency": "EUR",
    "reporting_timezone": "Europe/Berlin",
    "metadata_account_key": "crm_ref",
    "metadata_opportunity_key": "deal_ref",
    "product_key": "name",
    "ticket_time_field": "Total time spent (sec)",
    "field_map": {
        "discount_pct": "Discount__c", "contract_term_months": "Term_Months__c", "payment_terms_days": "Net_Days__c",
        "security_review": "Security_Review__c", "loss_reason": "Loss_Reason__c",
    },
}  # fmt: skip


@dataclass
class Truth:
    """What is so; accounts are 18-character ids after merges, None where the data cannot tell."""

    billing: dict[str, str | None] = field(default_factory=dict)
    organizations: dict[str, str | None] = field(default_factory=dict)
    end_users: dict[str, str | None] = field(default_factory=dict)
    mrr: dict[tuple[str, str, date], int] = field(default_factory=lambda: defaultdict(int))  # minor units
    recognised: dict[tuple[str, str, date], int] = field(default_factory=dict)  # invoice, line, month: minor units
    credited: dict[tuple[str, str, date], int] = field(default_factory=dict)  # the same, taken back by credit notes
    stages: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    ticket_seconds: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))
    won_deal: dict[str, str] = field(default_factory=dict)  # customer -> opportunity that won it
    acquisition: dict[date, Fraction] = field(default_factory=lambda: defaultdict(Fraction))  # euros by month

    def customer(self, stripe_customer: str) -> str:
        """Return the customer id that the marts use for a billing customer."""
        return self.billing[stripe_customer] or f"stripe:{stripe_customer}"


def moment(text: str) -> datetime:
    """Read a UTC moment; moments carry no zone here, as in the warehouse."""
    return datetime.fromisoformat(text)


def add_months(start: datetime, months: int) -> datetime:
    """Move a moment by whole months; days after the 28th are not used here."""
    index = start.year * 12 + start.month - 1 + months
    return start.replace(year=index // 12, month=index % 12 + 1)


def plan_id(product: str, interval: str, currency: str) -> str:
    """Return the id of a plan."""
    return f"{product}-{interval}-{currency.lower()}"


def half_up(value: Fraction) -> int:
    """Round to a whole number, halves away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def sf_id(prefix: str, number: int) -> str:
    """Return an 18-character Salesforce id; neighbours differ by the case of one letter."""
    letters = "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ0123456789"
    tail = "".join(letters[number // 62**power % 62] for power in (2, 1, 0))
    short = f"{prefix}5g00000W0{tail}"[:15].ljust(15, "0")
    check = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    return short + "".join(check[sum(2**bit for bit in range(5) if short[5 * n + bit].isupper())] for n in range(3))


def sf_time(at: datetime) -> str:
    """Write a moment as Salesforce exports it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def zd_time(at: datetime) -> str:
    """Write a moment as Zendesk exports it."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def epoch_time(at: datetime) -> int:
    """Write a moment as Stripe exports it."""
    return int(at.replace(tzinfo=UTC).timestamp())


class Export:
    """Raw rows by `folder/File` while they are made, and the truth beside them."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.truth = Truth()
        self.count: dict[str, int] = defaultdict(int)

    def chance(self, share: float) -> bool:
        """Return True in `share` of the calls."""
        return bool(self.rng.random() < share)

    def pick(self, options: list[Any], p: list[float] | None = None) -> Any:
        """Return one of the options."""
        return options[int(self.rng.choice(len(options), p=p))]

    def within(self, first: datetime, last: datetime) -> datetime:
        """Return a whole second between two moments."""
        return first + timedelta(seconds=int(self.rng.integers(1, max(2, int((last - first).total_seconds())))))

    def new_id(self, prefix: str) -> str:
        """Return the next id of a Salesforce object (three characters) or a Stripe one (with underscore)."""
        self.count[prefix] += 1
        return f"{prefix}{self.count[prefix]:06d}" if prefix.endswith("_") else sf_id(prefix, self.count[prefix])

    def either(self, salesforce_id: str) -> str:
        """Return an id at 15 or at 18 characters."""
        return salesforce_id[:15] if self.chance(0.4) else salesforce_id

    def add(self, table: str, **row: Any) -> None:
        """Add a raw row; every table of the vendors carries its load time."""
        if not table.startswith(("ads", "controlling", "telemetry", "revops")):
            row["_fivetran_synced"] = "2026-03-16T21:00:00Z"
        self.rows[table].append(row)

    def write(self, folder: Path) -> Truth:
        """Write `raw/<folder>/<table>.csv` and `company.yml`; the last page of most tables was delivered twice."""
        for name, rows in self.rows.items():
            path = folder / "raw" / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with path.open("w", newline="", encoding="utf-8") as handle:
                writer = csv.DictWriter(handle, columns, restval="")
                writer.writeheader()
                writer.writerows(rows + (rows[-25:] if "finance" not in name else []))
        (folder / "company.yml").write_text(yaml.safe_dump(COMPANY, allow_unicode=True), encoding="utf-8")
        return self.truth
