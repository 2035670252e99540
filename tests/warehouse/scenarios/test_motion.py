"""Motion of deals, by the compiled models on made-up work: what is only volume never raises it, what is progress does.

Belongs here: claims about the score as a whole. What each signal counts is claimed by the unit tests of its model.
"""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.warehouse.company import AS_OF
from tests.warehouse.compiled import Warehouse

WEEKS = 20
# the decision weeks looked at: the change itself and its way out of the windows
LOOKED_AT = range(8)
LEVELS = {"ann": "specialist", "bob": "specialist", "eve": "executive"}
_MODELS = [
    "intermediate/opportunity/int_opportunity__activity_week",
    "intermediate/opportunity/int_opportunity__activity_change",
    "intermediate/opportunity/int_opportunity__person_week",
    "intermediate/opportunity/int_opportunity__people_week",
    "intermediate/opportunity/int_opportunity__capability_repeat",
    "intermediate/opportunity/int_opportunity__score_signal_week",
    "intermediate/opportunity/int_opportunity__score_component_week",
    "intermediate/opportunity/int_opportunity__score_week",
]


class Deal:
    """Work on one deal: (week index, day of the week, contact or None, kind), stage by week, and visits.

    Attributes:
        work: pieces of work; week 0 is the newest.
        stage_by_week: stages left at the end of each week and forward moves in the four weeks before, by week index.
        visit_weeks: week indexes in which one capability was visited, once for each visit.
    """

    def __init__(self) -> None:
        self.work: list[tuple[int, int, str | None, str]] = []
        self.stage_by_week = dict.fromkeys(range(WEEKS), (3, 0))
        self.visit_weeks: list[int] = []

    def steady(self, days: int, contacts: tuple[str | None, ...]) -> "Deal":
        """Work so many days every week, with one contact after the other."""
        turns = itertools.cycle(contacts)
        self.work += [(week, day, next(turns), "task") for week in range(WEEKS) for day in range(days)]
        return self

    def spike(self, week: int, contact: str | None) -> "Deal":
        """Forty pieces of work in one week."""
        self.work += [(week, piece % 5, contact, "task") for piece in range(40)]
        return self

    def spam(self, contact: str | None) -> "Deal":
        """Two hundred pieces of work with one contact, every day of the newest four weeks."""
        self.work += [(week, day, contact, "task") for week in range(4) for day in range(5) for _ in range(10)]
        return self


def _motion(home: Path, deals: dict[str, Deal], *, is_recorded: bool = True) -> pd.DataFrame:
    """Return motion by deal (rows) and decision week (columns), 0 to 100."""
    keys = [(name, week) for name in deals for week in range(WEEKS)]
    spine = pd.DataFrame(keys, columns=["opportunity_id", "week_index"])
    with Warehouse(home) as warehouse:
        snapshots = [pd.Timestamp(AS_OF - timedelta(days=7 * week)) for week in spine["week_index"]]
        weeks = spine.assign(
            prior_weeks=8,
            deal_age_days=400, amount=100.0, push_count=0, owner_changes=0,
            stage_name=[f"s{deals[name].stage_by_week[week][0]}" for name, week in keys],
            stage_moves_28d=[deals[name].stage_by_week[week][1] for name, week in keys],
        )  # fmt: skip
        work = [
            (name, week, AS_OF - timedelta(days=7 * week + day), contact, kind, 10.0)
            for name, deal in deals.items()
            for week, day, contact, kind in deal.work
        ]
        visits = [(name, AS_OF - timedelta(days=7 * week)) for name, deal in deals.items() for week in deal.visit_weeks]
        signals = ["discount_pct", "payment_terms_days", "customisation_requests", "implementation_promises"]
        signals += ["services_amount", "promised_onboarding_days", "procurement_steps", "integration_count"]
        flags = ["success_criteria_documented", "compliance_review", "security_review"]
        sources = ("activities", "activity_contacts", "stakeholders", "capability_visits")
        empty_week = "opportunity_id::varchar as opportunity_id, week_index::int as week_index"
        columns = {
            "intermediate.int_opportunity__activity": (
                pd.DataFrame(
                    work,
                    columns=["opportunity_id", "week_index", "activity_on", "contact_id", "activity_kind", "minutes"],
                ),
                "*",
            ),
            "intermediate.int_opportunity__decision_week": (
                spine.assign(snapshot_on=snapshots, win_probability=0.5, stage_age_days=5, segment_id="s"),
                "* replace (snapshot_on::date as snapshot_on)",
            ),
            "intermediate.int_opportunity__week": (weeks, "*"),
            "intermediate.int_opportunity__stage": (
                pd.DataFrame({"stage_name": [f"s{left}" for left in range(4)], "stages_left": range(4)}), "*"),
            "intermediate.int_opportunity__contact_level": (
                pd.DataFrame({"contact_id": LEVELS.keys(), "person_id": LEVELS.keys(), "level": LEVELS.values()}), "*"),
            "intermediate.int_opportunity__contact_role": (
                pd.DataFrame({"opportunity_id": ["none"], "contact_id": ["none"], "level": ["executive"],
                              "is_decider": [False], "joined_at": [pd.Timestamp("2000-01-01")],
                              "left_at": [pd.Timestamp("2001-01-01")]}), "*"),
            "intermediate.int_opportunity__coverage": (
                pd.DataFrame({f"has_{name}": [is_recorded] for name in sources}), "*"),
            "intermediate.int_opportunity__state": (
                pd.DataFrame({"opportunity_id": list(deals), "account_id": list(deals), "amount": 100.0,
                              "account_basis": "unchanged row"}), "*"),
            "staging.stg_product__capability_visit_daily": (
                pd.DataFrame([*visits, ("none", AS_OF)], columns=["account_id", "visited_on"]).assign(
                    capability="reporting", visits=50, synced_at=pd.Timestamp(AS_OF)), "*"),
            "intermediate.int_identity__account": (
                pd.DataFrame({"account_id": ["none"], "canonical_account_id": ["none"]}), "*"),
            "intermediate.int_opportunity__decision_signal": (
                spine.head(0), ", ".join([empty_week, *(f"null::double as {name}" for name in signals),
                                          *(f"null::boolean as {name}" for name in flags)])),
            "intermediate.int_opportunity__discount_pattern": (
                spine.head(0), f"{empty_week}, null::int as discount_steps"),
            "marts.dim_segment": (
                pd.DataFrame({"segment_id": ["s"], "contribution_per_arr_12m_mean": [0.5],
                              "support_cost_per_arr_year_mean": [0.1]}), "*"),
        }  # fmt: skip
        for place, (frame, selected) in columns.items():
            warehouse.give(place, frame, selected)
        warehouse.give_seeds("score_component", "history_window")
        warehouse.make(*_MODELS)
        scores = warehouse.read("intermediate.int_opportunity__score_week")
    return scores.pivot(index="opportunity_id", columns="week_index", values="motion")[list(LOOKED_AT)]


def _starts() -> Iterator[tuple[str, Callable[[], Deal]]]:
    """Steady deals of every pace, with and without contacts."""
    people: list[tuple[str | None, ...]] = [(None,), ("ann",), ("ann", "bob"), ("ann", "bob", "eve")]
    for days, contacts in itertools.product(range(4), people):
        yield f"{days} days with {len(contacts)}x{contacts[0]}", lambda d=days, c=contacts: Deal().steady(d, c)


def _pairs(home: Path, changes: dict[str, Callable[[Deal], Deal]]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    deals: dict[str, Deal] = {}
    for start, make in _starts():
        deals[start] = make()
        deals.update({f"{start}: {change}": alter(make()) for change, alter in changes.items()})
    motion = _motion(home, deals)
    for start, _ in _starts():
        for change in changes:
            yield f"{start}: {change}", motion.loc[start].to_numpy(), motion.loc[f"{start}: {change}"].to_numpy()


def _busier(deal: Deal) -> Deal:
    deal.work += [(week, day, contact, kind) for week, day, contact, kind in deal.work for _ in range(20)]
    return deal


@pytest.fixture(scope="module")
def home(plain: tuple[Path, Path]) -> Path:
    return plain[1]


def test_what_is_only_volume_never_raises_motion(home: Path) -> None:
    changes: dict[str, Callable[[Deal], Deal]] = {
        f"a spike in week {week} with {contact}": lambda deal, w=week, c=contact: deal.spike(w, c)
        for week in (0, 2, 3, 4, 7, 11)
        for contact in (None, "ann", "zoe")
    }
    changes["two hundred tasks with one contact"] = lambda deal: deal.spam("ann")
    changes["two hundred tasks with nobody"] = lambda deal: deal.spam(None)
    changes["twenty times the work on the same days"] = _busier
    changes["fifty visits a day in one week"] = lambda deal: (deal.visit_weeks.extend([1] * 5), deal)[1]
    for case, before, after in _pairs(home, changes):
        assert (after <= before + 1e-9).all(), (case, before, after)


def test_a_higher_pace_that_was_always_there_is_no_motion(home: Path) -> None:
    paces = {f"{days}": Deal().steady(days, ("ann", "bob")) for days in (1, 2, 3)}
    motion = _motion(home, paces)
    for days in ("2", "3"):
        np.testing.assert_allclose(motion.loc[days].to_numpy(), motion.loc["1"].to_numpy())


def test_progress_raises_motion(home: Path) -> None:
    def second_stakeholder(deal: Deal) -> Deal:
        deal.work += [(0, 1, "eve", "meeting"), (1, 1, "eve", "meeting")]
        return deal

    def stage_forward(deal: Deal) -> Deal:
        deal.stage_by_week[0] = (2, 1)
        return deal

    def stage_taken_back(deal: Deal) -> Deal:
        deal.stage_by_week[0] = (3, 1)
        return deal

    def returning(deal: Deal) -> Deal:
        deal.visit_weeks = [0, 3]
        return deal

    deals = {"plain": Deal().steady(1, ("ann",))}
    for change in (second_stakeholder, stage_forward, stage_taken_back, returning):
        deals[change.__name__] = change(Deal().steady(1, ("ann",)))
    now = _motion(home, deals)[0]
    for better in ("second_stakeholder", "stage_forward", "returning"):
        assert now[better] > now["plain"], better
    assert now["stage_taken_back"] == now["plain"]


def test_what_a_company_does_not_record_does_not_slow_its_deals(home: Path) -> None:
    forward, idle = Deal(), Deal().steady(3, ("ann", "bob"))
    forward.stage_by_week[0] = (2, 1)
    now = _motion(home, {"forward": forward, "idle": idle}, is_recorded=False)[0]
    # of all signals only the stage is known: one of the two stages that mean 100
    assert now["forward"] == 50
    assert now["idle"] == 0
