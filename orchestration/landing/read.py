"""Find raw files and copy each into a DuckDB table, as it came.

CSV columns stay text, Parquet columns keep their type, except: empty text and NaN are null, times with a zone
become UTC without one, nested values become JSON text. Names become snake_case in the contract's spelling.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.company import SOURCES, CompanyConfig
from orchestration.landing.contract import Contract, TableName
from orchestration.landing.names import contracted_name, did_you_mean, literal, quoted, snake_case
from orchestration.landing.problems import Problem

FORMATS = (".parquet", ".csv")
# One field (a ticket's text, a metadata document) may be this long.
_MAX_LINE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class RawFile:
    """One raw file and the table it becomes."""

    source: str
    table: str
    path: Path

    @property
    def key(self) -> TableName:
        """(canonical source, table)."""
        return self.source, self.table

    @property
    def label(self) -> str:
        """`source.table (folder/file)`, as named in messages."""
        return f"{self.source}.{self.table} ({self.path.parent.name}/{self.path.name})"


class UnreadableFileError(Exception):
    """A file could not be read; the text says why."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _source_of(table: str, sources: list[str], contract: Contract) -> str:
    """The source that contracts `table`, among sources that share one folder; else the first of them."""
    return next((source for source in sources if (source, table) in contract.tables), sources[0])


def find_files(
    raw_dir: Path, company: CompanyConfig, contract: Contract
) -> tuple[list[RawFile], list[Problem], list[str]]:
    """List the raw files of all known folders, sorted by source and table.

    Returns:
        Files, problems (missing folders, a table given twice) and warnings (folders and files left alone).
    """
    problems: list[Problem] = []
    warnings: list[str] = []
    if not raw_dir.is_dir():
        return (
            [],
            [Problem(f"The raw folder {raw_dir} does not exist.", "Check the path given with --raw.")],
            [],
        )

    folders: dict[str, list[str]] = {}
    for source in SOURCES:
        folders.setdefault(company.folder(source), []).append(source)
    present = {path.name for path in raw_dir.iterdir() if path.is_dir() and not path.name.startswith(".")}
    strangers = sorted(present - set(folders))
    for folder, sources in folders.items():
        renamed = [
            source for source in sources if source in company.raw_schemas and company.raw_schemas[source] != source
        ]
        near = did_you_mean(folder, strangers)
        # every source may be absent; one that company.yml names, or the CRM next to a folder of nearly its name, is
        # more likely misspelt
        if folder in present or not (renamed or ("salesforce" in sources and near)):
            continue
        message = f"The folder {folder} for {', '.join(sources)} is missing in {raw_dir}{near}."
        if "salesforce" in sources or strangers:
            key = (renamed or sources)[0]
            problems.append(Problem(message, f"Add the folder or set raw_schemas.{key} in company.yml to its name."))
        else:
            warnings.append(f"{message} It counts as not given.")
    for folder in strangers:
        warnings.append(f"The folder {folder} is not a known source{did_you_mean(folder, folders)}; it is left alone.")

    seen: dict[TableName, RawFile] = {}
    for folder, sources in sorted(folders.items()):
        for path in sorted((raw_dir / folder).glob("*")) if folder in present else ():
            if path.name.startswith("."):
                continue
            if path.suffix.lower() not in FORMATS or not path.is_file():
                warnings.append(f"{folder}/{path.name} is neither .parquet nor .csv; it is left alone.")
                continue
            known = [name for source in sources for name in contract.table_names(source)]
            table = contracted_name(snake_case(path.stem), known)
            found = RawFile(_source_of(table, sources, contract), table, path)
            if found.key in seen:
                other = seen[found.key].path.name
                problems.append(
                    Problem(
                        f"Table {found.source}.{table} is given twice: {other} and {path.name}.",
                        "Keep one of the two files.",
                    )
                )
            else:
                seen[found.key] = found
    return [seen[key] for key in sorted(seen)], problems, warnings


def _csv_header(path: Path) -> tuple[list[str], str]:
    """Return the header's column names and the delimiter (the most frequent of , ; tab |)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
            delimiter = max(",;\t|", key=first.count)
            handle.seek(0)
            header = next(csv.reader(handle, delimiter=delimiter), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"it is not UTF-8 CSV text: {error}") from error
    if not any(name.strip() for name in header):
        raise UnreadableFileError("its first line holds no column names")
    return header, delimiter


def _refuse_doubles(names: list[str]) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise UnreadableFileError(f"two of its columns are both named {twice[0]!r} (lower-cased, in snake_case)")


def _reader(path: Path) -> tuple[str, list[str]]:
    """Return the SQL that reads a file and, for CSV, its column names."""
    file = literal(str(path))
    if path.suffix.lower() == ".parquet":
        return f"read_parquet({file}, hive_partitioning = false)", []
    header, delimiter = _csv_header(path)
    names = [name if name.strip() else f"column_{n}" for n, name in enumerate(header, start=1)]
    _refuse_doubles([name.lower() for name in names])
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    options = (
        f"auto_detect = false, header = true, columns = {{{columns}}}, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', nullstr = '', max_line_size = {_MAX_LINE_BYTES}, "
        "hive_partitioning = false"
    )
    return f"read_csv({file}, {options})", names


def _landed(name: str, duckdb_type: str) -> str:
    """SQL of one landed column."""
    column = quoted(name)
    if duckdb_type == "VARCHAR":
        return f"nullif({column}, '')"
    if duckdb_type in ("FLOAT", "DOUBLE"):
        return f"case when not isnan({column}) then {column} end"
    if duckdb_type == "TIMESTAMP WITH TIME ZONE":
        return f"({column} at time zone 'UTC')"
    if duckdb_type.startswith(("STRUCT", "MAP")) or duckdb_type.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    return column


def _reason(error: duckdb.Error) -> str:
    """DuckDB's message on one line, without advice and without the line it quotes (personal data)."""
    text = " ".join(str(error).split("Possible fixes")[0].split())
    return re.sub(r"Original Line: .*?(?=Expected Number|Value with|$)", "", text).strip()[:200]


def _landed_names(given: list[str], known: Collection[str]) -> list[str]:
    """Snake_case names in the contract's spelling, unless the contract's own spelling is there as well."""
    plain = [snake_case(name) or f"column_{n}" for n, name in enumerate(given, start=1)]
    spelled = [contracted_name(name, known) for name in plain]
    names = [new if new == name or new not in plain else name for name, new in zip(plain, spelled, strict=True)]
    _refuse_doubles(names)
    return names


def copy_into(connection: duckdb.DuckDBPyConnection, file: RawFile, known: Collection[str]) -> dict[str, str]:
    """Create `raw_<source>.<table>` from a file, rows in file order.

    Args:
        connection: session on the new work file; the schema exists.
        file: what to read.
        known: the contracted columns of the table.

    Returns:
        Landed column names with their DuckDB types.

    Raises:
        UnreadableFileError: empty, damaged or ragged file, or two columns with one name.
    """
    if any(mark in str(file.path) for mark in "*?["):
        raise UnreadableFileError("its path holds *, ? or [, which cannot be told from a search pattern")
    if file.path.stat().st_size == 0:
        raise UnreadableFileError("the file is empty (0 bytes)")
    relation, _ = _reader(file.path)
    target = f"{quoted('raw_' + file.source)}.{quoted(file.table)}"
    try:
        given = connection.execute(f"describe select * from {relation}").fetchall()
        names = _landed_names([str(row[0]) for row in given], known)
        select = [
            f"{_landed(str(row[0]), str(row[1]))} as {quoted(name)}" for row, name in zip(given, names, strict=True)
        ]
        # Airbyte's name for the load time
        if "_fivetran_synced" not in names and "_airbyte_extracted_at" in names:
            row = given[names.index("_airbyte_extracted_at")]
            select.append(f'{_landed(str(row[0]), str(row[1]))} as "_fivetran_synced"')
        connection.execute(f"create table {target} as select {', '.join(select)} from {relation}")
        landed = connection.execute(f"describe {target}").fetchall()
    except duckdb.Error as error:
        raise UnreadableFileError(f"it is damaged or not {file.path.suffix[1:].lower()}: {_reason(error)}") from error
    return {str(row[0]): str(row[1]) for row in landed}
