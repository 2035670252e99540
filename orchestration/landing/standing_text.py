"""The contract check as text for a terminal and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby

from orchestration.landing.standing import Standing, TableStanding

_WIDTH = 28


def as_json(standing: Standing) -> str:
    """Return the whole standing as JSON text."""
    content = {"can_build": standing.can_build, **asdict(standing)}
    content["problems"] = [{"message": message, "next_step": step} for message, step in standing.problems]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _feeds(marts: tuple[str, ...]) -> str:
    return f" [{', '.join(marts)}]" if marts else ""


def _table_lines(table: TableStanding) -> Iterator[str]:
    name = f"  {table.table:{_WIDTH}}"
    if table.state == "there":
        yield f"{name} {table.n_rows:>12,} rows"
    else:
        yield f"{name} {table.state:>12}       without it you lack {table.effect}{_feeds(table.marts)}"
    for words in table.read_as:
        yield f"      read: {words}"
    for column in table.missing_key:
        yield f"      error: column {column} is missing and must be there"
    for missing in table.missing_expected:
        yield f"      lacks {missing.column}: {missing.effect}{_feeds(missing.marts)}"
    if table.missing_optional:
        yield f"      without optional {', '.join(table.missing_optional)}"


def as_lines(standing: Standing) -> Iterator[str]:
    """Yield the lines of the check: tables by source, what stops a build, what to know, where the company stands."""
    for source, tables in groupby(standing.tables, key=lambda table: table.source):
        yield source
        for table in tables:
            yield from _table_lines(table)
        yield ""
    if standing.problems:
        yield "What stops a build:"
        for n, (message, step) in enumerate(standing.problems, start=1):
            yield f"  {n}. {message} {step}"
        yield ""
    if standing.warnings:
        yield "Worth knowing:"
        yield from (f"  {warning}" for warning in standing.warnings)
        yield ""
    yield standing.company_kind
    if standing.adds_most:
        yield f"What would add most: {standing.adds_most}."
    yield "A build can run." if standing.can_build else "A build cannot run yet."
