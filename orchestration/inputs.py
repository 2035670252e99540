"""Which files a build reads when an option is left out; the same for the command line and for Dagster."""

from pathlib import Path


def company_file_for(raw_dir: Path, given: Path | None = None) -> Path | None:
    """Return the company file: the one given, else company.yml in or beside the raw folder, else None."""
    if given is not None:
        return given
    beside = (raw_dir / "company.yml", raw_dir.resolve().parent / "company.yml")
    return next((path for path in beside if path.is_file()), None)
