"""The run lock as a resource: held from the first step of a run to its last."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.paths import Home
from orchestration.publishing.lock import run_lock


class RunLock(dg.ConfigurableResource["RunLock"]):
    """Holds the lock on the data folder while a run lasts; every step that writes asks for it.

    `is_held` says that this process took the lock before it started the run.
    """

    is_held: bool = False

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["RunLock"]:
        """Take the lock, unless this process has it.

        Raises:
            LockHeld: another run is on.
        """
        if self.is_held:
            yield self
            return
        with run_lock(Home.from_env()):
            yield self
