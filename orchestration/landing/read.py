"""Find raw files and open them: the SQL that reads a file and its columns, as they came.

CSV columns are text, Parquet columns have their type. Nothing is copied here.
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
from orchestration.landing.airbyte import tables_of_stream
from orchestration.landing.aliases import table_of_alias
from orchestration.landing.contract import Contract
from orchestration.landing.names import contracted_name, did_you_mean, literal, quoted, snake_case
from orchestration.landing.problems import Problem
from orchestration.landing.values import Columns, json_path

FORMATS = (".parquet", ".csv")
_AIRBYTE_DATA = "_airbyte_data"
# One field (a ticket's text, a metadata document) may be this long.
_MAX_LINE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class RawFile:
    """One raw file: its canonical source and its name in snake_case, which may be a table, an alias or a stream."""

    source: str
    name: str
    path: Path

    @property
    def folder(self) -> str:
        """The folder it lies in, which tells the connectors of one source apart."""
        return self.path.parent.name

    @property
    def place(self) -> str:
        """`folder/file`, as named in messages."""
        return f"{self.folder}/{self.path.name}"


@dataclass(frozen=True)
class OpenFile:
    """A raw file that can be read.

    Attributes:
        relation: SQL of the file as a table.
        given: (name in the file, DuckDB type) in file order.
        names: their snake_case names, in the same order.
    """

    file: RawFile
    relation: str
    given: tuple[tuple[str, str], ...]
    names: tuple[str, ...]

    @property
    def columns(self) -> Columns:
        """The columns by snake_case name."""
        return Columns(dict(zip(self.names, self.given, strict=True)))


class UnreadableFileError(Exception):
    """A file could not be read; the text says why."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _source_of(name: str, sources: list[str], contract: Contract) -> str:
    """The source that has a table called `name`, among sources that share one folder; else the first of them."""
    for source in sources:
        known = contract.table_names(source)
        if contracted_name(name, known) in known or table_of_alias(source, name) or tables_of_stream(source, name):
            return source
    return sources[0]


def find_files(
    raw_dir: Path, company: CompanyConfig, contract: Contract
) -> tuple[list[RawFile], list[Problem], list[str]]:
    """List the raw files of all known folders, sorted by source, folder (in the company's order) and name.

    Returns:
        Files, problems (missing folders) and warnings (folders and files left alone).
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
        for folder in company.folders(source):
            folders.setdefault(folder, []).append(source)
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

    files: list[RawFile] = []
    for folder, sources in folders.items():
        for path in sorted((raw_dir / folder).glob("*")) if folder in present else ():
            if path.name.startswith("."):
                continue
            if path.suffix.lower() not in FORMATS or not path.is_file():
                warnings.append(f"{folder}/{path.name} is neither .parquet nor .csv; it is left alone.")
                continue
            name = snake_case(path.stem)
            files.append(RawFile(_source_of(name, sources, contract), name, path))
    # stable: within a source the folders keep the company's order
    return sorted(files, key=lambda file: file.source), problems, warnings


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


def _reason(error: duckdb.Error) -> str:
    """DuckDB's message on one line, without advice and without the line it quotes (personal data)."""
    text = " ".join(str(error).split("Possible fixes")[0].split())
    return re.sub(r"Original Line: .*?(?=Expected Number|Value with|$)", "", text).strip()[:200]


def _flattened(connection: duckdb.DuckDBPyConnection, relation: str, given: list[tuple[str, str]]) -> str:
    """The relation with the keys of `_airbyte_data` as columns: Airbyte's raw tables hold a row as one document."""
    kind = dict(given)[_AIRBYTE_DATA]
    document = f"cast({_AIRBYTE_DATA} as json)" if kind in ("VARCHAR", "JSON") else f"to_json({_AIRBYTE_DATA})"
    keys = connection.execute(
        f"select distinct unnest(json_keys({document})) as key from {relation} order by key"
    ).fetchall()
    fields = (f"json_extract_string({document}, {json_path([str(key)])}) as {quoted(str(key))}" for (key,) in keys)
    kept = (quoted(name) for name, _ in given if name != _AIRBYTE_DATA)
    return f"(select {', '.join([*kept, *fields])} from {relation})"


def _described(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in connection.execute(f"describe select * from {relation}").fetchall()]


def landed_names(given: Collection[str], known: Collection[str]) -> list[str]:
    """Return snake_case names in the contract's spelling, unless the contract's own spelling is there as well.

    Raises:
        UnreadableFileError: two columns come out with one name.
    """
    plain = [snake_case(name) or f"column_{n}" for n, name in enumerate(given, start=1)]
    spelled = [contracted_name(name, known) for name in plain]
    names = [new if new == name or new not in plain else name for name, new in zip(plain, spelled, strict=True)]
    _refuse_doubles(names)
    return names


def open_file(connection: duckdb.DuckDBPyConnection, file: RawFile) -> OpenFile:
    """Return how to read a file.

    Raises:
        UnreadableFileError: empty, damaged or ragged file, or two columns with one name.
        OSError: the file cannot be opened.
    """
    if any(mark in str(file.path) for mark in "*?["):
        raise UnreadableFileError("its path holds *, ? or [, which cannot be told from a search pattern")
    if file.path.stat().st_size == 0:
        raise UnreadableFileError("the file is empty (0 bytes)")
    relation, _ = _reader(file.path)
    try:
        given = _described(connection, relation)
        if _AIRBYTE_DATA in dict(given):
            relation = _flattened(connection, relation, given)
            given = _described(connection, relation)
    except duckdb.Error as error:
        raise UnreadableFileError(damage(file, error)) from error
    return OpenFile(file, relation, tuple(given), tuple(landed_names([name for name, _ in given], ())))


def damage(file: RawFile, error: duckdb.Error) -> str:
    """Say that a file is damaged, with DuckDB's reason."""
    return f"it is damaged or not {file.path.suffix[1:].lower()}: {_reason(error)}"
