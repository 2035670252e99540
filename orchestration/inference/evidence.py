"""How much a number rests on its own segment: one rule, the same words in every table.

Belongs here: the levels of `fallback_level` and the rule that gives one. A claim about a segment needs
`MATURE_EVENTS` events of the segment itself; with fewer the number leans on the other segments and says so.
"""

from typing import Final

from orchestration.inference.constants import MATURE_EVENTS

# the segment's own data decide
OWN: Final = "segment"
# some data of its own, too few to stand alone: partly those of all segments
PARTLY_POOLED: Final = "partly_pooled"
# none of its own: what all segments of this company have in common
COMPANY: Final = "company"
# nothing was observed in the whole company: the prior, which is nobody's
PRIOR: Final = "prior_only"


def fallback_level(n_observed: float, n_events: float, n_observed_company: float) -> str:
    """Return the level of one number.

    Args:
        n_observed: units observed in the segment (customer-months, deals, weeks).
        n_events: events among them; for a measurement, the measurements themselves.
        n_observed_company: units observed in all segments together.
    """
    if n_observed_company <= 0:
        return PRIOR
    if n_observed <= 0:
        return COMPANY
    return OWN if n_events >= MATURE_EVENTS else PARTLY_POOLED
