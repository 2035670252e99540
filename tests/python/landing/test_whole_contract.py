"""Every column of every contracted table: absent, empty and wrong, each told by its name.

One landing spoils every third column of all tables at once, because landing reports all problems together.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.landing.contract import ContractColumn, TableName, load_contract
from orchestration.landing.land import Landing
from tests.python.landing.raw_company import Rows, changed, without
from tests.python.landing.whole_company import landing_of, rows_of, write_company

_TABLES = load_contract().tables
_ROUNDS = range(3)

Chosen = dict[TableName, list[ContractColumn]]
Wanted = Callable[[ContractColumn], bool]


def _is_key(column: ContractColumn) -> bool:
    return column.level == "K"


def _is_expected(column: ContractColumn) -> bool:
    return column.level == "N"


def _is_optional(column: ContractColumn) -> bool:
    return column.level == "O"


def _is_typed(column: ContractColumn) -> bool:
    return column.type != "str"


def _chosen(wanted: Wanted, turn: int) -> Chosen:
    """Every third wanted column of each table, starting with the one whose turn it is."""
    columns = {key: [column for column in table.columns if wanted(column)] for key, table in _TABLES.items()}
    return {key: found[turn :: len(_ROUNDS)] for key, found in columns.items() if found[turn :: len(_ROUNDS)]}


def _spoiled(chosen: Chosen, spoil: Callable[[Rows, str], Rows]) -> dict[TableName, Rows]:
    spoiled: dict[TableName, Rows] = {}
    for key, columns in chosen.items():
        rows = rows_of(_TABLES[key])
        for column in columns:
            rows = spoil(rows, column.name)
        spoiled[key] = rows
    return spoiled


def _messages(landing: Landing) -> list[str]:
    return [problem.message for problem in landing.problems]


def _expect(landing: Landing, chosen: Chosen, say: Callable[[ContractColumn], str]) -> None:
    """Exactly one problem for each spoiled column, which names table, file and column."""
    messages = _messages(landing)
    named = [
        f"Table {source}.{table} ({source}/{table}.csv): {say(column)}"
        for (source, table), columns in chosen.items()
        for column in columns
    ]
    assert len(messages) == len(named)
    for expected in named:
        assert [message for message in messages if message.startswith(expected)], (expected, messages)


def test_every_column_has_its_turn() -> None:
    turns = [column for turn in _ROUNDS for columns in _chosen(lambda _: True, turn).values() for column in columns]
    assert len(turns) == sum(len(table.columns) for table in _TABLES.values())


def test_the_company_keeps_the_contract(tmp_path: Path) -> None:
    landing = landing_of(write_company(tmp_path, {}))
    assert _messages(landing) == []
    assert {report.key for report in landing.reports} == set(_TABLES)
    assert all(report.missing_optional_columns == () for report in landing.reports)
    assert landing.warnings == []


@pytest.mark.parametrize("turn", _ROUNDS)
def test_a_key_column_that_is_absent_is_named(tmp_path: Path, turn: int) -> None:
    chosen = _chosen(_is_key, turn)
    landing = landing_of(write_company(tmp_path, _spoiled(chosen, without)))
    _expect(landing, chosen, lambda column: f"column {column.name} ({column.type}) is missing")


@pytest.mark.parametrize("turn", _ROUNDS)
def test_a_key_column_that_is_empty_is_named_with_its_row(tmp_path: Path, turn: int) -> None:
    chosen = _chosen(_is_key, turn)
    landing = landing_of(write_company(tmp_path, _spoiled(chosen, lambda rows, name: changed(rows, 3, **{name: ""}))))
    _expect(landing, chosen, lambda column: f"column {column.name} is empty in row 3, but must never be")


@pytest.mark.parametrize("turn", _ROUNDS)
def test_a_value_of_the_wrong_type_is_named_with_its_row(tmp_path: Path, turn: int) -> None:
    chosen = _chosen(_is_typed, turn)
    spoiled = _spoiled(chosen, lambda rows, name: changed(rows, 2, **{name: "not {that"}))
    _expect(
        landing_of(write_company(tmp_path, spoiled)),
        chosen,
        lambda column: f"column {column.name} holds 'not {{that' in row 2",
    )


@pytest.mark.parametrize("wanted", [_is_expected, _is_optional])
@pytest.mark.parametrize("turn", _ROUNDS)
def test_an_absent_column_that_may_be_absent_is_reported(tmp_path: Path, wanted: Wanted, turn: int) -> None:
    chosen = _chosen(wanted, turn)
    landing = landing_of(write_company(tmp_path, _spoiled(chosen, without)))
    assert _messages(landing) == []
    missing = {report.key: set(report.missing_optional_columns) for report in landing.reports}
    assert missing == {key: {column.name for column in chosen.get(key, ())} for key in _TABLES}
    for key, columns in chosen.items():
        warned = [text for text in landing.warnings if f"Table {key[0]}.{key[1]} (" in text]
        assert [all(column.name in text for column in columns) for text in warned] == (
            [True] if wanted is _is_expected else []
        )
