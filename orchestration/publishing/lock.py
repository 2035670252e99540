"""One writer at a time: an operating-system lock that dies with its process."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

from orchestration.errors import LockHeld
from orchestration.paths import Home


def _holder(handle: IO[str]) -> str:
    """Who holds the lock, as far as the file tells."""
    handle.seek(0)
    try:
        content = json.loads(handle.read())
        return f"process {content['pid']} since {content['started_at']}"
    except (json.JSONDecodeError, KeyError, TypeError):
        return "another process"  # it holds the lock, but has not written its name yet


@contextmanager
def run_lock(home: Home) -> Iterator[None]:
    """Hold the run lock of a data folder.

    The lock is the operating system's (flock): a killed process leaves the file behind, not the lock, so the
    next run takes over without hand work. Local disks only.

    Raises:
        LockHeld: another process holds it; names its process id and start.
    """
    home.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with home.lock_file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockHeld(
                f"Another run holds the lock {home.lock_file}: {_holder(handle)}.",
                "Wait until it is done, or stop that process, and run again.",
            ) from error
        try:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            handle.seek(0)
            handle.truncate()
            handle.write(json.dumps({"pid": os.getpid(), "started_at": started}) + "\n")
            handle.flush()
            yield
        finally:
            # emptied, not deleted: deleting would let two processes lock two different files of one name
            handle.seek(0)
            handle.truncate()
            handle.flush()
            fcntl.flock(handle, fcntl.LOCK_UN)
