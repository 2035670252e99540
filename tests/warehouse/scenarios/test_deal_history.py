"""A deal's past told by field history, by kept versions, or by nothing: the same events, or an honest unknown."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.inference.win import FEATURES
from tests.warehouse.company import build, content_hash, copy_company, query, rewrite

pytestmark = pytest.mark.slow


@pytest.fixture
def company(plain: tuple[Path, Path]) -> Path:
    return plain[0]


@pytest.fixture
def built(plain: tuple[Path, Path]) -> Path:
    return plain[1]


def _work(home: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run SQL on the work file, which keeps the models behind the marts."""
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        return connection.execute(f"set schema = 'intermediate'; {sql}").fetchall()


_SPELLS = """
    select opportunity_id, spell_order, stage_name, entered_at, left_at, is_closed, is_won, days
    from int_opportunity__stage_spell order by all
"""
_PUSHES = """
    select opportunity_id, push_count, pushed_days, slippage_days, forward_moves, closed_at, amount, close_on
    from int_opportunity__state order by all
"""


def _remove(company: Path, *tables: str) -> None:
    for table in tables:
        (company / "raw" / "salesforce" / f"{table}.parquet").unlink()


def test_the_columns_of_what_models_learn_from_are_the_registered_ones(built: Path) -> None:
    learned = {name for name, *_ in _work(built, "describe sample_opportunity_week")}
    assert learned == {"opportunity_id", "snapshot_on", "is_won", "sample_weight", "segment_id", *FEATURES}
    segmented = {name for name, *_ in _work(built, "describe int_opportunity__segment_feature")}
    registered = _work(built, "select feature from reference.feature_truth where used_for = 'segment'")
    assert segmented - {"opportunity_id"} == {name for (name,) in registered}


@pytest.mark.long
def test_field_history_alone_tells_the_same_stages_and_pushes(company: Path, built: Path, tmp_path: Path) -> None:
    tracked = copy_company(company, tmp_path / "tracked")
    history = tracked / "raw" / "salesforce" / "opportunity_history.parquet"
    # amount and close date as an admin would have put them under tracking; stages are tracked already
    changes = " union all ".join(
        f"""select '{field}-' || id as id, opportunity_id, '{field}' as field,
            cast(lag({column}) over deal as varchar) as old_value, cast({column} as varchar) as new_value,
            created_date, is_deleted, _fivetran_synced
        from (select distinct on (id) * from read_parquet('{history}'))
        window deal as (partition by opportunity_id order by created_date, id)
        qualify lag({column}) over deal is distinct from {column}"""
        for field, column in {"Amount": "amount", "CloseDate": "close_date"}.items()
    )
    rewrite(tracked, "salesforce/opportunity_field_history", f"select * from source union all by name ({changes})")
    _remove(tracked, "opportunity_history")
    home = tmp_path / "home"
    content_hash(build(home, tracked))
    assert _work(home, "select distinct event_source from int_opportunity__event") == [("field_history",)]
    assert _work(home, _SPELLS) == _work(built, _SPELLS)
    assert _work(home, _PUSHES) == _work(built, _PUSHES)


@pytest.mark.long
def test_kept_versions_tell_the_same_stages_and_pushes(company: Path, built: Path, tmp_path: Path) -> None:
    versioned = copy_company(company, tmp_path / "versioned")
    history = versioned / "raw" / "salesforce" / "opportunity_history.parquet"
    # history mode: one row per version, from its change to the next
    rewrite(
        versioned,
        "salesforce/opportunity",
        f"""select present.* replace (
            steps.stage_name as stage_name, steps.amount as amount, steps.close_date as close_date,
            steps.probability as probability, steps.stage_name like 'Closed%' as is_closed,
            steps.stage_name = 'Closed Won' as is_won, steps.created_date as system_modstamp),
            steps.created_date as _fivetran_start,
            coalesce(lead(steps.created_date) over deal, timestamp '9999-12-31') as _fivetran_end,
            lead(steps.created_date) over deal is null as _fivetran_active
        from (select distinct on (id) * from source where not is_deleted order by id, _fivetran_synced desc) as present
        inner join (
            select distinct on (opportunity_id, created_date) * from read_parquet('{history}')
            order by opportunity_id, created_date, id desc
        ) as steps on present.id = steps.opportunity_id
        window deal as (partition by present.id order by steps.created_date)""",
    )
    _remove(versioned, "opportunity_history", "opportunity_field_history")
    home = tmp_path / "home"
    content_hash(build(home, versioned))
    assert _work(home, "select distinct event_source from int_opportunity__event") == [("version",)]
    assert _work(home, _SPELLS) == _work(built, _SPELLS)
    assert _work(home, _PUSHES) == _work(built, _PUSHES)


@pytest.mark.long
def test_without_any_history_stages_over_time_are_unknown_and_said_to_be(company: Path, tmp_path: Path) -> None:
    bare = copy_company(company, tmp_path / "bare")
    _remove(bare, "opportunity_history", "opportunity_field_history")
    home = tmp_path / "home"
    content_hash(build(home, bare))
    assert _work(home, "select count(*) from int_opportunity__event") == [(0,)]
    assert _work(
        home, "select count(stage_entered_at), count(push_count), count(*) filter (where has_history) from "
        "int_opportunity__state"
    ) == [(0, 0, 0)]  # fmt: skip
    assert _work(home, "select has_stage_history, has_activities from int_opportunity__coverage") == [(False, True)]
    checks = dict(_work(home, "select check_name, status from int_opportunity__data_check"))
    assert checks["deal_history_sources"] == checks["open_deals_without_history"] == "warn"
    # age and activity still teach: the stage has no say in the model
    assert _work(
        home, "select coefficient from staging.stg_predictions__win_coefficient where feature = 'stage_position'"
    ) == [(0.0,)]
    assert query(home, "select count(*) > 30, count(win_probability) = count(*) from mart_opportunity_play") == [
        (True, True)
    ]
    known = _work(home, "select component from core.fct_opportunity_score_component where is_known group by all")
    assert {"stage_progress", "stage_age", "close_date_pushes"}.isdisjoint({name for (name,) in known})
