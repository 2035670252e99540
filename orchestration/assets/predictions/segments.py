"""The step that finds the segments."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.predictions.tables import SEED, materialise, read_table, specs
from orchestration.assets.run_settings import RunSettings

TABLES = ("segment_rule", "segment_rule_version", "segment_version", "segment_change")


@dg.multi_asset(name="segment_rules", specs=specs(TABLES, ["sample_mature_deal"]))
def segment_rules(run_settings: RunSettings) -> Iterator[dg.MaterializeResult[None]]:
    """Find the segments at each quarter start: a small tree over pre-close signals of deals mature by then."""
    from orchestration.inference.segment_versions import fit_segment_versions

    home = run_settings.home
    sample = read_table(home.work_file, "sample_mature_deal")
    tables = fit_segment_versions(sample, as_of=run_settings.as_of_on, seed=SEED)
    yield from materialise(tables, TABLES, home.predictions)
