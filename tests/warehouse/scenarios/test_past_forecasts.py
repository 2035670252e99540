"""What comes after a past quarter start changes no forecast made at it, through the whole build."""

from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.company import build, copy_company, make_company, query, rewrite

pytestmark = pytest.mark.long

ORIGIN = date(2026, 1, 1)
_LATE_TICKET = f"created_at >= timestamp '{ORIGIN}'"
_FORECAST = f"""
    select origin_on, horizon_months, quantity, segment_id, model, value, n_observed
    from mart_model_backtest
    where metric = 'expected' and origin_on <= date '{ORIGIN}'
        and quantity in ('churn', 'expansion', 'support', 'win')
        and origin_on + to_months(horizon_months) <= date '{ORIGIN}'
    order by all
"""
_NEWEST = f"""
    select horizon_months, segment_id, model, metric, value, n_observed
    from mart_model_backtest
    where origin_on = date '{ORIGIN}' and quantity = 'churn' and metric = 'expected'
    order by all
"""


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo company, and one whose customers nearly all leave a month after the origin and cost a fortune before."""
    company = make_company(tmp_path_factory.mktemp("company"), customers=300)
    other = copy_company(company, tmp_path_factory.mktemp("other"))
    gone = f"(ended_at is null or ended_at >= timestamp '{ORIGIN}') and hash(id) % 10 < 9"
    rewrite(
        other,
        "stripe/subscription_history",
        f"""select * replace (
            case when {gone} then greatest(start_date, timestamp '{ORIGIN}') + interval '40 days' else ended_at end
                as ended_at,
            case when {gone} then greatest(start_date, timestamp '{ORIGIN}') + interval '40 days' else canceled_at end
                as canceled_at,
            case when {gone} then 'canceled' else status end as status
        ) from source""",
    )
    late = f"ticket_id in (select id from read_parquet('{company}/raw/zendesk/ticket.parquet') where {_LATE_TICKET})"
    rewrite(
        other,
        "zendesk/ticket_field_history",
        f"""select * replace (
            case when {late} and field_name = 'time_spent_total_sec' then '9999999' else value end as value
        ) from source""",
    )
    built = []
    for raw in (company, other):
        home = tmp_path_factory.mktemp("home")
        done = build(home, raw)
        assert done.returncode == 0, done.stdout + done.stderr
        built.append(home)
    return built[0], built[1]


def test_forecasts_of_the_past_stay_as_they_were(homes: tuple[Path, Path]) -> None:
    usual, absurd = homes
    assert query(usual, _FORECAST)
    assert query(usual, _FORECAST) == query(absurd, _FORECAST)
    assert query(usual, _NEWEST)
    assert query(usual, _NEWEST) == query(absurd, _NEWEST)


def test_what_came_shows_the_change(homes: tuple[Path, Path]) -> None:
    came = f"""
        select value from mart_model_backtest
        where origin_on = date '{ORIGIN}' and horizon_months = 3 and quantity = 'churn' and segment_id = 'all'
            and model = 'ours' and metric = 'o_e'
    """
    ((usual,),), ((absurd,),) = (query(home, came) for home in homes)
    assert absurd > 5 * usual
