"""Check results as plain rows, to be read without importing Great Expectations."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class CheckRow:
    """One expectation on one table.

    `is_broken` means that the check itself could not run, which is not the same as bad data. `examples` are
    key values only ("id=0061"), never the offending values.
    """

    suite: str
    column: str | None
    expectation: str
    success: bool
    is_broken: bool
    severity: Literal["critical", "warning", "info"]
    unexpected_count: int | None
    examples: tuple[str, ...]
    message: str
    exception: str = ""

    @property
    def is_blocking(self) -> bool:
        """True when nothing may be built on the table: bad data of critical severity, or a broken check."""
        return self.is_broken or (not self.success and self.severity == "critical")


def write_rows(rows: Sequence[CheckRow], path: Path) -> None:
    """Write rows as a JSON list."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def read_rows(path: Path) -> list[CheckRow]:
    """Read rows written by `write_rows`."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return [CheckRow(**{**row, "examples": tuple(row["examples"])}) for row in content]
