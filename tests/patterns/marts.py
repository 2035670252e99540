"""The segment marts of a made-up company: the project's own compiled SQL on rows that are given."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from orchestration.paths import PROJECT_DIR
from tests.patterns.company import Deals
from tests.warehouse.compiled import Warehouse

# in the order in which they read one another
MODELS = (
    "core/facts/fct_segment_structure",
    "core/facts/fct_velocity_band",
    "core/facts/fct_deal_velocity",
    "core/facts/fct_segment_velocity",
    "intermediate/opportunity/int_opportunity__risk_sign",
    "core/dimensions/dim_risk_indicator",
    "core/facts/fct_deal_risk",
    "core/facts/fct_segment_risk",
    "marts/segments/mart_segment_deal_structure",
    "core/facts/fct_segment_pace",
    "core/facts/fct_segment_pace_difference",
    "marts/segments/mart_segment_pace_difference",
    "marts/segments/mart_segment_velocity_durability",
    "marts/segments/mart_segment_risk_indicator",
)
_DIMENSIONS = {
    "discount": "discount_pct",
    "contract_term": "contract_term_months",
    "payment_terms": "payment_terms_days",
    "implementation_promises": "implementation_promises",
    "customisation": "customisation_requests",
}


def structures(seen: pd.DataFrame) -> pd.DataFrame:
    """One row per deal and dimension with its band, shape of fct_deal_structure; bands as in the seed."""
    bands = pd.read_csv(PROJECT_DIR / "seeds" / "policy" / "structure_band.csv")
    parts = []
    for dimension, signal in _DIMENSIONS.items():
        own = bands[bands["dimension"] == dimension].sort_values("band_order")
        place = np.searchsorted(own["from_value"].fillna(-np.inf), seen[signal], side="right") - 1
        parts.append(
            pd.DataFrame(
                {
                    "opportunity_id": seen["opportunity_id"],
                    "dimension": dimension,
                    "band": own["band"].to_numpy()[place],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def build(home: Path, types: Mapping[str, Mapping[str, str]], deals: Deals) -> Warehouse:
    """Return a warehouse with every model of `MODELS`; the caller closes it.

    Args:
        home: data folder of a build, for its compiled models.
        types: columns of the tables that are given, by place; what a company here does not say is null.
        deals: the company.
    """
    seen = deals.seen
    given = {
        "core.fct_deal_outcome": seen.assign(customer_id=seen["opportunity_id"].where(seen["is_won"])),
        "core.fct_deal_structure": structures(seen),
        "marts.dim_segment": pd.DataFrame({"segment_id": sorted(seen["segment_id"].unique())}).assign(
            segment_name=lambda frame: frame["segment_id"]
        ),
        "core.dim_currency": pd.DataFrame({"currency": ["USD"], "exponent": [2], "is_reporting_currency": [True]}),
        "intermediate.int_opportunity__segment_feature": seen,
        "intermediate.int_opportunity__forecast_miss": seen[["opportunity_id"]],
    }
    warehouse = Warehouse(home)
    for place, columns in types.items():
        schema, _, table = place.partition(".")
        if schema == "reference":
            warehouse.give_seeds(table)
            continue
        frame = given.get(place, pd.DataFrame(columns=list(columns)))
        picked = ", ".join(
            f"cast({name if name in frame else 'null'} as {data_type}) as {name}" for name, data_type in columns.items()
        )
        warehouse.give(place, frame, picked)
    warehouse.make(*MODELS)
    return warehouse
