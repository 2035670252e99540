"""Segment rules: planted structure found, a partition in double precision, stable order, honest fallback."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import CheckFailed
from orchestration.inference.segments import FEATURES, MAX_LEAVES, assign_segments, fit_segment_rules

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def deals() -> pd.DataFrame:
    return simulate.simulate_deals(1)


@pytest.fixture(scope="module")
def rules(deals: pd.DataFrame) -> pd.DataFrame:
    return fit_segment_rules(deals, as_of=AS_OF, seed=1)


def test_planted_drivers_are_used_and_outcomes_are_ordered(deals: pd.DataFrame, rules: pd.DataFrame) -> None:
    assert {"discount_pct", "services_share"} <= set(rules["feature"])
    assert rules["segment_id"].nunique() <= MAX_LEAVES
    mean = deals.groupby(assign_segments(rules, deals).to_numpy())["contribution_per_arr_12m"].mean()
    assert mean.is_monotonic_decreasing and mean.index.is_monotonic_increasing
    assert mean.iloc[0] - mean.iloc[-1] > 0.25


def test_counts_match_assignment_and_leaves_are_large_enough(deals: pd.DataFrame, rules: pd.DataFrame) -> None:
    counts = assign_segments(rules, deals).value_counts()
    stated = rules.groupby("segment_id")["n_deals"].first()
    assert counts.sort_index().to_dict() == stated.sort_index().to_dict()
    assert counts.min() >= round(0.10 * len(deals))


def test_paths_are_simplified(rules: pd.DataFrame) -> None:
    assert not rules.duplicated(["segment_id", "feature", "operator"]).any()
    for _, clauses in rules.groupby("segment_id"):
        assert clauses["clause_order"].tolist() == list(range(1, len(clauses) + 1))


def matches(rules: pd.DataFrame, frame: pd.DataFrame) -> np.ndarray:
    """Rules that hold for each row, independent of their order, compared one value at a time."""
    count = np.zeros(len(frame), dtype=int)
    for _, clauses in rules.groupby("segment_id"):
        for i in range(len(frame)):
            held = True
            for c in clauses.to_dict("records"):
                value = float(frame[c["feature"]].iloc[i])
                value = c["missing_value"] if np.isnan(value) else value
                held = held and (value <= c["threshold"] if c["operator"] == "<=" else value > c["threshold"])
            count[i] += held
    return count


def test_rules_partition_the_space_also_at_the_thresholds(rules: pd.DataFrame) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({f: rng.normal(10.0, 20.0, 300) for f in FEATURES})
    for feature, thresholds in rules.groupby("feature")["threshold"]:
        edge = thresholds.to_numpy()
        near = np.concatenate(
            [edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf), np.float32(edge), [np.nan]]
        )
        frame[feature] = rng.choice(near.astype(float), len(frame))
    assert (matches(rules, frame) == 1).all()


def test_rules_equal_the_tree_also_for_values_that_single_precision_blurs() -> None:
    from sklearn.tree import DecisionTreeRegressor

    deals = simulate.simulate_deals(4)
    for name in FEATURES:
        deals[name] = deals[name].fillna(deals[name].median()) + 1e-9
    only = deals.assign(expanded_12m=np.nan, support_per_arr_12m=np.nan, churned_12m=np.nan)
    rules = fit_segment_rules(only, as_of=AS_OF, seed=1)
    tree = DecisionTreeRegressor(max_leaf_nodes=MAX_LEAVES, min_samples_leaf=150, random_state=0)
    x = deals[list(FEATURES)].to_numpy(dtype=np.float32)
    leaf = tree.fit(x, deals["contribution_per_arr_12m"]).apply(x)
    pairs = set(zip(leaf, assign_segments(rules, deals), strict=True))
    assert len(pairs) == len(set(leaf)) == rules["segment_id"].nunique()


def test_sql_assigns_as_python_does_also_at_the_thresholds(rules: pd.DataFrame) -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({f: rng.normal(10.0, 20.0, 2000) for f in FEATURES})
    for feature, thresholds in rules.groupby("feature")["threshold"]:
        edge = thresholds.to_numpy()
        near = np.concatenate([edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf), [np.nan]])
        frame[feature] = rng.choice(near, len(frame))
    arms = []
    for (_, segment), clauses in rules.groupby(["rule_order", "segment_id"]):
        tests = [
            f"coalesce({c['feature']}, {c['missing_value']!r}::double) {c['operator']} {c['threshold']!r}::double"
            for c in clauses.to_dict("records")
        ]
        arms.append(f"when {' and '.join(tests)} then '{segment}'")
    with duckdb.connect() as connection:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        connection.register("deals", table)
        sql = connection.sql(f"select case {' '.join(arms)} end as segment_id from deals").fetchall()
    assert [row[0] for row in sql] == assign_segments(rules, frame).tolist()


def test_thresholds_are_short_numbers(rules: pd.DataFrame) -> None:
    assert all(len(repr(t)) <= 8 for t in rules["threshold"])


def test_row_order_and_repeats_give_the_same_bytes(deals: pd.DataFrame, rules: pd.DataFrame) -> None:
    again = fit_segment_rules(deals.sample(frac=1.0, random_state=3), as_of=AS_OF, seed=1)
    assert again.to_csv() == rules.to_csv()


def test_single_row_equals_batch_and_missing_column_counts_as_missing(deals: pd.DataFrame, rules: pd.DataFrame) -> None:
    batch = assign_segments(rules, deals)
    for i in range(0, 60):
        assert assign_segments(rules, deals.iloc[[i]]).iloc[0] == batch.iloc[i]
    feature = rules["feature"].iloc[0]
    nulls = assign_segments(rules, deals.assign(**{feature: np.nan}))
    assert nulls.equals(assign_segments(rules, deals.drop(columns=feature)))


@settings(max_examples=60, deadline=None)
@given(values=st.dictionaries(st.sampled_from(FEATURES), st.floats(-1e9, 1e9) | st.none()))
def test_any_finite_deal_gets_exactly_one_segment(rules: pd.DataFrame, values: dict[str, float | None]) -> None:
    frame = pd.DataFrame({f: [np.nan if values.get(f) is None else values[f]] for f in FEATURES}).astype(float)
    assert assign_segments(rules, frame).iloc[0] in set(rules["segment_id"])
    assert matches(rules, frame)[0] == 1


def test_unknown_support_and_contribution_leave_churn_to_decide() -> None:
    deals = simulate.simulate_deals(2, support_known=False)
    rules = fit_segment_rules(deals, as_of=AS_OF, seed=1)
    churn = deals.groupby(assign_segments(rules, deals).to_numpy())["churned_12m"].mean()
    assert rules["segment_id"].nunique() > 1
    assert churn.is_monotonic_increasing


@pytest.mark.parametrize("case", ["few", "empty", "no target", "constant features", "null features"])
def test_fallback_is_one_segment_that_always_matches(deals: pd.DataFrame, case: str) -> None:
    targets = [c for c in deals if c.endswith("_12m")]
    frame = {
        "few": deals.head(119),
        "empty": deals.head(0),
        "no target": deals.assign(**dict.fromkeys(targets, np.nan)),
        "constant features": deals.assign(**dict.fromkeys(FEATURES, 1.0)),
        "null features": deals.assign(**dict.fromkeys(FEATURES, None)),
    }[case]
    rules = fit_segment_rules(frame, as_of=AS_OF, seed=1)
    row = rules.iloc[0]
    assert len(rules) == 1
    assert (row["segment_id"], row["feature"], row["operator"], row["threshold"]) == (
        "S1",
        "discount_pct",
        ">",
        -1e12,
    )
    assert (assign_segments(rules, deals) == "S1").all()


def test_broken_input_is_refused_by_name(deals: pd.DataFrame) -> None:
    with pytest.raises(CheckFailed, match="sample_mature_deal has no column push_count"):
        fit_segment_rules(deals.drop(columns="push_count"), as_of=AS_OF, seed=1)
    with pytest.raises(CheckFailed, match="column discount_pct, row 0: is infinite"):
        fit_segment_rules(deals.assign(discount_pct=np.inf), as_of=AS_OF, seed=1)
    with pytest.raises(CheckFailed, match="column opportunity_id, row 1: is there twice"):
        fit_segment_rules(deals.assign(opportunity_id="D1"), as_of=AS_OF, seed=1)
