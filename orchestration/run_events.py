"""Dagster's record of one run, kept as a list in this process.

Belongs here: what replaces Dagster's own in-memory store for a build from the command line. That store is a SQLite
database: it writes every event as JSON and asks for the past of each asset, which costs seconds, while such a run
has no past and its events are read twice: by the progress on screen and by the gate in front of publishing.
"""

from collections.abc import Collection, Sequence
from typing import Any

import dagster as dg
from dagster._core.event_api import EventLogCursor
from dagster._core.instance.types import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log.base import EventLogConnection
from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import TemporaryLocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage

_NONE_YET = str(EventLogCursor.from_storage_id(-1))


class RunEvents(InMemoryEventLogStorage):
    """Events in the order they came; no asset has a past.

    What a store can be asked beyond that (concurrency slots, asset partitions, tags) is answered by the empty
    database of the class above, as for a run that has only begun.
    """

    def __init__(self) -> None:
        super().__init__()
        self._records: list[dg.EventLogRecord] = []
        self._partitions: dict[str, list[str]] = {}

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Keep an event and tell those who watch its run; storage ids count from 1."""
        record = dg.EventLogRecord(storage_id=len(self._records) + 1, event_log_entry=event)
        self._records.append(record)
        for handler in list(self._handlers[event.run_id]):
            handler(event, str(EventLogCursor.from_storage_id(record.storage_id)))

    def get_records_for_run(
        self,
        run_id: str,
        cursor: str | None = None,
        of_type: dg.DagsterEventType | Collection[dg.DagsterEventType] | None = None,
        limit: int | None = None,
        ascending: bool = True,
    ) -> EventLogConnection:
        """Return events of a run after `cursor`, of one type or several, at most `limit` of them."""
        types = {of_type} if isinstance(of_type, dg.DagsterEventType) else set(of_type or ())
        after = EventLogCursor.parse(cursor).storage_id() if cursor else None
        found = [
            record
            for record in (self._records if ascending else reversed(self._records))
            if record.event_log_entry.run_id == run_id
            and (not types or record.event_log_entry.dagster_event_type in types)
            and (after is None or (record.storage_id > after if ascending else record.storage_id < after))
        ]
        shown = found[:limit] if limit else found
        last = str(EventLogCursor.from_storage_id(shown[-1].storage_id)) if shown else cursor or _NONE_YET
        return EventLogConnection(records=shown, cursor=last, has_more=len(shown) < len(found))

    @property
    def asset_records_have_last_observation(self) -> bool:
        """True, so that nobody asks for observations one asset at a time."""
        return True

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[Any]:
        """Return none: no asset has a past."""
        return []

    def fetch_materializations(
        self, records_filter: Any, limit: int, cursor: str | None = None, ascending: bool = False
    ) -> dg.EventRecordsResult:
        """Return none: no asset has a past."""
        return dg.EventRecordsResult([], cursor or _NONE_YET, has_more=False)

    def add_dynamic_partitions(self, partitions_def_name: str, partition_keys: Sequence[str]) -> None:
        """Add the dates of a run."""
        known = self._partitions.setdefault(partitions_def_name, [])
        known.extend(key for key in partition_keys if key not in known)

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """Return the dates of a run."""
        return list(self._partitions.get(partitions_def_name, ()))

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        """Say whether a date is one of the run's."""
        return partition_key in self._partitions.get(partitions_def_name, ())


def instance_of_one_run() -> dg.DagsterInstance:
    """Return an instance that forgets everything with this process, as `DagsterInstance.ephemeral()` does."""
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=TemporaryLocalArtifactStorage(),  # type: ignore[no-untyped-call]
        run_storage=InMemoryRunStorage(),
        event_storage=RunEvents(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )
