"""The list of events that stands in for Dagster's own store during one run."""

import dagster as dg

from orchestration.assets.publication import evaluations_of_run
from orchestration.run_events import instance_of_one_run

RUN, OTHER = "8c5a3b0e-6f0e-4bd3-9f1c-0a4c7e3b2d11", "11111111-6f0e-4bd3-9f1c-0a4c7e3b2d11"


def _job() -> dg.JobDefinition:
    days = dg.DynamicPartitionsDefinition(name="day")

    @dg.asset(partitions_def=days)
    def first() -> None: ...

    @dg.asset(partitions_def=days, deps=[first])
    def second() -> None: ...

    @dg.asset_check(asset=first, blocking=True)
    def whole() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    job = dg.define_asset_job("all_of_it", selection="*")
    return dg.Definitions(assets=[first, second], asset_checks=[whole], jobs=[job]).resolve_job_def("all_of_it")


def test_what_a_run_recorded_can_be_read_by_run_type_and_place() -> None:
    heard: list[dg.EventLogEntry] = []
    with instance_of_one_run() as instance:
        instance.add_event_listener(RUN, heard.append)
        instance.add_dynamic_partitions("day", ["2026-11-02"])
        assert instance.get_dynamic_partitions("day") == ["2026-11-02"]
        assert _job().execute_in_process(instance=instance, run_id=RUN, partition_key="2026-11-02").success
        logged = list(instance.all_logs(RUN))
        # a listener hears what is stored once it listens
        assert [entry for entry in logged if entry.dagster_event] == [entry for entry in heard if entry.dagster_event]
        assert [evaluation.check_name for evaluation in evaluations_of_run(instance, RUN)] == ["whole"]
        assert evaluations_of_run(instance, OTHER) == []
        materialised = list(instance.all_logs(RUN, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION))
        assert [entry.asset_materialization.partition for entry in materialised] == ["2026-11-02"] * 2
        start = instance.get_records_for_run(RUN, limit=3)
        rest = instance.get_records_for_run(RUN, cursor=start.cursor)
        assert (start.has_more, rest.has_more) == (True, False)
        assert [record.event_log_entry for record in (*start.records, *rest.records)] == logged
        last = instance.get_records_for_run(RUN, limit=1, ascending=False)
        assert [record.event_log_entry for record in last.records] == logged[-1:]
        run = instance.get_run_by_id(RUN)
        assert run is not None and run.status == dg.DagsterRunStatus.SUCCESS


def test_a_date_that_was_not_added_is_unknown() -> None:
    with instance_of_one_run() as instance:
        instance.add_dynamic_partitions("day", ["2026-11-02", "2026-11-02"])
        assert instance.get_dynamic_partitions("day") == ["2026-11-02"]
        assert instance.has_dynamic_partition("day", "2026-11-02")
        assert not instance.has_dynamic_partition("day", "2026-11-09")
        assert not instance.has_dynamic_partition("week", "2026-11-02")
