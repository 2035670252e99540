"""Each side of the rule that says how much a number rests on its own segment."""

import pytest

from orchestration.inference.constants import MATURE_EVENTS
from orchestration.inference.evidence import fallback_level


@pytest.mark.parametrize(
    ("observed", "events", "company", "level"),
    [
        (0, 0, 0, "prior_only"),
        (0, 0, 1, "company"),
        (1, 0, 1, "partly_pooled"),
        (500, MATURE_EVENTS - 1, 900, "partly_pooled"),
        (500, MATURE_EVENTS, 900, "segment"),
    ],
)
def test_the_level_says_whose_data_decide(observed: int, events: int, company: int, level: str) -> None:
    assert fallback_level(observed, events, company) == level
