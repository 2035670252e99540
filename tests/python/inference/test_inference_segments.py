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
from orchestration.inference.segment_data import MORE_FEATURES
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
    assert counts.min() >= round(0.07 * len(deals))


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


def test_a_value_that_single_precision_blurs_is_cut_in_double_precision() -> None:
    deals = simulate.simulate_deals(4)
    deals["discount_pct"] = deals["discount_pct"].fillna(9.0) * 1e-9 + 1.0
    rules = fit_segment_rules(deals, as_of=AS_OF, seed=1)
    bound = rules.loc[rules["feature"] == "discount_pct", "threshold"].iloc[0]
    below, above = (deals["discount_pct"] <= bound).sum(), (deals["discount_pct"] > bound).sum()
    assert np.float32(bound) == np.float32(1.0) and min(below, above) > 100


def test_a_pattern_hidden_behind_a_weak_first_split_is_found() -> None:
    """Outcome by discount within each services half, in opposite directions: greedy growth starts elsewhere."""
    deals = simulate.simulate_deals(5, 2000)
    rng = np.random.default_rng(5)
    heavy = deals["services_share"].fillna(0.1).to_numpy() > 0.12
    deep = deals["discount_pct"].fillna(9.0).to_numpy() > 10.0
    pays = np.where(heavy == deep, 0.8, 0.4) + 0.06 * heavy + rng.normal(0.0, 0.15, len(deals))
    deals = deals.assign(contribution_per_arr_12m=pays, churned_12m=0.0, expanded_12m=0.0, support_per_arr_12m=0.0)
    rules = fit_segment_rules(deals, as_of=AS_OF, seed=1)
    inside = deals["contribution_per_arr_12m"].groupby(assign_segments(rules, deals).to_numpy())
    assert (
        1.0
        - ((deals["contribution_per_arr_12m"] - inside.transform("mean")) ** 2).sum()
        / ((pays - pays.mean()) ** 2).sum()
        > 0.45
    )


def test_a_source_that_decides_becomes_a_clause_and_an_unlisted_one_is_elsewhere() -> None:
    deals = simulate.simulate_deals(6)
    rng = np.random.default_rng(6)
    source = rng.choice(["partner", "event", "inbound", "paid search"], len(deals), p=[0.2, 0.2, 0.4, 0.2])
    bad = np.isin(source, ["event", "paid search"])
    deals = deals.assign(
        lead_source=source, contribution_per_arr_12m=np.where(bad, 0.2, 0.7) + rng.normal(0.0, 0.1, len(deals))
    )
    rules = fit_segment_rules(deals, as_of=AS_OF, seed=1)
    clauses = rules[rules["feature"] == "lead_source"]
    assert set(clauses["operator"]) == {"in", "not in"}
    assert set(clauses["categories"]) in ({"event|paid search"}, {"inbound|partner"})
    strange = deals.head(50).assign(lead_source="somewhere new")
    unknown = deals.head(50).assign(lead_source=None)
    assert assign_segments(rules, strange).equals(assign_segments(rules, unknown))


def test_signals_and_targets_that_came_later_may_be_absent(deals: pd.DataFrame, rules: pd.DataFrame) -> None:
    empty = dict.fromkeys(MORE_FEATURES, np.nan) | {"lead_source": None, "reached_value_180d": np.nan}
    assert fit_segment_rules(deals.assign(**empty), as_of=AS_OF, seed=1).to_csv() == rules.to_csv()


def test_a_bound_is_the_less_sure_the_fewer_deals_tell_it() -> None:
    errors = {}
    for n in (400, 6000):
        rules = fit_segment_rules(simulate.simulate_deals(7, n), as_of=AS_OF, seed=1)
        errors[n] = rules.loc[rules["feature"] == "discount_pct", "threshold_se"].max()
    assert errors[6000] < errors[400]
    assert (rules["missing_share"].between(0.0, 1.0)).all() and (rules["threshold_se"] >= 0.0).all()


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
