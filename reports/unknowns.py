"""What the build could not know, in the words of its own checks.

Belongs here: choosing and ordering the checks that a reader must take for unknown. The sentences stand in
`mart_data_quality`; the page and the terminal show the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reports import formats
from reports.published import Check, PublishedWeek

COVERAGE = "coverage"
# Doubts about keys, rows and links are for who keeps the data; they stand in the list of checks.
_FOR_SELLERS = (COVERAGE, "economics")
CRM = "delivered_crm"
UNMATCHED_REVENUE = "revenue_unmatched"
SHOWN = 5

# What takes most from a reader comes first; the rest follows by name.
_FIRST = (
    CRM,
    "delivered_billing",
    "recurring_revenue_was_found",
    "currencies_without_rate",
    "retention_was_seen",
    "delivered_margin",
    "planning_amounts_have_a_rate",
    "win_chance_is_known",
    "delivered_support",
    "delivered_support_rate",
    "delivered_deal_history",
    "delivered_activity",
)


def unknowns(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks to read as unknown, most important first: what was not delivered, and warnings about value."""
    place = {name: at for at, name in enumerate(_FIRST)}
    found = [
        c
        for c in checks
        if c.check_group in _FOR_SELLERS and (c.status == "warn" or (c.status == "info" and c.check_group == COVERAGE))
    ]
    return tuple(sorted(found, key=lambda c: (place.get(c.check_name, len(place)), c.check_group, c.check_name)))


def sentence(check: Check) -> str:
    """The check in words, led by its count where the words go on to say of how many."""
    words = check.detail or check.check_name.replace("_", " ")
    if check.n_rows is None or check.check_group == COVERAGE or ", of " not in words:
        return words
    return f"{check.n_rows:,} {words[:1].lower()}{words[1:]}"


def unmatched_revenue(checks: Iterable[Check]) -> str:
    """How much revenue stands without a CRM account, in words; empty where a company has no CRM or no revenue."""
    found = next((c for c in checks if c.check_name == UNMATCHED_REVENUE), None)
    if found is None or found.status == "info" or " per cent" not in found.detail:
        return ""
    share = found.detail.split(";")[0].rsplit(": ", maxsplit=1)[-1].removesuffix(" per cent")
    return f"{share} % of revenue without a CRM account"


def has_crm(checks: Sequence[Check]) -> bool:
    """Whether deals were delivered at all; a build that does not say so has them."""
    return all(check.status == "pass" for check in checks if check.check_name == CRM)


def verdict_without_deals(week: PublishedWeek) -> str:
    """The week in one sentence when there is no deal to act on: why, and what the build knows instead."""
    if has_crm(week.checks):
        return "No open deals this week."
    start = "No deals were delivered, so there are no plays."
    kept = next((s for s in week.segments if s.survival_12m_mean is not None), None)
    if kept is None or len(week.segments) != 1:
        return start
    interval = ""
    if kept.survival_12m_p05 is not None and kept.survival_12m_p95 is not None:
        interval = f" ({formats.percent(kept.survival_12m_p05)} to {formats.percent(kept.survival_12m_p95)})"
    return f"{start} {formats.percent(kept.survival_12m_mean)}{interval} of customers are still there after 12 months."


def in_short(checks: Iterable[Check]) -> list[str]:
    """At most five sentences for the terminal, and how many more the page holds."""
    found = unknowns(checks)
    lines = [sentence(check) for check in found[:SHOWN]]
    return [*lines, f"and {len(found) - SHOWN} more on the page"] if len(found) > SHOWN else lines
