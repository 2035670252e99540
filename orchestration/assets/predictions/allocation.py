"""The step that gives sellers' hours to their deals."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.predictions.tables import SEED, materialise, read_seed, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("play_allocation",)


@dg.multi_asset(
    name="play_allocation",
    specs=specs(TABLES, ["suff_play_candidate"], after=[("reference", "allocation_policy")]),
)
def play_allocation(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Choose each seller's deals for the week, and draw a few hours by lot."""
    from orchestration.inference.allocation import allocate, read_policy

    home = run_settings.home
    tables = allocate(
        read_table(home.work_file, "suff_play_candidate"),
        read_policy(read_seed(home.work_file, "allocation_policy")),
        as_of=run_settings.as_of_on,
        seed=SEED,
    )
    yield from materialise(tables, TABLES, home.predictions)
