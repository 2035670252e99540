"""The plays of the week as they are issued, after publication; and the decision weeks on record, as partitions.

Belongs here: when a run issues, and how Dagster shows it. What may be issued is decided in `ledger/plays.py`.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.partitions import AS_OF, DECISION_WEEK
from orchestration.assets.publication import PUBLISHED_KEY
from orchestration.assets.run_lock import RunLock
from orchestration.assets.run_settings import RunSettings
from orchestration.errors import WrongUse
from orchestration.ledger.book import read_ledger
from orchestration.ledger.close import published_version
from orchestration.ledger.plays import issue_plays

ISSUED_KEY = dg.AssetKey(["published", "issued_plays"])
WEEK_KEY = dg.AssetKey(["published", "decision_week"])


def build_issuance() -> list[dg.AssetsDefinition]:
    """Return the step that issues, and the asset whose partitions are the weeks on record."""
    week = dg.AssetSpec(
        WEEK_KEY,
        description="Decision weeks whose plays were issued, by Monday: what the ledger holds, one partition a week.",
        group_name="published",
        partitions_def=DECISION_WEEK,
        deps=[ISSUED_KEY],
    )

    @dg.multi_asset(
        name="published__issued_plays",
        specs=[
            dg.AssetSpec(
                ISSUED_KEY,
                description="The published list as the advice of its week: stored once, hashed, never written again.",
                group_name="published",
                kinds={"parquet"},
                partitions_def=AS_OF,
                deps=[PUBLISHED_KEY],
                skippable=True,
            )
        ],
    )
    def issued_plays(
        context: dg.AssetExecutionContext, run_settings: RunSettings, run_lock: RunLock
    ) -> Iterator[dg.MaterializeResult[None]]:
        """Issue where the run is asked to: the schedule asks, a run for a past day or of an experiment does not."""
        if not run_settings.is_issued:
            context.log.info("Nothing is issued: run_settings.is_issued is false.")
            return
        home = run_settings.home
        published = published_version(home, purpose="issue")
        if published.as_of != run_settings.as_of_on:
            raise WrongUse(
                f"The run is for {run_settings.as_of}, but the published version is of {published.as_of}.",
                "Start the whole job weekly_plays instead of this step.",
            )
        found = issue_plays(home)
        known = context.instance.get_materialized_partitions(WEEK_KEY)
        for record in read_ledger(home.ledger).weeks:
            # weeks issued from the command line are shown from the next scheduled run on
            if record.week.isoformat() not in known or record == found.record:
                context.instance.report_runless_asset_event(
                    dg.AssetMaterialization(
                        WEEK_KEY,
                        partition=record.week.isoformat(),
                        metadata={
                            "version": record.version,
                            "dagster/row_count": record.rows,
                            "as_of": record.as_of.isoformat(),
                            "sha256": record.parquet_sha256,
                        },
                    )
                )
        yield dg.MaterializeResult(
            asset_key=ISSUED_KEY,
            metadata={
                "week": found.record.week.isoformat(),
                "version": found.record.version,
                "is_new": found.is_new,
                "sellers": found.n_sellers,
                "deals": found.deals,
                "hours_above_the_line": found.hours,
                "sha256": found.record.parquet_sha256,
            },
        )

    return [issued_plays, dg.AssetsDefinition(specs=[week])]
