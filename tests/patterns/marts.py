"""The segment marts of a made-up company: the project's own compiled SQL on rows that are given."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.paths import PROJECT_DIR
from tests.patterns.company import Deals

_SEEDS = ("structure_dimension", "structure_band", "pattern_limit", "velocity_band", "velocity_limit", "risk_indicator", "risk_limit")
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


def columns_of(home_file: Path, places: Sequence[str]) -> dict[str, dict[str, str]]:
    """Types of the columns of `schema.table`s of a built work file, by place."""
    with duckdb.connect(str(home_file), read_only=True) as connection:
        rows = connection.execute("select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()")
        found: dict[str, dict[str, str]] = {place: {} for place in places}
        for place, column, data_type in rows.fetchall():
            if place in found:
                found[place][column] = data_type
    return found


def build(compiled: Path, types: Mapping[str, Mapping[str, str]], deals: Deals) -> duckdb.DuckDBPyConnection:
    """Return an open in-memory warehouse with every model of `MODELS`; the caller closes it.

    Args:
        compiled: folder of the compiled models.
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
        "marts.dim_currency": pd.DataFrame({"currency": ["USD"], "exponent": [2], "is_reporting_currency": [True]}),
        "intermediate.int_opportunity__segment_feature": seen,
    }
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as work")
    for schema in ("core", "intermediate", "marts", "reference", "staging"):
        connection.execute(f"create schema work.{schema}")
    for place, columns in types.items():
        frame = given.get(place, pd.DataFrame(columns=list(columns)))
        connection.register("given", frame)
        picked = ", ".join(
            f'cast({name if name in frame else "null"} as {data_type}) as {name}' for name, data_type in columns.items()
        )
        connection.execute(f"create table work.{place} as select {picked} from given")
        connection.unregister("given")
    for seed in _SEEDS:
        file = PROJECT_DIR / "seeds" / "policy" / f"{seed}.csv"
        connection.execute(f"create table work.reference.{seed} as from read_csv('{file}')")
    for model in MODELS:
        layer, _, name = model.split("/")
        schema = "marts" if name.startswith("dim_segment") else layer
        sql = (compiled / f"{model}.sql").read_text(encoding="utf-8")
        connection.execute(f"create table work.{schema}.{name} as {sql}")
    return connection
