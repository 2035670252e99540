"""What one run is asked to do, validated before any step starts.

Belongs here: the run configuration (`resources.run_settings.config`) and the two things derived from it, the
company file and the dbt variables.
"""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field, field_validator

from orchestration.company import CompanyConfig, load_company
from orchestration.inputs import company_file_for
from orchestration.paths import Home


class RunSettings(dg.ConfigurableResource[Any]):
    """The configuration of one run.

    `raw_dir` falls back to the data folder (`SEGMENTS_HOME`) when left empty.
    """

    as_of: str = Field(description="Everything known by the end of this day (UTC) is seen: YYYY-MM-DD.")
    raw_dir: str = Field(default="", description="Folder <schema>/<table>.parquet|csv; empty: the data folder's raw/.")
    company_file: str = Field(
        default="", description="company.yml; empty: the one in or beside the raw folder, if any."
    )
    is_issued: bool = Field(
        default=False, description="Issue the plays of the week once they are published; the schedule does."
    )

    @field_validator("as_of")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        return date.fromisoformat(value).isoformat()

    @property
    def as_of_on(self) -> date:
        """The as-of date."""
        return date.fromisoformat(self.as_of)

    @property
    def home(self) -> Home:
        """The data folder of this process."""
        return Home.from_env()

    @property
    def raw_path(self) -> Path:
        """The folder of raw exports."""
        return Path(self.raw_dir) if self.raw_dir else self.home.raw

    def company(self) -> CompanyConfig:
        """Read the company file.

        Raises:
            InputError: the file is missing or breaks a rule.
        """
        given = Path(self.company_file) if self.company_file else None
        return load_company(company_file_for(self.raw_path, given))[0]

    def dbt_vars(self) -> dict[str, object]:
        """Return the variables of this run's dbt invocations."""
        return self.company().dbt_vars(self.as_of_on, self.home.predictions)
