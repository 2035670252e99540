"""Errors a person can act on, each with the exit code of the command line.

Belongs here: the exception classes and nothing else. Every message names the table, column and row where there is
one; `next_step` says what to do about it.
"""


class SegmentsError(Exception):
    """Base of all expected failures.

    Args:
        message: what is wrong, naming table, column and row where they apply.
        next_step: one sentence on what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} Next step: {self.next_step}" if self.next_step else self.message


class CheckFailed(SegmentsError):
    """A data or model check said no; nothing was published."""

    exit_code = 1


class WrongUse(SegmentsError):
    """The command line was used wrongly (unknown option value, impossible date)."""

    exit_code = 2


class InputError(SegmentsError):
    """An input is missing, stale, unreadable or of the wrong type."""

    exit_code = 3


class LockHeld(SegmentsError):
    """Another run holds the lock on the work file."""

    exit_code = 75
