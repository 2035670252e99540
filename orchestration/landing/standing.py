"""Where a company's raw tables stand against the contract, before anything is built.

Belongs here: what is there, absent or empty, what its absence costs, which kind of company this is and what would add
most. The tables are read into a temporary file that is removed; nothing else is written.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from orchestration.company import CompanyConfig
from orchestration.landing.contract import (
    REQUIRED_WITH_STRIPE,
    Contract,
    ContractTable,
    TableName,
    load_contract,
    load_effects,
)
from orchestration.landing.land import Landing, read_all
from orchestration.landing.report import TableReport

State = Literal["there", "empty", "absent", "unreadable"]

_CRM: tuple[TableName, ...] = (("salesforce", "account"), ("salesforce", "opportunity"))
# What adds to CRM and billing, each told by any one of its tables.
_ADDITIONS: dict[str, tuple[TableName, ...]] = {
    "support": (("zendesk", "ticket"),),
    "usage": (("product", "usage_account_daily"),),
    "marketing": (("marketing", "ad_spend_daily"), ("marketing", "gtm_cost_monthly")),
    "finance": (("finance", "product_margin"), ("finance", "support_rate"), ("finance", "gl_monthly")),
}


@dataclass(frozen=True)
class MissingColumn:
    """An expected column that was not delivered, and what rests on it."""

    column: str
    effect: str
    marts: tuple[str, ...]


@dataclass(frozen=True)
class TableStanding:
    """One contracted table.

    Attributes:
        effect: what a reader lacks without the table or its rows, empty when it is there.
        marts: the marts that lack it, empty when it is there.
        missing_key: K columns that are not there; a build cannot run without them.
        missing_expected: N columns that are not there.
        missing_optional: O columns that are not there.
        read_as: other names and shapes that were read, in words.
    """

    source: str
    table: str
    state: State
    n_rows: int
    file: str
    effect: str
    marts: tuple[str, ...]
    missing_key: tuple[str, ...]
    missing_expected: tuple[MissingColumn, ...]
    missing_optional: tuple[str, ...]
    read_as: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """All tables, what stops a build, what to know besides, and where the company stands.

    Attributes:
        problems: (what is wrong, what to do).
        has: which of CRM, billing, support, usage, marketing and finance are there.
        adds_most: the absent tables that would add most, and what they would add; empty when none is missing.
    """

    tables: tuple[TableStanding, ...]
    problems: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    has: tuple[str, ...]
    company_kind: str
    adds_most: str

    @property
    def can_build(self) -> bool:
        """True when nothing stops a build."""
        return not self.problems


def _state(key: TableName, report: TableReport | None, landing: Landing) -> State:
    if report is None:
        return "unreadable" if key in landing.found else "absent"
    return "there" if report.n_rows else "empty"


def _of_table(table: ContractTable, landing: Landing) -> TableStanding:
    key = table.source, table.name
    effects = load_effects()
    report = next((report for report in landing.reports if report.key == key), None)
    state = _state(key, report, landing)
    landed = landing.landed.get(key, {})
    absent = [column for column in table.columns if report and column.name not in landed]
    effect = effects[(*key, "")]
    expected = [(column.name, effects[(*key, column.name)]) for column in absent if column.level == "N"]
    return TableStanding(
        source=table.source,
        table=table.name,
        state=state,
        n_rows=report.n_rows if report else 0,
        file=report.file if report else "",
        effect="" if state == "there" else effect.words,
        marts=() if state == "there" else effect.marts,
        missing_key=tuple(column.name for column in absent if column.level == "K"),
        missing_expected=tuple(MissingColumn(name, lost.words, lost.marts) for name, lost in expected),
        missing_optional=tuple(column.name for column in absent if column.level == "O"),
        read_as=report.read_as if report else (),
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _kind(has: list[str]) -> str:
    """The row of "what a company has" that this company is, in a sentence."""
    base = [name for name in ("CRM", "billing") if name in has]
    extra = [name for name in _ADDITIONS if name in has]
    lacks = [name for name in _ADDITIONS if name not in has]
    if not base:
        return "This company has neither CRM nor billing."
    text = "This company has " + (_listed(base) if len(base) == 2 else f"{base[0]} only")
    text += f", with {_listed(extra)}" if extra else ""
    return text + (f", without {_listed(lacks)}." if lacks else ".")


def _adds_most(tables: list[TableStanding]) -> str:
    effects = load_effects()
    ranked = [
        (order, table)
        for table in tables
        if table.state in ("absent", "empty")
        and (order := effects[table.source, table.table, ""].adds_order) is not None
    ]
    if not ranked:
        return ""
    first = min(order for order, _ in ranked)
    together = [table for order, table in ranked if order == first]
    names = _listed([f"{table.source}.{table.table}" for table in together])
    return f"{names}: {_listed(list(dict.fromkeys(table.effect for table in together)))}"


def _judged(landing: Landing, contract: Contract, company_warnings: list[str]) -> Standing:
    tables = [_of_table(table, landing) for _, table in sorted(contract.tables.items())]
    there = {(table.source, table.table) for table in tables if table.state == "there"}
    has = [
        *(["CRM"] if there >= set(_CRM) else []),
        *(["billing"] if there >= set(REQUIRED_WITH_STRIPE) else []),
        *(name for name, any_of in _ADDITIONS.items() if there & set(any_of)),
    ]
    return Standing(
        tables=tuple(tables),
        problems=tuple((problem.message, problem.next_step) for problem in landing.problems),
        warnings=(*company_warnings, *landing.warnings),
        has=tuple(has),
        company_kind=_kind(has),
        adds_most=_adds_most(tables),
    )


def assess(raw_dir: Path, company: CompanyConfig, company_warnings: list[str]) -> Standing:
    """Read the raw tables of a folder and say where they stand against the contract."""
    contract = load_contract()
    with (
        tempfile.TemporaryDirectory(prefix="segments_") as folder,
        duckdb.connect(str(Path(folder) / "check.duckdb")) as connection,
    ):
        return _judged(read_all(connection, raw_dir, company, contract), contract, company_warnings)
