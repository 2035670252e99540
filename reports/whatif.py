"""The three questions asked of any numbers, for `segments whatif`: terms, each line of arithmetic, break-evens, answer.

Belongs here: choosing the terms, wording, and the record for JSON. The arithmetic is `orchestration/inference/cards`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.errors import WrongUse
from orchestration.inference import cards
from reports import formats
from reports.whatif_input import read_money, read_points, read_share, read_years
from reports.whatif_segment import NOTHING_KNOWN, SegmentTerms

WIDTH = 100


@dataclass(frozen=True)
class Term:
    """One number that goes in, with where it is from: 'given', 'segment S1' or 'left out'."""

    name: str
    shown: str
    value: Decimal
    source: str


@dataclass(frozen=True)
class Line:
    """One line of arithmetic as it is written down, and its result."""

    formula: str
    amount: Decimal


@dataclass(frozen=True)
class WhatIf:
    """An answer with everything it rests on.

    Attributes:
        question: enter, accelerate or concede.
        value: what the card formula gives, major units; what a concession gives away is negative here.
        answer: yes or no.
        break_evens: name, value (None where nothing turns the answer) and sentence.
        interval: name, mean, p05, p95 of the segment's own figures; None without a segment or where it knows none.
    """

    question: str
    terms: tuple[Term, ...]
    lines: tuple[Line, ...]
    value: Decimal
    answer: str
    reason: str
    break_evens: tuple[tuple[str, Decimal | None, str], ...]
    interval: tuple[str, Decimal, Decimal, Decimal] | None = None


class _Terms:
    """Collects the terms of one question: given first, else the segment's, else the default, else wrong use."""

    def __init__(self, segment: SegmentTerms | None, currency: str | None) -> None:
        self.found: list[Term] = []
        self._segment = segment
        self._currency = currency

    def take(
        self,
        option: str,
        value: Decimal | None,
        show: Callable[[Decimal], str],
        of_segment: Decimal | None = None,
        default: Decimal | None = None,
    ) -> Decimal:
        name = option.removeprefix("--").replace("-", " ")
        source = "given"
        if value is None and self._segment is not None and of_segment is not None:
            value, source = of_segment, f"segment {self._segment.segment_id}"
        if value is None and default is not None:
            value, source = default, "left out"
        if value is None:
            where = "" if self._segment is None else f", and segment {self._segment.segment_id} does not know it"
            next_step = "" if self._segment is not None else " or take it from a segment: --segment S1"
            raise WrongUse(f"{option} is missing{where}.", f"Give it, for instance {_EXAMPLES[option]}{next_step}.")
        self.found.append(Term(name, show(value), value, source))
        return value

    def money(self, value: Decimal) -> str:
        return formats.money(value, self._currency)


_EXAMPLES = {
    "--arr": "--arr 30000",
    "--gross-margin": "--gross-margin 65%",
    "--support": "--support 6000",
    "--cac": "--cac 9000",
    "--renewal": "--renewal 80%",
    "--years": "--years 3",
    "--expand": "--expand 70%",
    "--value": "--value 18000",
    "--margin": "--margin 70%",
    "--cost": "--cost 3000",
    "--added-support": "--added-support 0",
    "--margin-points": "--margin-points 10",
}


_READERS: Mapping[str, Callable[[str, str], Decimal]] = {
    "--arr": read_money,
    "--gross-margin": lambda option, text: read_share(option, text, lowest=-1),
    "--support": read_money,
    "--cac": read_money,
    "--renewal": read_share,
    "--years": read_years,
    "--expand": read_share,
    "--value": read_money,
    "--margin": lambda option, text: read_share(option, text, lowest=-1),
    "--cost": read_money,
    "--added-support": read_money,
    "--margin-points": read_points,
    "--win-probability": read_share,
    "--win-uplift": read_share,
}


def ask(
    question: str,
    given: Mapping[str, str | None],
    segment: SegmentTerms | None = None,
    currency: str | None = None,
) -> WhatIf:
    """Answer enter, accelerate or concede from texts by option name; what is None is the segment's.

    Raises:
        WrongUse: a text is no such number, or a term is neither given nor known of the segment.
    """
    read = {option: None if text is None else _READERS[option](option, text) for option, text in given.items()}
    answer = {"enter": ask_enter, "accelerate": ask_accelerate, "concede": ask_concede}[question]
    return answer(read, segment, currency)


def ask_enter(
    given: Mapping[str, Decimal | None], segment: SegmentTerms | None = None, currency: str | None = None
) -> WhatIf:
    """Should this customer be let in? `given` by option name; what is None is the segment's.

    Raises:
        WrongUse: a term is neither given nor known of the segment.
    """
    terms, known = _Terms(segment, currency), segment or NOTHING_KNOWN
    money = terms.money
    arr = terms.take("--arr", given["--arr"], money, known.arr)
    margin = terms.take("--gross-margin", given["--gross-margin"], _share, known.gross_margin_rate)
    support = terms.take("--support", given["--support"], money, known.support_cost(arr))
    cac = terms.take("--cac", given["--cac"], money, known.cac)
    renewal = terms.take("--renewal", given["--renewal"], _share, known.renewal_rate)
    years = terms.take("--years", given["--years"], _plain, known.life_years)
    of_year = cards.enter_value(arr, margin, support, 1, 1, 0)
    of_life = cards.enter_value(arr, margin, support, years, renewal, 0)
    value = cards.enter_value(arr, margin, support, years, renewal, cac)
    lowest = cards.lowest_renewal(arr, margin, support, years, cac)
    if lowest is None:
        renewal_says = "No renewal probability pays: a year leaves nothing after support."
    elif lowest > 1:
        renewal_says = "No renewal probability pays: even if everybody renewed, the acquisition would not come back."
    else:
        renewal_says = f"Pays as long as more than {_share(lowest)} renew."
    largest = cards.largest_acquisition_cost(arr, margin, support, years, renewal)
    cac_says = (
        f"Pays as long as winning it costs less than {money(largest)}."
        if largest > 0
        else "No acquisition cost is low enough."
    )
    interval = None if segment is None else segment.entry_interval(arr, cac)
    return WhatIf(
        question="enter",
        terms=tuple(terms.found),
        lines=(
            Line(f"A year: {money(arr)} x {_share(margin)} - {money(support)}", of_year),
            Line(f"Over the life: {money(of_year)} x {_plain(years)} years x {_share(renewal)}", of_life),
            Line(f"After acquisition: {money(of_life)} - {money(cac)}", value),
        ),
        value=value,
        answer="yes" if value > 0 else "no",
        reason=(
            f"it leaves {money(value)} over its life, all costs paid"
            if value > 0
            else f"over its life it costs {money(-value)} more than it brings"
            if value < 0
            else "over its life it brings just what it costs"
        ),
        break_evens=(
            ("lowest_renewal", lowest if lowest is not None and lowest <= 1 else None, renewal_says),
            ("largest_cac", largest if largest > 0 else None, cac_says),
        ),
        interval=interval,
    )


def ask_accelerate(
    given: Mapping[str, Decimal | None], segment: SegmentTerms | None = None, currency: str | None = None
) -> WhatIf:
    """Should this deal be accelerated?

    Raises:
        WrongUse: a term is neither given nor known of the segment.
    """
    terms, known = _Terms(segment, currency), segment or NOTHING_KNOWN
    money = terms.money
    expand = terms.take("--expand", given["--expand"], _share, known.expand_probability)
    value_of = terms.take("--value", given["--value"], money, known.expansion_value)
    margin = terms.take("--margin", given["--margin"], _share, known.gross_margin_rate)
    cost = terms.take("--cost", given["--cost"], money)
    added = terms.take("--added-support", given["--added-support"], money, default=Decimal(0))
    gain = cards.accelerate_value(expand, value_of, margin, 0)
    value = cards.accelerate_value(expand, value_of, margin, cost, added)
    largest = cards.largest_acceleration_cost(expand, value_of, margin, added)
    per_share = cards.accelerate_value(1, value_of, margin, 0)
    lowest = (cost + added) / per_share if per_share > 0 else None
    lowest_pays = lowest if lowest is not None and lowest <= 1 else None
    return WhatIf(
        question="accelerate",
        terms=tuple(terms.found),
        lines=(
            Line(f"Expected expansion margin: {_share(expand)} x {money(value_of)} x {_share(margin)}", gain),
            Line(f"After cost and added support: {money(gain)} - {money(cost)} - {money(added)}", value),
        ),
        value=value,
        answer="yes" if value > 0 else "no",
        reason=(
            f"it brings {money(value)} more than it costs"
            if value > 0
            else f"it costs {money(-value)} more than it brings"
            if value < 0
            else "it brings just what it costs"
        ),
        break_evens=(
            (
                "largest_cost",
                largest if largest > 0 else None,
                f"Pays as long as it costs less than {money(largest)}." if largest > 0 else "No cost is low enough.",
            ),
            (
                "lowest_expand",
                lowest_pays,
                "No expansion probability pays."
                if lowest_pays is None
                else f"Pays as long as more than {_share(lowest_pays)} expand.",
            ),
        ),
        interval=None if segment is None else segment.acceleration_interval(value_of, margin, cost + added),
    )


def ask_concede(
    given: Mapping[str, Decimal | None], segment: SegmentTerms | None = None, currency: str | None = None
) -> WhatIf:
    """Should this concession be made? Without a rise of the win probability nothing stands against the loss.

    Raises:
        WrongUse: a term is neither given nor known of the segment, or one of two that belong together is missing.
    """
    terms, known = _Terms(segment, currency), segment or NOTHING_KNOWN
    money = terms.money
    arr = terms.take("--arr", given["--arr"], money, known.arr)
    points = terms.take("--margin-points", given["--margin-points"], _points)
    years = terms.take("--years", given["--years"], _plain, known.life_years)
    loss = cards.concede_loss(arr, points, years)
    lines = [
        Line(f"A year: {money(arr)} x {_points(points)}", cards.concede_loss(arr, points, 1)),
        Line(f"Over the life: {money(cards.concede_loss(arr, points, 1))} x {_plain(years)} years", loss),
    ]
    win, uplift = given["--win-probability"], given["--win-uplift"]
    if win is None:
        if uplift is not None:
            raise WrongUse(
                "--win-uplift says how much more often the deal is won, but not from where.",
                "Give --win-probability, too, for instance --win-probability 40%.",
            )
        value = -loss
        break_evens: tuple[tuple[str, Decimal | None, str], ...] = (
            (
                "needed_gain",
                loss,
                f"Pays only if it brings more than {money(loss)} that would not come without it. Give "
                "--win-probability, --gross-margin and --support to see how much more often it must win.",
            ),
        )
    else:
        win = terms.take("--win-probability", win, _share)
        uplift = terms.take("--win-uplift", uplift, _share, default=Decimal(0))
        if win + uplift > 1:
            raise WrongUse(
                f"--win-probability and --win-uplift make {_share(win + uplift)}.", "Together they may be 100% at most."
            )
        margin = terms.take("--gross-margin", given["--gross-margin"], _share, known.gross_margin_rate)
        support = terms.take("--support", given["--support"], money, known.support_cost(arr))
        won = cards.enter_value(arr, margin, support, years, 1, 0)
        value = cards.concede_value(won, loss, win, uplift)
        lines += [
            Line(f"Worth once won: ({money(arr)} x {_share(margin)} - {money(support)}) x {_plain(years)} years", won),
            Line(f"With it: {_share(win + uplift)} x ({money(won)} - {money(loss)})", (win + uplift) * (won - loss)),
            Line(f"Without it: {_share(win)} x {money(won)}", win * won),
            Line("Difference", value),
        ]
        needed = cards.needed_win_uplift(won, loss, win)
        most = cards.largest_margin_points(arr, years, won, win, uplift) if uplift > 0 else None
        break_evens = (
            (
                "needed_win_uplift",
                needed,
                "No rise of the win probability pays for it."
                if needed is None
                else f"Pays only if it lifts the win probability by more than {_points(needed * 100)}, from "
                f"{_share(win)} to {_share(win + needed)}.",
            ),
            (
                "largest_margin_points",
                most,
                "Without a rise of the win probability no concession pays."
                if most is None
                else f"That rise pays for a concession of up to {_points(most)}.",
            ),
        )
    return WhatIf(
        question="concede",
        terms=tuple(terms.found),
        lines=tuple(lines),
        value=value,
        answer="yes" if value > 0 or loss == 0 else "no",
        reason=(
            "it gives nothing away"
            if loss == 0
            else f"it brings {money(value)} more than it gives away"
            if value > 0
            else f"a rise of {_points(uplift * 100)} brings {money(-value)} less than it gives away"
            if uplift
            else f"it gives away {money(loss)} of margin over the life and nothing named here brings as much"
        ),
        break_evens=break_evens,
        interval=None if segment is None else segment.concession_interval(arr, points),
    )


def as_record(found: WhatIf) -> dict[str, Any]:
    """The answer for JSON: numbers as text with all their digits, None where nothing turns the answer."""
    terms = {term.name.replace(" ", "_"): {"value": _text(term.value), "source": term.source} for term in found.terms}
    record: dict[str, Any] = {
        "question": found.question,
        "answer": found.answer,
        "value": _text(found.value),
        "reason": found.reason,
        "terms": terms,
        "lines": [{"formula": line.formula, "amount": _text(line.amount)} for line in found.lines],
        "break_evens": {name: None if value is None else _text(value) for name, value, _ in found.break_evens},
    }
    if found.interval is not None:
        name, mean, p05, p95 = found.interval
        record["interval"] = {"name": name, "mean": _text(mean), "p05": _text(p05), "p95": _text(p95)}
    return record


_TITLES = {
    "enter": "Should this customer be let in?",
    "accelerate": "Should this deal be accelerated?",
    "concede": "Should this concession be made?",
}


def render_whatif(found: WhatIf, console: Console, *, currency: str | None) -> None:
    """Write question, terms, arithmetic, answer and break-evens in at most 100 columns."""
    width = min(console.width, WIDTH)
    console.print(Text(_TITLES[found.question], style="bold"), width=width)
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column()
    for term in found.terms:
        table.add_row(f"  {term.name}", term.shown, Text(term.source, style="dim"))
    console.print(table, width=width)
    console.print()
    for line in found.lines:
        console.print(Text(f"  {line.formula} = {formats.money(line.amount, currency)}"), width=width)
    console.print()
    style = "bold green" if found.answer == "yes" else "bold red"
    console.print(Text(f"{found.answer.capitalize()}: {found.reason}.", style=style), width=width)
    for _, _, sentence in found.break_evens:
        console.print(Text(f"  {sentence}"), width=width)
    if found.interval is not None:
        name, mean, p05, p95 = (found.interval[0], *(formats.money(amount, currency) for amount in found.interval[1:]))
        console.print(Text(f"  {name}: {mean} (nine times in ten {p05} to {p95})."), width=width)


def _share(value: Decimal) -> str:
    percent = (value * 100).quantize(Decimal("0.1"))
    return f"{percent.normalize():f}%"


def _points(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.1")).normalize()
    return f"{rounded:f} point{'' if rounded == 1 else 's'}"


def _plain(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')).normalize():f}"


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"
