"""Do the plays earn more than simpler orders? The short form of `make plays`, with three companies."""

from pathlib import Path

import pytest

from tests.plays.measure import better, calibrate
from tests.plays.policies import compare

pytestmark = pytest.mark.slow

COMPANIES = range(1, 4)


def test_plays_bring_more_per_hour_than_sorting_and_their_chances_hold(plain: tuple[Path, Path]) -> None:
    _, home = plain
    results, deals = compare(COMPANIES, home)
    expected = results.pivot_table(index=["seed", "response"], columns="policy", values="expected")
    # luck aside, in every company and whatever hours do
    for other in ("by_amount", "by_win"):
        assert (expected["plays"] > expected[other]).all(), expected.to_string()
    assert (expected["plays"] <= expected["all known"]).all(), expected.to_string()
    assumed = better(results).query("response == 'as assumed'")
    assert (assumed["share_of_best"] >= 0.88).all(), assumed.to_string()
    assert set(deals["play"]) == {"Accelerate", "Protect", "Park"}
    # three companies say little to the per cent, but a chance of loss that meant nothing would have a slope of nil
    found = calibrate(deals)
    assert found.n_events > 200 and 0.75 <= found.slope <= 1.25, found
    # the policy never speeds up what it knows to lose
    assert (deals.loc[deals["play"] == "Accelerate", "p_negative"] <= 0.10).all()
