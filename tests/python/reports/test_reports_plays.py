"""Order of a seller's list, its capacity line, totals per play, and the lines' scale."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from fixture_marts import deal_rows, list_rows, publish

from reports.forest import WIDTH, forest_svg, shared_scale, whole_scale
from reports.plays import (
    SellerList,
    by_value_per_hour,
    change_in_words,
    check_ins_in_words,
    hours_in_words,
    is_thin,
    play_totals,
    seller_lists,
    sum_hours,
    takes_time,
    verdict,
)
from reports.published import read_week


def _lists(published: Path) -> dict[str, SellerList]:
    return {seller.owner_key: seller for seller in seller_lists(read_week(published).deals)}


def test_line_parts_each_list_and_stays_within_capacity(published: Path) -> None:
    for seller in _lists(published).values():
        assert all(takes_time(deal) for deal in seller.above)
        assert not any(takes_time(deal) for deal in seller.below)
        if seller.capacity_hours is not None:
            assert seller.planned_hours <= seller.capacity_hours
        ranks = [deal.rank or 0 for deal in seller.above]
        assert ranks == sorted(ranks)


def test_line_in_words(published: Path) -> None:
    marek = _lists(published)["005C"]
    assert any(deal.play != "Park" for deal in marek.below), "the fixture must have work that does not fit"
    assert marek.capacity_sentence().startswith("Capacity line: 24\u00a0h of 24\u00a0h planned.")
    assert marek.capacity_sentence("USD").endswith("One more hour would bring $1.2k.")
    assert "One more hour" not in replace(marek, shadow_price=None).capacity_sentence("USD")


def test_unknown_capacity_draws_no_line(published: Path) -> None:
    assert "no line drawn" in _lists(published)["005D"].capacity_sentence()


def test_everything_fits(tmp_path: Path) -> None:
    row = next(row for row in deal_rows() if row["play"] == "Accelerate" and row["owner_user_id"] == "005A")
    seller = _lists(publish(tmp_path, deals=[row]))["005A"]
    assert seller.below == ()
    assert seller.capacity_sentence().startswith("Everything fits:")
    assert verdict(seller).endswith(f"start with {row['opportunity_name']}.")


def test_parked_deals_take_no_hours_of_the_week(tmp_path: Path) -> None:
    row = next(row for row in deal_rows() if row["play"] == "Park")
    listed = [{**row, "is_above_line": True} for row in list_rows([row])]
    (seller,) = _lists(publish(tmp_path, deals=[row], listed=listed)).values()
    assert seller.above == ()
    assert verdict(seller) == "Park 1. No deal earns hours this week."
    assert hours_in_words(seller.below[0]) == "15\u00a0min"
    assert play_totals(seller.deals)[2].hours == 0
    assert check_ins_in_words(play_totals(seller.deals)[2].check_ins) == "+ 1 check-in of 15\u00a0min"


def test_hours_below_the_line_are_for_when_there_is_room(published: Path) -> None:
    marek = _lists(published)["005C"]
    waiting = next(deal for deal in marek.below if deal.play != "Park")
    assert hours_in_words(waiting).endswith("h if room")
    assert hours_in_words(marek.above[0]).endswith("\u00a0h")
    assert hours_in_words(replace(waiting, line_reason="no_gain")) == "No time"


def test_hours_by_lot_are_hours_of_the_week(published: Path) -> None:
    parked = next(deal for deal in _lists(published)["005C"].below if deal.play == "Park")
    drawn = replace(parked, is_randomised=True, is_above_line=True, allocated_hours=Decimal("1.5"))
    assert takes_time(drawn) and not takes_time(replace(drawn, is_randomised=False))
    assert hours_in_words(drawn) == "1.5\u00a0h by lot"
    assert sum_hours([drawn, parked]) == Decimal("1.75")
    total = play_totals([drawn, parked, parked])[2]
    assert total.hours == Decimal("1.5")
    assert check_ins_in_words(total.check_ins) == "+ 2 check-ins of 15\u00a0min each"


def test_hours_left_over_are_hours_of_the_week(published: Path) -> None:
    marek = _lists(published)["005C"]
    parked = next(deal for deal in marek.below if deal.play == "Park")
    spare = replace(parked, is_above_line=True, allocated_hours=Decimal(2), line_reason="spare_time")
    assert takes_time(spare) and hours_in_words(spare) == "2\u00a0h in spare time"
    planned = next(deal for deal in marek.above if deal.play != "Park")
    seller = replace(marek, above=(planned, spare), below=(parked,), shadow_price=Decimal(1200))
    assert "of 24\u00a0h planned, 2\u00a0h in spare time. Below: parked. One more" in seller.capacity_sentence("USD")
    assert seller.planned_hours == sum(total.hours for total in play_totals(seller.deals))
    ordered = by_value_per_hour([replace(spare, value_per_hour=Decimal(10**6)), parked, planned])
    assert [deal.opportunity_id for deal in ordered[:1]] == [planned.opportunity_id] and ordered[1].is_above_line


def test_hours_of_the_plays_add_up_to_those_of_the_sellers(published: Path) -> None:
    deals = read_week(published).deals
    planned = sum(seller.planned_hours for seller in seller_lists(deals))
    assert sum(total.hours for total in play_totals(deals)) == planned > 0


@pytest.mark.parametrize(
    ("lengths", "words"),
    [((), ""), (("0",), ""), (("0.25", "0.5", "0"), "+ 2 check-ins of 15\u00a0min to 30\u00a0min each")],
)
def test_check_ins_in_words(lengths: tuple[str, ...], words: str) -> None:
    assert check_ins_in_words([Decimal(length) for length in lengths]) == words


@pytest.mark.parametrize(
    ("kind", "before", "reason", "words"),
    [
        ("new", None, "opened on 28 Feb", "New: opened on 28 Feb"),
        ("up", "Park", "motion rose", "Up from Park: motion rose"),
        ("down", "Accelerate", "", "Down from Accelerate"),
        ("same", "Park", "nothing that decides has moved", ""),
        ("same", "Park", "taken over from another seller; was Park", "Taken over from another seller; was Park"),
        ("", None, "", ""),
    ],
)
def test_change_since_last_week_in_words(
    published: Path, kind: str, before: str | None, reason: str, words: str
) -> None:
    deal = read_week(published).deals[0]
    changed = replace(deal, change_since_last_week=kind, last_week_play=before, change_reason=reason)
    assert change_in_words(changed) == words


@pytest.mark.parametrize("missing", [None, "none"])
def test_deals_without_owner_are_named_so(tmp_path: Path, missing: str | None) -> None:
    rows = deal_rows(1)
    rows[0].update(owner_user_id=missing, owner_name=None)
    (seller,) = seller_lists(read_week(publish(tmp_path, deals=rows, listed=[])).deals)
    assert (seller.owner_key, seller.owner_name) == ("", "No owner")
    assert verdict(seller).endswith(" 1. Assign an owner to 1 deal.")
    assert "assign them" in seller.capacity_sentence()


def test_only_parked_deals_below_means_everything_fits(published: Path) -> None:
    dana = _lists(published)["005A"]
    assert dana.below
    assert {deal.play for deal in dana.below} == {"Park"}
    idle = replace(dana, shadow_price=Decimal(0))
    assert idle.capacity_sentence().endswith("planned. Below: parked.")
    gainless = replace(dana.above[0], line_reason="no_gain", is_above_line=False, allocated_hours=Decimal(0))
    words = replace(idle, below=(gainless, *dana.below)).capacity_sentence()
    assert words.startswith("Everything fits:") and words.endswith("parked, or an hour brings less than it costs.")


def test_deals_without_owner_come_last(tmp_path: Path) -> None:
    rows = deal_rows(5)
    rows[0].update(owner_user_id=None, owner_name=None)
    names = [seller.owner_name for seller in seller_lists(read_week(publish(tmp_path, deals=rows)).deals)]
    assert names[-1] == "No owner"
    assert names[:-1] == sorted(names[:-1])


def test_totals_leave_unknown_economics_out_of_the_sum(published: Path) -> None:
    deals = read_week(published).deals
    totals = play_totals(deals)
    assert sum(total.n_deals for total in totals) == len(deals)
    assert sum(total.n_unknown for total in totals) == sum(not deal.is_economics_known for deal in deals)
    expected = sum((deal.roi_expected_mean or Decimal(0) for deal in deals), Decimal(0))
    assert sum((total.roi_mean_sum or Decimal(0) for total in totals), Decimal(0)) == expected


def test_total_of_unknown_only_is_unknown_and_not_zero(tmp_path: Path) -> None:
    rows = [row for row in deal_rows() if row["economics_status"] == "unknown"]
    for total in play_totals(read_week(publish(tmp_path, deals=rows)).deals):
        assert total.roi_mean_sum is None


def test_value_per_hour_order_puts_unknown_last_among_those_with_time(published: Path) -> None:
    deals = by_value_per_hour(read_week(published).deals)
    timed = [deal.value_per_hour for deal in deals if takes_time(deal)]
    known = [value for value in timed if value is not None]
    assert known == sorted(known, reverse=True)
    assert timed[: len(known)] == known
    assert None in timed


@pytest.mark.parametrize(("evidence", "thin"), [(None, True), (0.49, True), (0.5, False), (1.0, False)])
def test_thin_evidence_boundary(evidence: float | None, thin: bool) -> None:
    assert is_thin(evidence) is thin


def test_scale_always_holds_zero() -> None:
    for lows, highs in (([5.0], [9.0]), ([-9.0], [-5.0]), ([], []), ([0.0], [0.0])):
        scale = shared_scale(lows, highs)
        assert scale.low <= 0.0 <= scale.high
        assert scale.low < scale.high


def test_line_off_the_scale_ends_in_an_arrow_head() -> None:
    scale = shared_scale([0.0] * 10, [10.0] * 9 + [500.0])
    assert scale.high == 10.0
    inside, outside = forest_svg(scale, 5.0, 2.0, 8.0), forest_svg(scale, 300.0, 5.0, 500.0)
    assert "l4 3" not in inside
    assert "<circle" in inside
    assert "l4 3" in outside
    assert "<circle" not in outside


def test_the_largest_deal_is_on_the_scale_and_the_small_ones_can_be_told_apart() -> None:
    scale = whole_scale([0.0, 1_000.0, 4_000.0], [2_000.0, 6_000.0, 1_000_000.0])
    assert scale.high == 1_000_000.0
    assert "<circle" in forest_svg(scale, 900_000.0, 4_000.0, 1_000_000.0)
    assert scale.x(2_000.0) - scale.x(0.0) >= 5 and scale.x(6_000.0) - scale.x(2_000.0) >= 4
    assert scale.x(250_000.0) == pytest.approx((scale.x(0.0) + scale.x(1_000_000.0)) / 2, abs=1)
    assert whole_scale([-10.0], [-5.0]).x(0.0) < WIDTH and whole_scale([], []).high == 1.0
    assert whole_scale([-1e6], [60.0]).x(0.0) <= WIDTH * 0.37


def test_one_big_loss_cannot_take_more_than_a_third_of_the_width() -> None:
    scale = shared_scale([-1_000_000.0, 1.0], [-900_000.0, 60.0], cut=0.0)
    assert scale.x(0.0) <= WIDTH * 0.37
