"""The step that finds the segments."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("segment_rule",)


@dg.multi_asset(name="segment_rules", specs=specs(TABLES, ["sample_mature_deal"]))
def segment_rules(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Find the segments: a small tree over pre-close signals of mature deals."""
    from orchestration.inference.segments import fit_segment_rules

    home = run_settings.home
    sample = read_table(home.work_file, "sample_mature_deal")
    rules = fit_segment_rules(sample, as_of=run_settings.as_of_on, seed=SEED)
    yield from materialise({"segment_rule": rules}, TABLES, home.predictions)
