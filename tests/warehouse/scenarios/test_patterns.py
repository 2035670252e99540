"""Do the patterns of the segment marts tell the truth? The short form of `make patterns`, with three companies."""

from pathlib import Path

from tests.patterns.measure import many_companies, signs_on_the_right_side, summarise

COMPANIES = range(1, 4)


def test_intervals_hold_the_truth_and_hardly_a_call_is_wrong(plain: tuple[Path, Path]) -> None:
    _, home = plain
    found = many_companies(COMPANIES, home)
    summary = summarise(found)
    assert set(summary["kind"]) == {"structure", "velocity", "sign"}
    # cells of one company share their customers, so three companies say little to the per cent
    some = summary[summary["cells"] >= 50]
    assert len(some) == 5 and some["cover"].between(0.80, 0.99).all(), summary.to_string()
    many = summary[summary["called"] >= 20]
    assert len(many) >= 4, summary.to_string()
    assert (many["wrong"] <= 0.1 * many["called"]).all(), summary.to_string()
    for indicator, right, drawn in signs_on_the_right_side(found):
        assert right >= drawn - 1, (indicator, right, drawn)
