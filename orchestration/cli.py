"""The command `segments`.

Belongs here: options, what is printed, exit codes. Every command calls one function that does the work;
imports of that work stand inside the commands, so that the light ones start at once.

Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 missing or stale input, 75 another run holds the lock.
"""

import csv
import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from orchestration.errors import SegmentsError, WrongUse
from orchestration.inputs import company_file_for
from orchestration.paths import Home

app = typer.Typer(
    name="segments",
    help="What each open deal is worth over the customer's whole life, and what to do with it this week.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

contract_app = typer.Typer(help="What the project reads of a company.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(contract_app, name="contract")
whatif_app = typer.Typer(
    help="Ask one of the three questions of any numbers: enter, accelerate, concede.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(whatif_app, name="whatif")

_DEMO_AS_OF = "2026-11-02"
_SHOWN_WARNINGS = 8
_INTERRUPTED = 130

OwnerOption = Annotated[str | None, typer.Option(help="One seller: id, name or a part of the name.")]
PlayOption = Annotated[str | None, typer.Option(help="Accelerate, Protect or Park.")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="Use nothing known after this day: YYYY-MM-DD.")]


# These say something about the machine, an export or given numbers, and must work where the ledger is what is wrong.
_NEED_NO_LEDGER = ("contract", "doctor", "prepare", "whatif")


@app.callback()
def _before_any_command(context: typer.Context) -> None:
    """What each open deal is worth over the customer's whole life, and what to do with it this week."""
    if context.invoked_subcommand in _NEED_NO_LEDGER:
        return
    home = Home.from_env()
    if home.ledger.is_dir():
        with _exit_codes():
            from orchestration.ledger.book import read_ledger

            read_ledger(home.ledger)


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Turn expected errors into two lines on stderr and an exit code."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        yield
    except SegmentsError as error:
        errors.print(f"Error: {error.message}", style="red", markup=False)
        if error.next_step:
            errors.print(f"Next step: {error.next_step}", markup=False)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        errors.print("Stopped. Nothing was published; the last published version is as it was.", markup=False)
        # a query may still run in a thread of its own, and an orderly exit would crash on it
        os._exit(_INTERRUPTED)
    except typer.Exit:
        raise
    except Exception as error:
        log = _write_trace(Home.from_env())
        errors.print(f"Error: {type(error).__name__}: {error}", style="red", markup=False)
        errors.print(f"Next step: Read {log} for the whole trace.", markup=False)
        raise typer.Exit(1) from error


def _write_trace(home: Home) -> Path:
    """Write the current traceback below the data folder, or to a temporary file where that fails."""
    text = traceback.format_exc()
    try:
        path = home.root / "logs" / "last_error.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        with tempfile.NamedTemporaryFile("w", suffix=".log", prefix="segments_", delete=False) as handle:
            handle.write(text)
        path = Path(handle.name)
    return path


def parse_as_of(text: str) -> date:
    """Read a date given as YYYY-MM-DD.

    Raises:
        WrongUse: it is no such date.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also takes 20261102 and week dates
    if day is not None and day.isoformat() == text:
        return day
    raise WrongUse(f"--as-of {text!r} is not a date.", "Give it as YYYY-MM-DD, for instance --as-of 2026-11-02.")


@app.command()
def demo(
    customers: Annotated[int, typer.Option(help="Customers of the made-up company.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 7,
    as_of: AsOfOption = _DEMO_AS_OF,
) -> None:
    """Make up a company, build its play list and show it."""
    with _exit_codes():
        from orchestration.demo.write import write_demo
        from orchestration.progress import Progress, counted

        home, day, console = Home.from_env(), parse_as_of(as_of), Console(highlight=False)
        if home.raw.exists() and any(home.raw.iterdir()) and not home.truth.exists():
            raise WrongUse(
                f"The folder {home.raw} holds raw tables that are not the demo's.",
                "Set SEGMENTS_HOME to another folder for the demo.",
            )
        progress = Progress(console)
        with progress.on_screen(), progress.phase("Make up a company") as record:
            summary = write_demo(home.root, n_customers=customers, seed=seed, as_of=day)
            record.tables, record.rows = len(summary.rows), sum(summary.rows.values())
        _build(home, home.raw, day, home.company_file, console)
        try:
            _issue(home, console)
        except WrongUse as refusal:
            # the ledger of this folder is of another made-up company, which is no reason to show nothing
            console.print(f"Not issued: {refusal.message}", style="yellow", markup=False, soft_wrap=True)
        console.print()
        _print_plays(home, console, owner=None, play=None, limit=10)
        console.print(f"\nThis week's page: {(home.site / 'index.html').as_uri()}", soft_wrap=True)
        console.print(
            f"The same list here: segments plays   ({counted(customers, 'customer')}, seed {seed})",
            style="dim",
        )


@app.command()
def build(
    raw: Annotated[Path, typer.Option(help="Folder of raw exports: <schema>/<table>.parquet or .csv.")],
    as_of: AsOfOption,
    config: Annotated[
        Path | None, typer.Option(help="company.yml; left out: the one in or beside the raw folder.")
    ] = None,
    is_issued: Annotated[
        bool, typer.Option("--issue", help="Then issue the plays of the week, as `segments issue` does.")
    ] = False,
) -> None:
    """Build and publish the play list from raw exports."""
    with _exit_codes():
        home, console = Home.from_env(), Console(highlight=False)
        _build(home, raw, parse_as_of(as_of), config, console)
        if is_issued:
            _issue(home, console)


def _build(home: Home, raw: Path, as_of: date, config: Path | None, console: Console) -> None:
    from orchestration.pipeline import BuildRequest
    from orchestration.pipeline import build as run_build

    raw = raw.resolve()
    outcome = run_build(home, BuildRequest(as_of, raw, company_file_for(raw, config)), console)
    for warning in outcome.warnings[:_SHOWN_WARNINGS]:
        console.print(f"Warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    if len(outcome.warnings) > _SHOWN_WARNINGS:
        console.print(f"and {len(outcome.warnings) - _SHOWN_WARNINGS} more warnings in {outcome.log}", style="yellow")
    what = "Published" if outcome.is_new else "Published again, unchanged:"
    console.print(f"{what} run {outcome.run_id} as of {as_of} in {outcome.seconds:.0f} s", style="bold", soft_wrap=True)
    console.print(f"Content hash {outcome.content_hash}", soft_wrap=True)
    console.print(f"Page {outcome.page.as_uri()}", soft_wrap=True)


@app.command()
def issue(
    is_new_version: Annotated[
        bool, typer.Option("--new-version", help="Issue a week again, or one that is over; --note says why.")
    ] = False,
    note: Annotated[str | None, typer.Option(help="Why; a new version needs it.")] = None,
) -> None:
    """Issue the published plays of the week: store them, hashed and never written again."""
    with _exit_codes():
        if note and not is_new_version:
            raise WrongUse("--note belongs to --new-version.", "Give both, or neither for the first issue of a week.")
        _issue(Home.from_env(), Console(highlight=False), is_new_version=is_new_version, note=note)


def _issue(home: Home, console: Console, *, is_new_version: bool = False, note: str | None = None) -> None:
    from orchestration.ledger.plays import issue_plays
    from orchestration.progress import counted
    from orchestration.publishing.lock import run_lock

    with run_lock(home):
        found = issue_plays(home, is_new_version=is_new_version, note=note)
    record = found.record
    if not found.is_new:
        console.print(
            f"The plays of the week of {record.week} were issued already (version {record.version}), the same list; "
            "nothing to do.",
            soft_wrap=True,
        )
        return
    console.print(
        f"Issued the plays of the week of {record.week}, version {record.version}: "
        f"{counted(sum(found.deals.values()), 'deal')} of {counted(found.n_sellers, 'seller')}",
        style="bold",
        soft_wrap=True,
    )
    for play, n_deals in found.deals.items():
        hours = f", {found.hours[play]} hours above the line" if float(found.hours[play]) else ""
        console.print(f"  {play}: {counted(n_deals, 'deal')}{hours}", markup=False)
    console.print(f"SHA-256 {record.parquet_sha256}", soft_wrap=True)


@app.command()
def plays(
    owner: OwnerOption = None,
    play: PlayOption = None,
    limit: Annotated[int, typer.Option(help="At most this many deals; 0 shows all.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
) -> None:
    """Show the published play list."""
    with _exit_codes():
        home = Home.from_env()
        if as_json and as_csv:
            raise WrongUse("--json and --csv exclude each other.", "Give one of them.")
        if not as_json and not as_csv:
            _print_plays(home, Console(highlight=False), owner=owner, play=play, limit=limit)
            return
        from reports.terminal import plays_as_rows

        rows = plays_as_rows(home.published, owner=owner, play=play, limit=limit)
        if as_json:
            _write_json(rows)
        else:
            _write_csv(rows)


def _print_plays(home: Home, console: Console, *, owner: str | None, play: str | None, limit: int) -> None:
    from reports.terminal import render_plays

    render_plays(home.published, console, owner=owner, play=play, limit=limit, currency=_currency(home))


def _currency(home: Home) -> str | None:
    """Return the reporting currency of what is published; None when it is not on record."""
    about = home.published / "about.json"
    return str(json.loads(about.read_text(encoding="utf-8"))["reporting_currency"]) if about.is_file() else None


@app.command()
def explain(
    opportunity: Annotated[
        str | None,
        typer.Argument(metavar="OPPORTUNITY", help="An open deal: its id, its name or a part of the name."),
    ] = None,
    margin: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="SEGMENT MONTH", help="A cell of mart_margin_durability: segment id or name, YYYY-MM."),
    ] = None,
    customer: Annotated[str | None, typer.Option(help="With --margin: only this customer of the cell, by id.")] = None,
    limit: Annotated[
        int | None, typer.Option(help="At most this many rows of the last level; 0 shows all. Default: 20, files all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV.")] = False,
) -> None:
    """Follow a number down to its rows: the play of an open deal, or a margin to its documents.

    Examples: segments explain "Goldford Insurance"; segments explain --margin all 2026-05.
    """
    with _exit_codes():
        if (opportunity is None) == (margin is None):
            what = "There is nothing to explain." if margin is None else "A deal and --margin exclude each other."
            raise WrongUse(
                what, "Give an open deal by id or name, or --margin SEGMENT MONTH, for instance --margin all 2026-05."
            )
        if as_json and as_csv:
            raise WrongUse("--json and --csv exclude each other.", "Give one of them.")
        if limit is not None and limit < 0:
            raise WrongUse(f"--limit {limit} is below zero.", "Give a number of rows, or 0 for all.")
        shown = 20 if limit is None else limit
        if margin is None:
            if customer is not None:
                raise WrongUse("--customer belongs to --margin.", "Leave it out, or give --margin SEGMENT MONTH.")
            _explain_deal(Home.from_env(), str(opportunity), limit=shown, as_json=as_json, as_csv=as_csv)
            return
        from reports.explain import explain_margin
        from reports.explain_text import as_rows, as_tree, render_explanation, require_sums

        home = Home.from_env()
        found = explain_margin(home.published, *margin, customer=customer)
        if as_json:
            _write_json(as_tree(found, limit=limit or 0))
        elif as_csv:
            _write_csv(as_rows(found, limit=limit or 0))
        else:
            render_explanation(found, Console(highlight=False), limit=shown, currency=_currency(home))
        require_sums(found)


def _explain_deal(home: Home, opportunity: str, *, limit: int, as_json: bool, as_csv: bool) -> None:
    from reports.explain_deal import explain_deal
    from reports.explain_deal_text import deal_as_rows, deal_as_tree, render_deal, require_deal_sums

    found = explain_deal(home.published, opportunity)
    if as_json:
        _write_json(deal_as_tree(found))
    elif as_csv:
        _write_csv(deal_as_rows(found))
    else:
        render_deal(found, Console(highlight=False), limit=limit, currency=_currency(home))
    require_deal_sums(found)


def _write_json(tree: object) -> None:
    sys.stdout.write(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


def _write_csv(rows: Sequence[Mapping[str, Any]], fields: Sequence[str] = ()) -> None:
    """Write rows with a header; without `fields` the header is that of the first row, and no row writes nothing."""
    if not rows and not fields:
        return
    writer = csv.DictWriter(sys.stdout, fieldnames=fields or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


@app.command()
def close(
    period: Annotated[str, typer.Argument(help="The month: YYYY-MM.")],
    soft: Annotated[bool, typer.Option("--soft", help="Soft close: reported, but still expected to change.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Reopen a closed month; --note says why.")] = False,
    approver: Annotated[str | None, typer.Option(help="Who signs; a hard close needs it.")] = None,
    note: Annotated[str | None, typer.Option(help="What a later reader should know.")] = None,
) -> None:
    """Close a month: store what is published about it, hashed and never written again."""
    with _exit_codes():
        from orchestration.ledger.close import close_period
        from orchestration.publishing.lock import run_lock

        if soft and reopen:
            raise WrongUse("--soft and --reopen exclude each other.", "Give one of them.")
        if not soft and not reopen and not (approver or "").strip():
            raise WrongUse(
                "Closing a month needs a signer.", 'Name one: --approver "A. Name", or close it with --soft.'
            )
        home = Home.from_env()
        with run_lock(home):
            record = close_period(
                home,
                period,
                status="open" if reopen else "soft_closed" if soft else "closed",
                approver=approver,
                note=note,
            )
        console = Console(highlight=False)
        done = {"open": "is open again", "soft_closed": "is soft-closed", "closed": "is closed"}[record.status]
        console.print(f"{period} {done}: version {record.version}, as of {record.as_of}", style="bold", soft_wrap=True)
        for item in record.sums:
            amount = "" if item.amount is None else f"  {item.amount} {record.reporting_currency}"
            minor = "" if item.amount_minor is None else f"  {item.amount_minor} minor units"
            console.print(f"  {item.measure} {item.currency}: {item.rows} lines{minor}{amount}", markup=False)
        console.print(f"SHA-256 {record.parquet_sha256}", soft_wrap=True)
        console.print("mart_period_close shows it from the next build on.", style="dim")


@app.command()
def reconcile(
    as_csv: Annotated[bool, typer.Option("--csv", help="Write every step as CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write every step as JSON.")] = False,
    is_whole: Annotated[bool, typer.Option("--all", help="Show what is left out between two levels, too.")] = False,
) -> None:
    """Show the chain from raw rows to facts: rows, keys and sums per currency, and where it breaks."""
    with _exit_codes():
        from reports.reconcile import FIELDS, as_records, read_reconciliation, render_reconciliation

        if as_json and as_csv:
            raise WrongUse("--json and --csv exclude each other.", "Give one of them.")
        found = read_reconciliation(Home.from_env().current)
        if as_json:
            _write_json(as_records(found))
        elif as_csv:
            _write_csv(as_records(found), FIELDS)
        else:
            render_reconciliation(found, Console(highlight=False), is_whole=is_whole)
        if found.is_broken:
            raise typer.Exit(1)


@app.command()
def backtest(
    quantity: Annotated[str | None, typer.Option(help="One quantity, such as churn, win or contribution.")] = None,
    segment: Annotated[str | None, typer.Option(help="One segment by id; left out: all customers.")] = None,
    origin: Annotated[str | None, typer.Option(help="One quarter start: YYYY-MM; left out: all of them.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write verdicts and scores as JSON.")] = False,
) -> None:
    """Show what past forecasts were worth: ours beside simpler ones, on the published version."""
    with _exit_codes():
        from reports.backtest import as_record, read_scorecard, render_scorecard

        card = read_scorecard(Home.from_env().current, quantity=quantity, segment=segment, origin=origin)
        if as_json:
            sys.stdout.write(json.dumps(as_record(card), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        else:
            render_scorecard(card, Console(highlight=False))


@app.command()
def report() -> None:
    """Write the pages again from what is published."""
    with _exit_codes():
        from reports.site import build_site

        home = Home.from_env()
        page = build_site(home.published, home.site, currency=_currency(home))
        Console(highlight=False).print(f"Page {page.resolve().as_uri()}", soft_wrap=True)


@app.command()
def rollback(
    run: Annotated[str | None, typer.Argument(help="Run id; left out: the version before the current one.")] = None,
) -> None:
    """Point readers to an earlier published version and write its pages."""
    with _exit_codes():
        from orchestration.publishing.lock import run_lock
        from orchestration.publishing.publish import rollback as point_to
        from reports.site import build_site

        home = Home.from_env()
        with run_lock(home):
            version = point_to(home, run)
            page = build_site(home.published, home.site, currency=_currency(home))
        console = Console(highlight=False)
        console.print(f"Readers now see run {version.run_id}, content hash {version.content_hash}", soft_wrap=True)
        console.print(f"Page {page.resolve().as_uri()}", soft_wrap=True)


@app.command()
def prepare() -> None:
    """Write what the Dagster UI needs before it starts: the dbt manifest and its own folder."""
    with _exit_codes():
        from orchestration.pipeline import prepare_instance, prepare_manifest

        logging.getLogger("dagster").setLevel(logging.WARNING)
        home, console = Home.from_env(), Console(highlight=False)
        console.print(f"Manifest {prepare_manifest(home)}", soft_wrap=True)
        console.print(f"Dagster folder {prepare_instance(home)}", soft_wrap=True)


@app.command()
def doctor() -> None:
    """Say what is installed, prepared and published, with one fix per line."""
    with _exit_codes():
        from orchestration.doctor import examine

        console = Console(highlight=False)
        findings = examine(Home.from_env())
        for finding in findings:
            mark = "✓" if finding.is_well else "✗"
            fix = "" if finding.is_well or not finding.fix else f"  Fix: {finding.fix}"
            console.print(f"{mark} {finding.what}: {finding.detail}{fix}", markup=False, soft_wrap=True)
        if not all(finding.is_well for finding in findings):
            raise typer.Exit(1)


@contract_app.command("check")
def contract_check(
    raw: Annotated[Path, typer.Option(help="Folder of raw exports: <schema>/<table>.parquet or .csv.")],
    config: Annotated[
        Path | None, typer.Option(help="company.yml; left out: the one in or beside the raw folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say what of a company's raw tables is there, what its absence costs and what would add most."""
    with _exit_codes():
        from orchestration.company import load_company
        from orchestration.errors import InputError
        from orchestration.landing.standing import assess
        from orchestration.landing.standing_text import as_json as written
        from orchestration.landing.standing_text import as_lines

        company, warnings = load_company(company_file_for(raw, config))
        standing = assess(raw, company, warnings)
        if as_json:
            sys.stdout.write(written(standing))
        else:
            sys.stdout.writelines(f"{line}\n" for line in as_lines(standing))
        if not standing.can_build:
            raise typer.Exit(InputError.exit_code)


SegmentOption = Annotated[
    str | None,
    typer.Option(help="Take what is not given from this published segment, by id or name; adds its interval."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@whatif_app.command("enter")
def whatif_enter(
    arr: Annotated[str | None, typer.Option(help="Yearly recurring revenue: 30000 or 30k.")] = None,
    gross_margin: Annotated[str | None, typer.Option(help="Gross margin: 65% or 0.65.")] = None,
    support: Annotated[str | None, typer.Option(help="Support cost a year: 6000.")] = None,
    cac: Annotated[str | None, typer.Option(help="Fully loaded acquisition cost: 9000.")] = None,
    renewal: Annotated[str | None, typer.Option(help="Renewal probability: 80% or 0.8.")] = None,
    years: Annotated[str | None, typer.Option(help="Expected lifetime in years: 3.")] = None,
    segment: SegmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Should sales let this customer in? (ARR x margin - support) x years x renewal - acquisition.

    segments whatif enter --arr 30000 --gross-margin 65% --support 6000 --cac 9000 --renewal 80% --years 3
    gives 23,400: yes.
    """
    given = {
        "--arr": arr,
        "--gross-margin": gross_margin,
        "--support": support,
        "--cac": cac,
        "--renewal": renewal,
        "--years": years,
    }
    _answer("enter", given, segment, as_json)


@whatif_app.command("accelerate")
def whatif_accelerate(
    expand: Annotated[str | None, typer.Option(help="Probability to expand within 12 months: 70% or 0.7.")] = None,
    value: Annotated[str | None, typer.Option(help="Average value of an expansion: 18000 or 18k.")] = None,
    margin: Annotated[str | None, typer.Option(help="Margin of the expansion: 70% or 0.7.")] = None,
    cost: Annotated[str | None, typer.Option(help="Cost of accelerating, discount and effort: 3000.")] = None,
    added_support: Annotated[str | None, typer.Option(help="Support cost that it adds; left out: none.")] = None,
    segment: SegmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Should we accelerate this deal? Expansion probability x value x margin - cost - added support.

    segments whatif accelerate --expand 70% --value 18000 --margin 70% --cost 3000
    gives 5,820: yes.
    """
    given = {
        "--expand": expand,
        "--value": value,
        "--margin": margin,
        "--cost": cost,
        "--added-support": added_support,
    }
    _answer("accelerate", given, segment, as_json)


@whatif_app.command("concede")
def whatif_concede(
    arr: Annotated[str | None, typer.Option(help="Yearly recurring revenue: 40000 or 40k.")] = None,
    margin_points: Annotated[str | None, typer.Option(help="Margin given away for good: 10 for ten points.")] = None,
    years: Annotated[str | None, typer.Option(help="Expected lifetime in years: 3.")] = None,
    win_probability: Annotated[str | None, typer.Option(help="Chance to win without it: 40%.")] = None,
    win_uplift: Annotated[str | None, typer.Option(help="What it adds to that chance: 5% is five points.")] = None,
    gross_margin: Annotated[str | None, typer.Option(help="Gross margin without it; with --win-probability.")] = None,
    support: Annotated[str | None, typer.Option(help="Support cost a year; with --win-probability.")] = None,
    segment: SegmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Should we accept this concession to close faster? ARR x margin points x years is lost.

    segments whatif concede --arr 40000 --margin-points 10 --years 3
    gives 12,000 lost: no.
    """
    given = {
        "--arr": arr,
        "--margin-points": margin_points,
        "--years": years,
        "--win-probability": win_probability,
        "--win-uplift": win_uplift,
        "--gross-margin": gross_margin,
        "--support": support,
    }
    _answer("concede", given, segment, as_json)


def _answer(question: str, given: dict[str, str | None], segment: str | None, as_json: bool) -> None:
    with _exit_codes():
        from reports.whatif import as_record, ask, render_whatif
        from reports.whatif_segment import read_segment

        home = Home.from_env()
        of_segment = None if segment is None else read_segment(home.current, segment)
        currency = None if segment is None else _currency(home)
        found = ask(question, given, of_segment, currency)
        if as_json:
            _write_json(as_record(found))
        else:
            render_whatif(found, Console(highlight=False), currency=currency)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line."""
    return app(arguments)


if __name__ == "__main__":
    main()
