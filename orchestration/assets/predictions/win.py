"""The step that fits the win probability."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("win_coefficient", "win_calibration")


@dg.multi_asset(name="win_model", specs=specs(TABLES, ["sample_opportunity_week", "suff_decided_deal"]))
def win_model(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit and calibrate the win probability on weekly snapshots of closed deals."""
    from orchestration.inference.posteriors import fit_win

    home = run_settings.home
    sample = read_table(home.work_file, "sample_opportunity_week")
    decided = read_table(home.work_file, "suff_decided_deal").iloc[0]
    tables = fit_win(
        sample, as_of=run_settings.as_of_on, seed=SEED, decided=(int(decided["n_won"]), int(decided["n_lost"]))
    )
    yield from materialise(tables, TABLES, home.predictions)
