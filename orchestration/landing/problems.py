"""Problems found while landing, gathered so that a person sees all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.errors import InputError

SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input, and what to do about it."""

    message: str
    next_step: str


def input_error(problems: Sequence[Problem]) -> InputError:
    """Return one error for all problems: the first 20 in full, the rest counted."""
    if len(problems) == 1:
        return InputError(problems[0].message, problems[0].next_step)
    lines = [f"{n}. {p.message} {p.next_step}" for n, p in enumerate(problems[:SHOWN], start=1)]
    more = f"\n... and {len(problems) - SHOWN} more." if len(problems) > SHOWN else ""
    return InputError(
        f"{len(problems)} problems in the raw data:\n" + "\n".join(lines) + more,
        "Correct these and run again; nothing was changed.",
    )
