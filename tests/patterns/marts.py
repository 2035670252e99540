"""The segment marts of a made-up company: the project's own compiled SQL on rows that are given."""

import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.paths import PROJECT_DIR
from tests.patterns.company import Deals

_REFERENCE = re.compile(r'"work"\."(\w+)"\."(\w+)"')
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


def given_columns(compiled: Path, work_file: Path) -> dict[str, dict[str, str]]:
    """Return columns and their types of every table that `MODELS` read and do not make, by `schema.table`."""
    made = {model.rsplit("/", 1)[1] for model in MODELS}
    read = {
        f"{schema}.{table}"
        for model in MODELS
        for schema, table in _REFERENCE.findall((compiled / f"{model}.sql").read_text(encoding="utf-8"))
        if table not in made
    }
    columns: dict[str, dict[str, str]] = {place: {} for place in sorted(read)}
    with duckdb.connect(str(work_file), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
    for place, column, data_type in rows:
        if place in columns:
            columns[place][column] = data_type
    return columns


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
        "core.dim_currency": pd.DataFrame({"currency": ["USD"], "exponent": [2], "is_reporting_currency": [True]}),
        "intermediate.int_opportunity__segment_feature": seen,
        "intermediate.int_opportunity__forecast_miss": seen[["opportunity_id"]],
    }
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as work")
    for schema in sorted({"core", "intermediate", "marts", *(place.partition(".")[0] for place in types)}):
        connection.execute(f"create schema work.{schema}")
    for place, columns in types.items():
        schema, _, table = place.partition(".")
        if schema == "reference":
            (file,) = (PROJECT_DIR / "seeds").glob(f"*/{table}.csv")
            connection.execute(f"create table work.{place} as from read_csv('{file}')")
            continue
        frame = given.get(place, pd.DataFrame(columns=list(columns)))
        connection.register("given", frame)
        picked = ", ".join(
            f"cast({name if name in frame else 'null'} as {data_type}) as {name}" for name, data_type in columns.items()
        )
        connection.execute(f"create table work.{place} as select {picked} from given")
        connection.unregister("given")
    for model in MODELS:
        layer, _, name = model.split("/")
        sql = (compiled / f"{model}.sql").read_text(encoding="utf-8")
        connection.execute(f"create table work.{layer}.{name} as {sql}")
    return connection
