"""The weekly play list in the terminal, and the same list as plain rows.

Belongs here: choosing, cutting and laying out rows for `segments plays`. The page `site` shows the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from orchestration.errors import WrongUse
from reports import formats
from reports.plays import (
    PLAY_BY_NAME,
    PLAYS,
    SellerList,
    by_value_per_hour,
    change_in_words,
    hours_in_words,
    lot_in_words,
    seller_lists,
    takes_time,
    verdict,
    verdict_for_all,
)
from reports.published import Deal, PublishedWeek, read_week
from reports.unknowns import has_crm, in_short, unmatched_revenue, verdict_without_deals

_STYLES = {"Accelerate": "green", "Protect": "yellow", "Park": "bright_black"}

_ROW_FIELDS = (
    "owner_user_id",
    "owner_name",
    "rank",
    "opportunity_id",
    "opportunity_name",
    "account_name",
    "segment_id",
    "segment_name",
    "stage_name",
    "close_on",
    "arr_amount",
    "play",
    "next_action",
    "suggested_hours",
    "allocated_hours",
    "cumulative_hours",
    "capacity_hours",
    "is_above_line",
    "line_reason",
    "is_randomised",
    "propensity",
    "shadow_price",
    "value_per_hour",
    "last_week_play",
    "change_since_last_week",
    "change_reason",
    "is_economics_known",
    "is_support_cost_unknown",
    "roi_expected_mean",
    "roi_expected_p05",
    "roi_expected_p95",
    "p_expected_roi_negative",
    "win_probability",
    "motion_score",
    "risk_score",
    "profitability_score",
    "deciding_rule",
    "deciding_rule_sentence",
    "flip_sentence",
)


def plays_as_rows(
    published: Path, *, owner: str | None = None, play: str | None = None, limit: int = 0
) -> list[dict[str, Any]]:
    """The list as plain rows for JSON or CSV: raw figures, ISO dates, None for unknown.

    Args:
        published: folder that holds `current.duckdb`, or the file itself.
        owner: a seller's id, name, or a part of the name that fits one seller only; None takes all sellers.
        play: Accelerate, Protect or Park in any case; None takes all.
        limit: at most this many rows; 0 takes all.

    Raises:
        InputError: nothing is published, or the file cannot be read.
        WrongUse: no such seller, several sellers fit, no such play, or a negative limit.
    """
    week = read_week(published)
    deals, _ = _chosen(week, owner, play, limit)
    head = {
        "decision_week_on": None if week.decision_week_on is None else week.decision_week_on.isoformat(),
        "as_of_date": None if week.as_of_date is None else week.as_of_date.isoformat(),
        "run_id": week.run_id,
    }
    return [{**head, **{name: _plain(getattr(deal, name)) for name in _ROW_FIELDS}} for deal in deals]


def render_plays(
    published: Path,
    console: Console,
    *,
    owner: str | None,
    play: str | None,
    limit: int,
    currency: str | None = None,
) -> None:
    """Write the verdict, the list and the capacity line; arguments and errors as `plays_as_rows`.

    Args:
        currency: upper-case ISO code of the reporting currency; None writes bare numbers.
    """
    week = read_week(published)
    deals, seller = _chosen(week, owner, play, limit)
    console.print(Text(_headline(week, seller), style="bold"))
    if not week.deals:
        if has_crm(week.checks):
            console.print("No open opportunity on that day, so there is nothing to accelerate, protect or park.")
        else:
            console.print("For plays, deliver salesforce.account and salesforce.opportunity and build again.")
        _print_unknowns(week, console)
        return
    if not deals:
        console.print("No deal matches. Drop --play or --owner to see more.")
        return
    n_all = len(_filtered(week.deals if seller is None else seller.deals, play))
    _print_list(deals, seller, week.as_of_date, currency, console, is_complete=len(deals) == n_all)
    if len(deals) < n_all:
        console.print(f"{len(deals)} of {n_all} deals shown; --limit 0 shows all.", style="dim")
    if seller is None:
        console.print("One seller's list with the capacity line: --owner NAME.", style="dim")
    _print_unknowns(week, console)


def _print_unknowns(week: PublishedWeek, console: Console) -> None:
    """What the build could not know, under the list; nothing when it knew all it asked for."""
    headline = unmatched_revenue(week.checks)
    if headline:
        console.print(Text(headline, style="dim"))
    lines = in_short(week.checks)
    if lines:
        console.print("What this build could not know:", style="bold")
    for line in lines:
        console.print(Text(f"- {line}", style="dim"))


def _headline(week: PublishedWeek, seller: SellerList | None) -> str:
    """The verdict of the week in one sentence."""
    start = f"Week of {formats.day(week.decision_week_on)} (as of {formats.day(week.as_of_date)}"
    if not week.deals:
        return f"{start}). {verdict_without_deals(week)}"
    if seller is None:
        return f"{start}). {verdict_for_all(week.deals, seller_lists(week.deals))}"
    return f"{start}), {seller.owner_name}. {verdict(seller)}"


_INDENT = 4


def _print_list(
    deals: Sequence[Deal],
    seller: SellerList | None,
    as_of: date | None,
    currency: str | None,
    console: Console,
    *,
    is_complete: bool,
) -> None:
    """One block per deal; those without hours this week are dim and short, the capacity line stands above them.

    A list cut short above the line ends without it: the line at the cut would be in the wrong place.
    """
    is_line_drawn = seller is None
    for position, deal in enumerate(deals, start=1):
        has_time = takes_time(deal)
        if not has_time and not is_line_drawn and seller is not None:
            _print_capacity_line(seller, currency, console)
            is_line_drawn = True
        number = str(position) if seller is None else ("" if deal.rank is None else str(deal.rank))
        heading = _heading(number, deal, as_of, with_owner=seller is None)
        heading.truncate(console.width, overflow="ellipsis")
        style = "" if has_time else "dim"
        console.print(heading, style=style, no_wrap=True)
        for line in _advice(deal, currency):
            console.print(Padding(line, (0, 0, 0, _INDENT)), style=style)
    if is_complete and not is_line_drawn and seller is not None:
        _print_capacity_line(seller, currency, console)


def _print_capacity_line(seller: SellerList, currency: str | None, console: Console) -> None:
    console.print(Text(f"\u2500\u2500\u2500 {seller.capacity_sentence(currency)}", style="bold"))


def _heading(number: str, deal: Deal, as_of: date | None, *, with_owner: bool) -> Text:
    """Rank, play, hours, deal; what the line has no room for is cut from its end."""
    known = PLAY_BY_NAME.get(deal.play)
    # Text, not a plain string: rich would read [brackets] in a deal's name as markup.
    text = Text(f"{number:>3} ")
    text.append(f"{known.shape if known else '?'} {deal.play}", style=_STYLES.get(deal.play, ""))
    text.append(f"  {hours_in_words(deal)}  ")
    text.append(formats.cut(deal.opportunity_name, 40), style="bold")
    facts = [deal.owner_name or "no owner"] if with_owner else []
    facts += [_due(deal.close_on, as_of), deal.stage_name]
    facts += [] if deal.account_name in deal.opportunity_name else [formats.cut(deal.account_name, 30)]
    text.append("".join(f" \u00b7 {fact}" for fact in facts), style="dim")
    return text


def _due(close_on: date | None, as_of: date | None) -> str:
    """`by 6 Nov`, with the year where it is another one; `was due` once the date has passed."""
    if close_on is None:
        return "no date"
    is_this_year = as_of is not None and close_on.year == as_of.year
    shown = formats.day(close_on).rpartition(" ")[0] if is_this_year else formats.day(close_on)
    return f"{'was due' if as_of is not None and close_on < as_of else 'by'} {shown}"


def _advice(deal: Deal, currency: str | None) -> list[Text]:
    """What to do, why, what it is worth and what would change it; a parked deal is told in two lines."""
    is_short = deal.play == "Park" and not takes_time(deal)
    lines = [Text(deal.next_action or "No action set", style="bold"), _why(deal, with_drivers=not is_short)]
    if not is_short:
        lines.append(_worth(deal, currency))
        turns = ". ".join(words for words in (change_in_words(deal), deal.flip_sentence) if words)
        if turns:
            lines.append(Text(turns, style="dim"))
    return lines


def _why(deal: Deal, *, with_drivers: bool) -> Text:
    """The rule, and the strongest driver either way; a drawn deal says first that the lot fell on it."""
    text = Text(deal.deciding_rule_sentence or "No reason recorded")
    if deal.is_randomised:
        text = Text(f"{lot_in_words(deal)}. Otherwise: ").append_text(text)
    drivers = [
        *(f"+ {words}" for words in deal.drivers_up[:1]),
        *(f"\u2212 {words}" for words in deal.drivers_down[:1]),
    ]
    if drivers and with_drivers:
        text.append(f" ({'; '.join(drivers)})", style="dim")
    return text


def _worth(deal: Deal, currency: str | None) -> Text:
    """Expected lifecycle ROI with its interval, the chance to win and what an hour brings."""

    def short(value: Decimal | None) -> str:
        return formats.money(value, currency, compact=True)

    text = Text("Worth ").append(short(deal.roi_expected_mean))
    if deal.roi_expected_p05 is not None and deal.roi_expected_p95 is not None:
        text.append(f" ({short(deal.roi_expected_p05)} to {short(deal.roi_expected_p95)})")
    if deal.is_economics_known and deal.is_support_cost_unknown:
        text.append(" before support")
    text.append(f" on ARR {short(deal.arr_amount)}")
    if deal.win_probability is not None:
        text.append(f", win {formats.probability(deal.win_probability)}")
    if deal.value_per_hour is not None:
        text.append(f", an hour {short(deal.value_per_hour)}")
    if deal.p_expected_roi_negative is not None and deal.p_expected_roi_negative >= 0.01:
        text.append(f", loss {formats.probability(deal.p_expected_roi_negative)}", style="red")
    return text


def _chosen(
    week: PublishedWeek, owner: str | None, play: str | None, limit: int
) -> tuple[list[Deal], SellerList | None]:
    """The rows asked for in their order, and the seller when one was asked for."""
    if limit < 0:
        raise WrongUse(f"--limit {limit} is below zero.", "Give a number of rows, or 0 for all.")
    sellers = seller_lists(week.deals)
    seller = None if owner is None else _find_seller(sellers, owner)
    deals = _filtered(by_value_per_hour(week.deals) if seller is None else seller.deals, play)
    return (deals[:limit] if limit else deals), seller


def _filtered(deals: Sequence[Deal], play: str | None) -> list[Deal]:
    if play is None:
        return list(deals)
    name = next((known.name for known in PLAYS if known.name.lower() == play.strip().lower()), None)
    if name is None:
        raise WrongUse(f"There is no play '{play}'.", f"Use one of {', '.join(known.name for known in PLAYS)}.")
    return [deal for deal in deals if deal.play == name]


def _find_seller(sellers: Sequence[SellerList], owner: str) -> SellerList:
    wanted = owner.strip().casefold()
    exact = [s for s in sellers if s.owner_key == owner.strip() or s.owner_name.casefold() == wanted]
    found = exact or [s for s in sellers if wanted and wanted in s.owner_name.casefold()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{s.owner_name} ({s.owner_key or 'no id'})" for s in (found or sellers)[:12])
    if found:
        raise WrongUse(f"'{owner}' fits {len(found)} sellers: {names}.", "Give the whole name or the id.")
    raise WrongUse(f"No seller '{owner}' has open deals this week.", f"Sellers: {names or 'none'}.")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
