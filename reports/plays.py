"""The three plays and the sellers' lists, as the page and the terminal show them.

Belongs here: shape and word of each play, totals per play, the order of a seller's list and its capacity
line. Which play a deal gets is decided in SQL (`mart_opportunity_play`), never here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports import formats
from reports.published import Deal

NO_OWNER = "No owner"
THIN_EVIDENCE_BELOW = 0.5


@dataclass(frozen=True)
class Play:
    """How a play is shown: shape and word besides colour, so that no one needs to see colour."""

    name: str
    shape: str
    verb: str
    meaning: str


PLAYS = (
    Play(
        "Accelerate",
        "\u25b2",
        "accelerate",
        "High motion, manageable risk, acceptable economics. Time goes here first.",
    ),
    Play(
        "Protect",
        "\u25c6",
        "protect",
        "Active motion, but risk or margin must be managed. Fix the weak point before you push.",
    ),
    Play(
        "Park",
        "\u25a0",
        "park",
        "Low motion, or friction out of proportion to value. A check-in, or a call in hours left over.",
    ),
)
PLAY_BY_NAME = {play.name: play for play in PLAYS}


@dataclass(frozen=True)
class PlayTotal:
    """Totals of one play; `hours` are those of the week, so that the plays add up to what is planned, and `check_ins`
    are the lengths of the parked deals' check-ins, which come on top; `roi_mean_sum` sums the means of the `n_known`
    deals, None if none."""

    play: Play
    n_deals: int
    hours: Decimal
    check_ins: tuple[Decimal, ...]
    roi_mean_sum: Decimal | None
    n_known: int

    @property
    def n_unknown(self) -> int:
        """Deals of the play whose economics are unknown, left out of the sum."""
        return self.n_deals - self.n_known


@dataclass(frozen=True)
class SellerList:
    """One seller's deals, those worth this week's hours first, then the rest, each part in rank order."""

    owner_key: str
    owner_name: str
    above: tuple[Deal, ...]
    below: tuple[Deal, ...]
    capacity_hours: Decimal | None
    shadow_price: Decimal | None = None

    @property
    def deals(self) -> tuple[Deal, ...]:
        """All deals in the order shown."""
        return self.above + self.below

    @property
    def planned_hours(self) -> Decimal:
        """Hours of the deals above the line."""
        return sum_hours(self.above)

    def capacity_sentence(self, currency: str | None = None) -> str:
        """The capacity line in words; says so when the capacity is unknown or no work lies below.

        Args:
            currency: upper-case ISO code of the reporting currency; None writes bare numbers.
        """
        planned = formats.hours(self.planned_hours)
        if not self.owner_key:
            return "Nobody owns these deals: assign them before anyone plans hours."
        if self.capacity_hours is None:
            return f"No capacity known for this seller: {planned} suggested, no line drawn."
        drawn = sum_hours(deal for deal in self.above if deal.is_randomised)
        by_lot = f", {formats.hours(drawn)} of them by lot" if drawn else ""
        used = f"{planned} of {formats.hours(self.capacity_hours)} planned{by_lot}"
        spare = sum_hours(deal for deal in self.above if is_in_spare_time(deal))
        used += f", {formats.hours(spare)} in spare time" if spare else ""
        price = ""
        if self.shadow_price:
            price = f" One more hour would bring {formats.money(self.shadow_price, currency, compact=True)}."
        if all(is_parked(deal) or deal.line_reason == "no_gain" for deal in self.below):
            is_gainless = any(deal.line_reason == "no_gain" for deal in self.below)
            below = "parked, or an hour brings less than it costs" if is_gainless else "parked"
            return f"Everything fits: {used}." + (f" Below: {below}.{price}" if self.below else "")
        return f"Capacity line: {used}. Below it: only if there is room.{price}"


def sum_hours(deals: Iterable[Deal]) -> Decimal:
    """Hours of the deals; a deal without hours adds none."""
    return sum((hours_of(deal) for deal in deals), Decimal(0))


def hours_of(deal: Deal) -> Decimal:
    """The hours that a deal gets this week; one that gets none, those that its play asks for."""
    return deal.allocated_hours or deal.suggested_hours or Decimal(0)


def play_totals(deals: Sequence[Deal]) -> tuple[PlayTotal, ...]:
    """Totals per play, in the fixed order of `PLAYS`. Hours count the deals above the line."""
    totals = []
    for play in PLAYS:
        mine = [deal for deal in deals if deal.play == play.name]
        known = [deal.roi_expected_mean for deal in mine if deal.roi_expected_mean is not None]
        totals.append(
            PlayTotal(
                play=play,
                n_deals=len(mine),
                hours=sum_hours(deal for deal in mine if takes_time(deal)),
                check_ins=tuple(hours_of(deal) for deal in mine if is_parked(deal) and not takes_time(deal)),
                roi_mean_sum=sum(known, Decimal(0)) if known else None,
                n_known=len(known),
            )
        )
    return tuple(totals)


def takes_time(deal: Deal) -> bool:
    """Whether the deal gets hours of the week: above the line, with hours to give; a parked one only by lot or in hours
    left over."""
    may_take = not is_parked(deal) or deal.is_randomised or is_in_spare_time(deal)
    return deal.is_above_line and hours_of(deal) > 0 and may_take


def is_in_spare_time(deal: Deal) -> bool:
    """Whether a parked deal gets hours that the plays leave over."""
    return deal.line_reason == "spare_time"


def check_ins_in_words(check_ins: Sequence[Decimal]) -> str:
    """`+ 86 check-ins of 15 min each`, what parked deals take on top of the hours planned; empty where none."""
    lengths = sorted({length for length in check_ins if length > 0})
    if not lengths:
        return ""
    n = sum(1 for length in check_ins if length > 0)
    if len(lengths) == 1:
        each = f"{formats.hours(lengths[0])} each" if n > 1 else formats.hours(lengths[0])
    else:
        each = f"{formats.hours(lengths[0])} to {formats.hours(lengths[-1])} each"
    return f"+ {formats.count(n, 'check-in')} of {each}"


def is_parked(deal: Deal) -> bool:
    """Whether the play is Park."""
    return deal.play == "Park"


def hours_in_words(deal: Deal) -> str:
    """`4 h`, `1 h by lot`, `2 h in spare time`, `4 h if room` below the line, `15 min` for a parked deal, `No time`
    where none is given."""
    if not hours_of(deal) or deal.line_reason == "no_gain":
        return "No time"
    shown = formats.hours(hours_of(deal))
    if deal.is_randomised:
        return f"{shown} by lot"
    if is_in_spare_time(deal):
        return f"{shown} in spare time"
    return shown if takes_time(deal) or is_parked(deal) else f"{shown} if room"


def lot_in_words(deal: Deal) -> str:
    """`By lot (13% chance), to learn what an hour does` for a deal drawn at random; empty for the others."""
    if not deal.is_randomised:
        return ""
    chance = "" if deal.propensity is None else f" ({formats.probability(deal.propensity)} chance)"
    return f"By lot{chance}, to learn what an hour does"


def change_in_words(deal: Deal) -> str:
    """What is new about a deal since last week, e.g. `Up from Park: motion rose from 20.0 to 41.0`; empty when nothing
    is."""
    if deal.change_since_last_week == "new":
        return f"New: {deal.change_reason}" if deal.change_reason else "New"
    if deal.change_since_last_week in ("up", "down"):
        start = f"{deal.change_since_last_week.capitalize()} from {deal.last_week_play}"
        return f"{start}: {deal.change_reason}" if deal.change_reason else start
    if deal.change_reason.startswith("taken over"):
        return deal.change_reason[:1].upper() + deal.change_reason[1:]
    return ""


def seller_lists(deals: Iterable[Deal]) -> tuple[SellerList, ...]:
    """The deals as one list per seller, sellers by name, deals without owner last."""
    by_owner: dict[str, list[Deal]] = {}
    for deal in deals:
        by_owner.setdefault(deal.owner_user_id or "", []).append(deal)
    lists = []
    for key, mine in by_owner.items():
        ranked = sorted(mine, key=_rank_order)
        name = next((deal.owner_name for deal in ranked if deal.owner_name), key or NO_OWNER)
        lists.append(
            SellerList(
                owner_key=key,
                owner_name=name,
                above=tuple(deal for deal in ranked if takes_time(deal)),
                below=tuple(deal for deal in ranked if not takes_time(deal)),
                capacity_hours=next((d.capacity_hours for d in ranked if d.capacity_hours is not None), None),
                shadow_price=next((d.shadow_price for d in ranked if d.shadow_price is not None), None),
            )
        )
    return tuple(sorted(lists, key=lambda seller: (not seller.owner_key, seller.owner_name, seller.owner_key)))


def _rank_order(deal: Deal) -> tuple[bool, int, str]:
    return (deal.rank is None, deal.rank or 0, deal.opportunity_id)


def by_value_per_hour(deals: Iterable[Deal]) -> list[Deal]:
    """All sellers' deals in one order: hours of a play first, then hours left over, then none; in each by value per
    hour, unknown last, the livelier first."""
    return sorted(
        deals,
        key=lambda deal: (
            not takes_time(deal),
            is_in_spare_time(deal),
            deal.value_per_hour is None,
            -(deal.value_per_hour or Decimal(0)),
            -(deal.motion_score or 0.0) if deal.value_per_hour is None else 0.0,
            deal.opportunity_id,
        ),
    )


def play_counts_in_words(deals: Sequence[Deal]) -> str:
    """`accelerate 3, protect 4, park 12`, leaving out plays that do not occur."""
    counts = [(total.play.verb, total.n_deals) for total in play_totals(deals) if total.n_deals]
    return ", ".join(f"{verb} {n}" for verb, n in counts)


def verdict(seller: SellerList) -> str:
    """One sentence a seller can act on: what the week is, and where to start."""
    planned = formats.hours(seller.planned_hours)
    room = "" if seller.capacity_hours is None else f" of {formats.hours(seller.capacity_hours)}"
    counts = play_counts_in_words(seller.deals)
    if not seller.owner_key:
        return f"{counts[:1].upper()}{counts[1:]}. Assign an owner to {formats.count(len(seller.deals), 'deal')}."
    if not seller.above:
        return f"{counts[:1].upper()}{counts[1:]}. No deal earns hours this week."
    first = formats.cut(seller.above[0].opportunity_name, 70)
    return (
        f"{counts[:1].upper()}{counts[1:]}. {planned}{room} planned on "
        f"{formats.count(len(seller.above), 'deal')}; start with {first}."
    )


def verdict_for_all(deals: Sequence[Deal], sellers: Sequence[SellerList]) -> str:
    """The week of the whole team in one sentence."""
    planned = sum((seller.planned_hours for seller in sellers), Decimal(0))
    n_sellers = sum(1 for seller in sellers if seller.owner_key)
    return (
        f"{formats.count(len(deals), 'open deal')}, {formats.count(n_sellers, 'seller')}: "
        f"{play_counts_in_words(deals)}. {formats.hours(planned)} planned."
    )


def is_thin(evidence: float | None) -> bool:
    """Whether a score rests on too little evidence to be read as a number; unknown counts as thin."""
    return evidence is None or evidence < THIN_EVIDENCE_BELOW
