"""When the weekly job runs by itself: Monday morning in the company's time zone, once switched on.

Belongs here: the schedule and nothing else.
"""

import dagster as dg
from dagster import ScheduleEvaluationContext

from orchestration.assets.partitions import AS_OF
from orchestration.company import load_company
from orchestration.errors import InputError
from orchestration.paths import Home

WEEKLY = "0 6 * * 1"


def build_weekly_schedule(job_name: str) -> dg.ScheduleDefinition:
    """Return the weekly schedule, stopped until a person starts it; a run sees what is known that Monday."""

    @dg.schedule(
        job_name=job_name,
        cron_schedule=WEEKLY,
        execution_timezone=company_timezone(Home.from_env()),
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Build, publish and issue the play list of the week.",
    )
    def weekly_plays_monday(context: ScheduleEvaluationContext) -> dg.RunRequest:
        as_of = context.scheduled_execution_time.date().isoformat()
        context.instance.add_dynamic_partitions(str(AS_OF.name), [as_of])
        return dg.RunRequest(run_key=as_of, partition_key=as_of, run_config=run_config(as_of, is_issued=True))

    return weekly_plays_monday


def run_config(as_of: str, raw_dir: str = "", company_file: str = "", *, is_issued: bool = False) -> dict[str, object]:
    """Return the run configuration for one as-of date; empty folders mean those of the data folder."""
    config = {"as_of": as_of, "raw_dir": raw_dir, "company_file": company_file, "is_issued": is_issued}
    return {"resources": {"run_settings": {"config": config}}}


def company_timezone(home: Home) -> str:
    """Return the reporting time zone; UTC without a readable company file (runs then say so themselves)."""
    try:
        return load_company(home.company_file if home.company_file.is_file() else None)[0].reporting_timezone
    except InputError:
        return "UTC"
