"""Which file becomes which table.

A table may come as its own file, under another name, or out of Airbyte's streams; from one connector or several. Here
that is decided from names and columns alone; nothing is copied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestration.company import CompanyConfig
from orchestration.landing.airbyte import MARKERS, StreamTable, is_delivered, tables_of_stream
from orchestration.landing.aliases import column_aliases, table_of_alias
from orchestration.landing.contract import Contract, TableName
from orchestration.landing.names import contracted_name
from orchestration.landing.problems import Problem
from orchestration.landing.read import OpenFile

# Tables whose older object is a table of its own, delivered beside the newer one with rows of its own.
_WITH_OLDER_OBJECT: tuple[TableName, ...] = (("stripe", "price"),)

How = Literal["table", "alias", "airbyte"]
_RANK: dict[How, int] = {"table": 0, "alias": 1, "airbyte": 2}


@dataclass(frozen=True)
class Part:
    """Rows of one table from one file.

    Attributes:
        how: the file is the table, is called by another name, or is an Airbyte stream that holds it.
        mapped: where in the stream the rows lie, for `airbyte` only.
    """

    opened: OpenFile
    table: str
    how: How
    mapped: StreamTable | None = None

    @property
    def key(self) -> TableName:
        """(canonical source, table)."""
        return self.opened.file.source, self.table

    @property
    def label(self) -> str:
        """`source.table (folder/file)`, as named in messages."""
        return f"{self.opened.file.source}.{self.table} ({self.opened.file.place})"

    @property
    def rank(self) -> tuple[int, int]:
        """The lowest of a connector's parts of a table is read."""
        return _RANK[self.how], self.mapped.preference if self.mapped else 0

    @property
    def place(self) -> tuple[int, int, int]:
        """Order among the parts that are read together; the rows of earlier ones win."""
        return *self.rank, self.mapped.position if self.mapped else 0

    @property
    def words(self) -> str:
        """How the file was read, empty when it has the contract's shape and name."""
        if self.how == "airbyte" or any(name.startswith("_airbyte_") for name in self.opened.names):
            within = f", from {self.mapped.item_path}" if self.mapped and self.mapped.item_path else ""
            return f"{self.opened.file.place} in Airbyte's shape{within}"
        return f"{self.opened.file.place} stands for {self.table}" if self.how == "alias" else ""


def _has_contract_columns(opened: OpenFile, key: TableName, contract: Contract) -> bool:
    """True when every column that must exist is there by its own or another name, load time aside."""
    table = contract.find(key)
    aliases = column_aliases(key)
    names = {contracted_name(name, [c.name for c in table.columns]) for name in opened.names} if table else set()
    return table is not None and all(
        column.name in names or any(opened.columns.has(alias) for alias in aliases.get(column.name, ()))
        for column in table.columns
        if column.level == "K" and not column.name.startswith("_")
    )


def _parts_of(opened: OpenFile, contract: Contract) -> list[Part]:
    """All tables that a file can feed; a file nobody knows becomes a table of its own name."""
    source, name = opened.file.source, opened.file.name
    known = contract.table_names(source)
    table = contracted_name(name, known)
    if table in known:
        return [Part(opened, table, "table")]
    alias, streams = table_of_alias(source, name), tables_of_stream(source, name)
    is_marked = any(column.startswith(MARKERS) for column in opened.names)
    if streams and (is_marked or not alias or not _has_contract_columns(opened, (source, alias), contract)):
        found = [mapped for mapped in streams if is_delivered(mapped, opened.columns)]
        return [Part(opened, mapped.table, "airbyte", mapped) for mapped in found]
    return [Part(opened, alias, "alias")] if alias else [Part(opened, table, "table")]


def _given_twice(key: TableName, one: Part, other: Part) -> Problem:
    names = f"{one.opened.file.path.name} and {other.opened.file.path.name}"
    return Problem(f"Table {'.'.join(key)} is given twice: {names}.", "Keep one of the two files.")


def _chosen(key: TableName, parts: Sequence[Part]) -> tuple[list[Part], list[Problem], list[str]]:
    """Choose among the parts of one table that lie in one folder: those of the best rank."""
    best = min(part.rank for part in parts)
    kept = [
        part
        for part in parts
        if part.rank == best or (key in _WITH_OLDER_OBJECT and best < (2, 0) and part.rank < (2, 0))
    ]
    # a stream's second choice is passed over without a word
    left = [part for part in parts if part not in kept and (part.rank <= (2, 1) and best < part.rank)]
    warnings = [
        f"{part.opened.file.place} is left alone: {kept[0].opened.file.place} holds {'.'.join(key)} already."
        for part in left
    ]
    ordered = sorted(kept, key=lambda part: part.place)
    seen: dict[tuple[object, ...], Part] = {}
    for part in ordered:
        # one file twice, or two other names of one table; streams and the older object may stand side by side
        same = (part.how, part.mapped.stream, part.mapped.item_path) if part.mapped else (part.how,)
        if same in seen:
            return ordered, [_given_twice(key, seen[same], part)], warnings
        seen[same] = part
    return ordered, [], warnings


def plan_parts(
    files: Iterable[OpenFile], company: CompanyConfig, contract: Contract
) -> tuple[dict[TableName, list[Part]], list[Problem], list[str]]:
    """Return the parts of every table, connectors in the company's order; problems; warnings on files left alone."""
    by_folder: dict[tuple[TableName, str], list[Part]] = {}
    for opened in files:
        for part in _parts_of(opened, contract):
            by_folder.setdefault((part.key, opened.file.folder), []).append(part)
    tables: dict[TableName, list[Part]] = {}
    problems: list[Problem] = []
    warnings: list[str] = []
    for (key, _), parts in by_folder.items():
        kept, found, notes = _chosen(key, parts)
        tables.setdefault(key, []).extend(kept)
        problems += found
        warnings += notes
    for (source, _), found_parts in tables.items():
        order = company.folders(source)
        found_parts.sort(key=lambda part: (order.index(part.opened.file.folder), part.place))
    return dict(sorted(tables.items())), problems, warnings
