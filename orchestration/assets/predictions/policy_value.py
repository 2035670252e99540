"""The step that values policies: what the same seller hours bring under the plays, as done, and otherwise."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.predictions.tables import SEED, materialise, read_seed, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("policy_value",)


@dg.multi_asset(
    name="policy_value",
    specs=specs(TABLES, ["sample_policy_decision"], after=[("reference", "policy_value_limit")]),
)
def policy_value(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Estimate the value of every policy on past decisions, and say whether that is an effect."""
    from orchestration.inference.policy_value import value_policies

    home = run_settings.home
    table = value_policies(
        read_table(home.work_file, "sample_policy_decision"),
        read_seed(home.work_file, "policy_value_limit"),
        as_of=run_settings.as_of_on,
        seed=SEED,
    )
    yield from materialise({"policy_value": table}, TABLES, home.predictions)
