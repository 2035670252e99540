"""Issue the plays of a decision week: store the published list as the advice that sellers were given.

Belongs here: what may be issued, which rows are stored, and the record. The caller holds the run lock.

A build issues nothing by itself, because builds for past days and changed settings are experiments. Issuing the same
list again changes nothing; another list for a week that was issued, or a week before the newest issued one, is refused
unless a person asks for a new version and says why.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import CheckFailed, WrongUse
from orchestration.landing.names import literal
from orchestration.landing.read import sha256_of
from orchestration.ledger.book import PLAYS, Ledger, read_ledger, require_currency
from orchestration.ledger.close import Published, code_version, published_version
from orchestration.ledger.records import IssuedWeek, add_record, digest_of
from orchestration.ledger.shape import ISSUED_PLAY, as_select
from orchestration.paths import Home
from orchestration.publishing.candidate import open_read_only

LIST_MART = "mart_weekly_play_list"
# Column of the mart where it has another name than in the ledger.
_NAMES = {"rule_id": "deciding_rule", "rule_sentence": "deciding_rule_sentence"}


@dataclass(frozen=True)
class Issue:
    """What issuing came to.

    Attributes:
        record: the version of the week that stands.
        is_new: False where the same list was issued before and nothing was written.
        n_sellers: sellers with at least one deal; deals without an owner are on nobody's list.
        hours: advised hours above the capacity line by play.
        deals: deals by play.
    """

    record: IssuedWeek
    is_new: bool
    n_sellers: int
    hours: dict[str, str]
    deals: dict[str, int]


def week_of(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def issue_plays(home: Home, *, is_new_version: bool = False, note: str | None = None) -> Issue:
    """Store the published list of its decision week and return what stands.

    Args:
        home: the data folder; the caller holds its run lock.
        is_new_version: issue although the week was issued with another list, or although a later week was.
        note: why; a new version needs it.

    Raises:
        WrongUse: another list was issued for this week, a later week was issued, or a new version has no reason.
        CheckFailed: the ledger or the published file is not what was recorded.
        InputError: nothing is published.
    """
    if is_new_version and not (note or "").strip():
        raise WrongUse("A new version of a week needs a reason.", "Give it with --note TEXT.")
    ledger = read_ledger(home.ledger)
    published = published_version(home, purpose="issue")
    require_currency(ledger, published.reporting_currency)
    week = week_of(published.as_of)
    before = ledger.versions_of_week(week)
    with open_read_only(published.file, "published") as connection:
        _select_plays(connection)
        if before and not _difference(connection, ledger, before[-1]):
            return _summary(connection, before[-1], is_new=False)
        if not is_new_version:
            _require_turn(connection, ledger, published, before)
        record = _add(connection, home, published, before, note if is_new_version else None)
        return _summary(connection, record, is_new=True)


def _require_turn(
    connection: duckdb.DuckDBPyConnection, ledger: Ledger, published: Published, before: list[IssuedWeek]
) -> None:
    """Refuse to change what was issued, or to issue behind what was."""
    week = week_of(published.as_of)
    again = "`segments issue --new-version --note TEXT` issues it all the same; what was issued stays on record."
    if before:
        last = before[-1]
        raise WrongUse(
            f"The plays of the week of {week} were issued (version {last.version}, as of {last.as_of}); the published "
            f"list of {published.as_of} is another one: {_difference(connection, ledger, last)}.",
            again,
        )
    if ledger.newest_week is not None and week < ledger.newest_week:
        raise WrongUse(
            f"The published list is of the week of {week}; the plays of the week of {ledger.newest_week} were issued "
            "already, and no seller acts on advice for a week that is over.",
            again,
        )


def _select_plays(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary table `plays`: the published list with the columns of the ledger, by seller and rank."""
    there = {
        str(row[0])
        for row in connection.execute(
            "select column_name from duckdb_columns() where database_name = 'published' and table_name = ?", [LIST_MART]
        ).fetchall()
    }
    if not there:
        raise WrongUse(f"The published version has no {LIST_MART}.", "Run `segments build` first.")
    names = {column: _NAMES.get(column, column) for column in ISSUED_PLAY}
    lacking = [name for name in names.values() if name not in there]
    if lacking:
        raise CheckFailed(
            f"The published {LIST_MART} has no {', '.join(lacking)}; another version of this project published it.",
            "Run `segments build` again, then issue.",
        )
    given = ", ".join(f"{name} as {column}" for column, name in names.items())
    connection.execute(
        f"create temp table plays as select {as_select(ISSUED_PLAY)} "
        f"from (select {given} from published.marts.{LIST_MART}) order by owner_user_id, rank, opportunity_id"
    )


def _difference(connection: duckdb.DuckDBPyConnection, ledger: Ledger, last: IssuedWeek) -> str:
    """Say in words how the published list differs from an issued one; '' where it does not."""
    found = connection.execute(
        f"""
        select
            count(*) filter (where issued.opportunity_id is null),
            count(*) filter (where plays.opportunity_id is null),
            count(*) filter (where issued.play <> plays.play),
            count(*) filter (where issued.play = plays.play and issued is distinct from plays)
        from (
            select {as_select(ISSUED_PLAY)} from read_parquet({literal(str(ledger.plays_of(last)))})
        ) as issued
        full join plays on issued.opportunity_id = plays.opportunity_id
        """
    ).fetchone()
    counts = [int(n) for n in found] if found else []
    words = ("new on it", "no longer on it", "with another play", "with other numbers or another place")
    parts = [f"{n} {word}" for n, word in zip(counts, words, strict=True) if n]
    differ = "1 deal differs" if sum(counts) == 1 else f"{sum(counts)} deals differ"
    return f"{differ} ({', '.join(parts)})" if parts else ""


def _add(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    published: Published,
    before: list[IssuedWeek],
    note: str | None,
) -> IssuedWeek:
    week = week_of(published.as_of)
    folder = home.ledger / PLAYS / week.isoformat()
    number = len(before) + 1
    (n_rows,) = connection.execute("select count(*) from plays").fetchone() or (0,)

    def describe(parquet_sha256: str) -> IssuedWeek:
        content: dict[str, Any] = {
            "week": week.isoformat(),
            "version": number,
            "as_of": published.as_of.isoformat(),
            "run_id": published.run_id,
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "code_version": code_version(),
            "reporting_currency": published.reporting_currency,
            "rows": int(n_rows),
            "parquet_sha256": parquet_sha256,
            "kind": "issued_week",
            "content_hash": published.content_hash,
            "previous_sha256": sha256_of(folder / f"v{number - 1}.json") if before else None,
            "note": note,
        }
        return IssuedWeek.model_validate({**content, "digest": digest_of(content)})

    def write(path: Path) -> None:
        connection.execute(
            "copy (select * from plays order by owner_user_id, rank, opportunity_id) "
            f"to {literal(str(path))} (format parquet, compression zstd)"
        )

    return add_record(folder / f"v{number}.parquet", write, describe)


def _summary(connection: duckdb.DuckDBPyConnection, record: IssuedWeek, *, is_new: bool) -> Issue:
    rows = connection.execute(
        "select play, count(*), cast(coalesce(sum(allocated_hours) filter (where is_above_line), 0) as varchar) "
        "from plays group by play order by play"
    ).fetchall()
    (n_sellers,) = connection.execute(
        "select count(distinct owner_user_id) from plays where owner_user_id <> 'none'"
    ).fetchone() or (0,)
    return Issue(
        record, is_new, int(n_sellers), {row[0]: str(row[2]) for row in rows}, {row[0]: int(row[1]) for row in rows}
    )
