"""Raw tables as Dagster assets, one per dbt source table, landed together in one step.

Belongs here: turning a landing report into materialisations. A table that a company does not have is
materialised too, as absent, so that lineage stays whole and the page can say what is missing.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from orchestration.assets.partitions import AS_OF
from orchestration.assets.run_lock import RunLock
from orchestration.assets.run_settings import RunSettings
from orchestration.errors import WrongUse
from orchestration.landing.land import land
from orchestration.landing.report import LandingReport
from orchestration.ledger.book import load_ledger, read_ledger, require_currency

PREDICTIONS = "predictions"
# The source whose tables are period closes, not exports.
LEDGER = "ledger"

# The one table that landing writes about itself: which contracted tables were there.
_LANDING_RECORD = ("landing", "manifest")


def is_landing_record(key: dg.AssetKey) -> bool:
    """True for the table that landing always writes."""
    return tuple(key.path) == _LANDING_RECORD


def build_landing(tables: Iterable[tuple[dg.AssetKey, str]]) -> dg.AssetsDefinition:
    """Return the landing step.

    Args:
        tables: asset key [source, table] and description of every raw table the warehouse knows.
    """
    specs = [
        dg.AssetSpec(
            key, description=description, group_name=f"raw_{key.path[0]}", kinds={"duckdb"}, partitions_def=AS_OF
        )
        for key, description in sorted(tables, key=lambda item: tuple(item[0].path))
    ]
    keys = [spec.key for spec in specs]

    @dg.multi_asset(name="landing", specs=specs, description="Read the raw exports into a new work file.")
    def landing(
        context: dg.AssetExecutionContext, run_settings: RunSettings, run_lock: RunLock
    ) -> Iterator[dg.MaterializeResult[None]]:
        require_date(context.partition_key, run_settings.as_of)
        home, company = run_settings.home, run_settings.company()
        # before any work: a ledger that is not what was recorded stops the build
        ledger = read_ledger(home.ledger)
        require_currency(ledger, company.reporting_currency)
        report = land(run_settings.raw_path, home.work_file, company, run_settings.as_of_on)
        recorded = load_ledger(ledger, home.work_file)
        for warning in report.warnings:
            context.log.warning(warning)
        yield from materialisations([key for key in keys if key.path[0] != LEDGER], report)
        for key in keys:
            if key.path[0] == LEDGER:
                yield dg.MaterializeResult(asset_key=key, metadata={"rows": recorded[key.path[-1]]})

    return landing


def require_date(partition: str, as_of: str) -> None:
    """Raise when a run would record the results of one date under another.

    Raises:
        WrongUse: the partition chosen and the as-of date of the run's settings differ.
    """
    if partition != as_of:
        raise WrongUse(
            f"The run was started for the partition {partition}, but its settings name the as-of date {as_of}.",
            "Choose the partition and leave run_settings.as_of as it comes with it.",
        )


def materialisations(keys: Iterable[dg.AssetKey], report: LandingReport) -> Iterator[dg.MaterializeResult[None]]:
    """Yield one materialisation per key, with rows and hash where the table is there."""
    landed = {dg.AssetKey(table.key): table for table in report.tables}
    for key in keys:
        table = landed.get(key)
        if table is not None:
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    "dagster/row_count": table.n_rows,
                    "is_present": True,
                    "file": table.file,
                    "sha256": table.sha256,
                    "missing_optional_columns": list(table.missing_optional_columns),
                    "unknown_columns": list(table.unknown_columns),
                },
            )
        else:
            yield dg.MaterializeResult(asset_key=key, metadata={"is_present": is_landing_record(key)})
