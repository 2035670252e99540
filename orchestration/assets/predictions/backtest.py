"""The step that tells the past again: forecasts from each past quarter start, their scores and verdicts."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.predictions.tables import SEED, materialise, read_seed, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("backtest_score", "backtest_verdict")
LIMITS = "backtest_limit"


@dg.multi_asset(
    name="backtest_scores",
    specs=specs(
        TABLES,
        [
            "int_lifecycle__backtest_origin",
            "suff_backtest_hazard",
            "suff_backtest_expansion",
            "suff_backtest_money",
            "sample_backtest_customer",
            "sample_backtest_week",
            "sample_backtest_deal",
        ],
        after=[("reference", LIMITS)],
    ),
)
def backtest_scores(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Fit every model again on each past quarter start and score it on what came."""
    from orchestration.inference.backtest import backtest_score
    from orchestration.inference.backtest_limits import verdicts
    from orchestration.inference.backtest_rows import BacktestTables

    file = run_settings.home.work_file
    score = backtest_score(
        BacktestTables(
            origin=read_table(file, "int_lifecycle__backtest_origin"),
            hazard=read_table(file, "suff_backtest_hazard"),
            expansion=read_table(file, "suff_backtest_expansion"),
            money=read_table(file, "suff_backtest_money"),
            customer=read_table(file, "sample_backtest_customer"),
            week=read_table(file, "sample_backtest_week"),
            deal=read_table(file, "sample_backtest_deal"),
        ),
        as_of=run_settings.as_of_on,
        seed=SEED,
    )
    verdict = verdicts(score, read_seed(file, LIMITS), as_of=run_settings.as_of_on, seed=SEED)
    tables = {"backtest_score": score, "backtest_verdict": verdict}
    yield from materialise(tables, TABLES, run_settings.home.predictions)
