"""The raw contract: which tables and columns the project reads, of which type, and how binding each is.

Levels: K = must exist, never null; N = expected, may be null, unknown when absent; O = optional. A level binds only
where its table is there at all. The contract is `seeds/reference/raw_contract.csv`.
"""

import csv
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from orchestration.errors import InputError
from orchestration.paths import PROJECT_DIR

CONTRACT_FILE = PROJECT_DIR / "seeds" / "reference" / "raw_contract.csv"

ColumnType = Literal["str", "int", "num", "dec", "bool", "date", "ts", "json"]
Level = Literal["K", "N", "O"]
TableName = tuple[str, str]  # (canonical source, table)

REQUIRED_WITH_SALESFORCE: tuple[TableName, ...] = (("salesforce", "account"), ("salesforce", "opportunity"))
REQUIRED_WITH_STRIPE: tuple[TableName, ...] = (
    ("stripe", "customer"),
    ("stripe", "price"),
    ("stripe", "subscription_history"),
    ("stripe", "subscription_item"),
)

# What a reader of the marts does without when the table is not there; tables not named here cost nothing yet.
_LOST_WITHOUT: dict[TableName, str] = {
    ("salesforce", "opportunity_history"): "stage velocity, push counts and the win model",
    ("salesforce", "opportunity_field_history"): "changes of deal fields over time",
    ("salesforce", "opportunity_stage"): "stage order; stages are ordered by how often they lead to a win",
    ("salesforce", "opportunity_contact_role"): "stakeholder breadth in the motion score",
    ("salesforce", "opportunity_line_item"): "services share and list-price discounts",
    ("salesforce", "product_2"): "product families of deal lines",
    ("salesforce", "contact"): "matching of billing and support by contact",
    ("salesforce", "user"): "seller names and weekly capacity",
    ("salesforce", "task"): "seller activity in the motion score and in cost to close",
    ("salesforce", "event"): "meetings in the motion score and in cost to close",
    ("salesforce", "contract"): "contract terms from the CRM",
    ("stripe", "customer"): "all billing: customers, revenue, retention and economics are unknown",
    ("stripe", "price"): "contracted recurring revenue",
    ("stripe", "subscription_history"): "contracted recurring revenue, churn and expansion",
    ("stripe", "subscription_item"): "contracted recurring revenue",
    ("stripe", "invoice"): "recognised revenue",
    ("stripe", "invoice_line_item"): "recognised revenue by service period",
    ("stripe", "product"): "margin by product name",
    ("stripe", "coupon"): "coupon reductions of recurring revenue",
    ("stripe", "subscription_discount"): "coupon reductions of recurring revenue",
    ("zendesk", "ticket"): "support cost, which is then unknown, never zero",
    ("zendesk", "ticket_field_history"): "handle time; support is then costed by a stated proxy",
    ("zendesk", "organization"): "matching of tickets to customers by organization",
    ("zendesk", "user"): "matching of tickets to customers by requester",
    ("zendesk", "domain_name"): "matching of tickets to customers by domain",
    ("product", "usage_account_daily"): "adoption and time to value",
    ("intent", "capability_visit_daily"): "repeated exploration in the motion score",
    ("marketing", "ad_spend_daily"): "acquisition cost from advertising",
    ("marketing", "gtm_cost_monthly"): "acquisition cost from people and tools",
    ("finance", "product_margin"): "gross margin, which is then unknown",
    ("finance", "support_rate"): "the cost of a support hour",
    ("finance", "fx_rate"): "amounts in other than the reporting currency",
    ("crosswalk", "account_override"): "hand-made customer matches",
    ("crm", "deal_desk_request"): "requested concessions and accelerations",
}


@dataclass(frozen=True)
class ContractColumn:
    """One contracted column."""

    name: str
    type: ColumnType
    level: Level


@dataclass(frozen=True)
class ContractTable:
    """One contracted table with its columns in contract order."""

    source: str
    name: str
    columns: tuple[ContractColumn, ...]

    @property
    def lost_without(self) -> str:
        """What the marts lack when this table is absent; empty when nothing reads it yet."""
        return _LOST_WITHOUT.get((self.source, self.name), "")


@dataclass(frozen=True)
class Contract:
    """The whole contract, keyed by (source, table)."""

    tables: dict[TableName, ContractTable]

    def table_names(self, source: str) -> list[str]:
        """Return the contracted tables of a source, sorted."""
        return sorted(name for table_source, name in self.tables if table_source == source)


def required_tables(found: Set[TableName]) -> list[TableName]:
    """Return the tables that must be there: those of the CRM and of billing, each only once any table of it is there.

    A company has one of the two or both; that it has neither is for the caller to say.
    """
    sources = {source for source, _ in found}
    return [
        *(REQUIRED_WITH_SALESFORCE if "salesforce" in sources else ()),
        *(REQUIRED_WITH_STRIPE if "stripe" in sources else ()),
    ]


@cache
def load_contract(path: Path = CONTRACT_FILE) -> Contract:
    """Read the contract CSV (`schema,table,column,type,level,provenance`).

    Raises:
        InputError: the file is missing.
    """
    if not path.is_file():
        raise InputError(f"The raw contract {path} is missing.", "Restore it from the repository.")
    columns: dict[TableName, list[ContractColumn]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            columns.setdefault((row["schema"], row["table"]), []).append(
                ContractColumn(row["column"], cast(ColumnType, row["type"]), cast(Level, row["level"]))
            )
    return Contract({key: ContractTable(key[0], key[1], tuple(found)) for key, found in columns.items()})
