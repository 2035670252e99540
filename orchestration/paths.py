"""Where everything lies on disk.

Belongs here: the project folder and the paths below the data folder. No file is read or created here.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Home:
    """The data folder (`SEGMENTS_HOME`, default `<project>/data`) and the paths beneath it."""

    root: Path

    @classmethod
    def from_env(cls) -> "Home":
        """Read `SEGMENTS_HOME`; an unset or empty variable means `<project>/data`."""
        configured = os.environ.get("SEGMENTS_HOME", "").strip()
        return cls(Path(configured).expanduser().resolve() if configured else PROJECT_DIR / "data")

    @property
    def raw(self) -> Path:
        """Raw exports, `<folder>/<table>.parquet|csv`."""
        return self.root / "raw"

    @property
    def company_file(self) -> Path:
        """What differs between companies (`company.yml`)."""
        return self.root / "company.yml"

    @property
    def truth(self) -> Path:
        """The demo company's planted truth; never read by the pipeline."""
        return self.root / "truth"

    @property
    def work_file(self) -> Path:
        """The private DuckDB file of one run: one writer, disposable."""
        return self.root / "work.duckdb"

    @property
    def landing_manifest(self) -> Path:
        """Rows and SHA-256 of every raw file of the last landing."""
        return self.root / "landing_manifest.json"

    @property
    def predictions(self) -> Path:
        """Parquet tables written by the Python steps."""
        return self.root / "predictions"

    @property
    def published(self) -> Path:
        """Published versions, read by everyone else."""
        return self.root / "published"

    @property
    def current(self) -> Path:
        """The link to the version that readers open."""
        return self.published / "current.duckdb"

    @property
    def parquet(self) -> Path:
        """Published marts as Parquet, one folder per version."""
        return self.published / "parquet"

    @property
    def publish_log(self) -> Path:
        """One JSON line per publish or rollback, append-only."""
        return self.published / "publish_log.jsonl"

    @property
    def site(self) -> Path:
        """The static pages."""
        return self.root / "site"

    @property
    def exports(self) -> Path:
        """The workbook and the CRM file."""
        return self.root / "exports"

    @property
    def ledger(self) -> Path:
        """Append-only record of issued plays and reported margins."""
        return self.root / "ledger"

    @property
    def lock_file(self) -> Path:
        """Held by the one run that may write."""
        return self.root / "run.lock"

    @property
    def run_state(self) -> Path:
        """Scratch of the current run (check results, dbt artifacts)."""
        return self.root / "run_state"
