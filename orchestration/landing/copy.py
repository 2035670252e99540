"""Copy the parts of a table into `raw_<source>.<table>`, as they came.

Columns keep their type, except: empty text and NaN are null, times with a zone become UTC without one, nested values
become JSON text, and where parts differ in a column's type it is text. Names become snake_case in the contract's
spelling; a column that goes by another name gets the contract's. Several connectors are told apart by
`source_relation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from orchestration.landing.airbyte import FILE_ROW, column_values, paths_of, select_rows
from orchestration.landing.aliases import column_aliases
from orchestration.landing.contract import ContractTable
from orchestration.landing.names import literal, quoted
from orchestration.landing.parts import Part
from orchestration.landing.read import UnreadableFileError, damage, landed_names
from orchestration.landing.values import bare_references, first_of

RELATION = "source_relation"
_ROWS = "rowid + 1"


@dataclass(frozen=True)
class LandedPart:
    """One copied part.

    Attributes:
        relation: SQL name of its table, private to it until the parts are put together.
        columns: DuckDB type by column, the file's row number left out.
        row: SQL of the number of a row in the file, from 1; a CSV header is not counted.
        sought: other places where each column was looked for.
        read_as: other names that columns were read by, in words.
    """

    part: Part
    relation: str
    columns: dict[str, str]
    row: str
    sought: dict[str, list[str]]
    read_as: tuple[str, ...]


Values = dict[str, tuple[str, str]]  # (SQL, DuckDB type) by column


def _bookkeeping(part: Part) -> Values:
    """Columns of the loader that go by another name with this one."""
    aliases, columns = column_aliases(part.key), part.opened.columns
    found = {
        name: [columns.value(path) for path in paths if columns.has(path)]
        for name, paths in aliases.items()
        if name.startswith("_")
    }
    return {name: first_of(candidates) for name, candidates in found.items() if candidates}


def _flat_values(part: Part, table: ContractTable | None) -> tuple[Values, list[str]]:
    """Columns of a file in the contract's shape, and the other names that were read.

    Raises:
        UnreadableFileError: two columns come out with one name.
    """
    opened = part.opened
    known = {column.name for column in table.columns} if table else set()
    names = landed_names([name for name, _ in opened.given], known)
    columns = opened.columns
    plain = dict(zip(names, opened.names, strict=True))
    values = {name: columns.value(own) for name, own in plain.items()}
    read_as: list[str] = []
    for column, aliases in column_aliases(part.key).items():
        if column not in known:
            continue
        paths = [path for path in aliases if columns.has(path)]
        bare = bare_references(paths)
        others = [columns.value(path, is_bare=path in bare) for path in paths]
        if not others:
            continue
        own = [values[column]] if column in values else []
        values[column] = first_of([*own, *others])
        read_as += [f"{path} as {column}" for path in paths if not column.startswith("_")]
        for path in paths:
            # the value stands in the contracted column now; what the loader keeps for itself stays beside it
            if path in values and path not in known and not path.startswith("_"):
                del values[path]
    return values, read_as


def _drop_empty(connection: duckdb.DuckDBPyConnection, relation: str, optional: Sequence[str]) -> None:
    """Drop columns without any value: inside documents, what was not delivered looks like what is empty."""
    if not optional:
        return
    counts = connection.execute(
        f"select {', '.join(f'count({quoted(name)})' for name in optional)} from {relation}"
    ).fetchone()
    for name, n in zip(optional, counts or (), strict=True):
        if n == 0:
            connection.execute(f"alter table {relation} drop column {quoted(name)}")


def copy_part(
    connection: duckdb.DuckDBPyConnection, part: Part, table: ContractTable | None, relation: str, *, is_temporary: bool
) -> LandedPart:
    """Create the table `relation` from one part, rows in file order.

    Raises:
        UnreadableFileError: a damaged or ragged file, or two columns with one name.
    """
    opened = part.opened
    sought: dict[str, list[str]] = {}
    from_documents: list[str] = []
    if part.mapped and table:
        in_stream = column_values(part.mapped, table, opened.columns)
        values = {**in_stream, **_bookkeeping(part)}
        read_as = [] if not part.words else [part.words]
        sought = {column.name: paths_of(part.mapped, column.name) for column in table.columns}
        is_optional = {column.name: column.level != "K" for column in table.columns}
        from_documents = [name for name, (sql, _) in in_stream.items() if is_optional[name] and "json_" in sql]
        query = select_rows(part.mapped, opened.relation, values, opened.columns)
    else:
        values, read_as = _flat_values(part, table)
        read_as = [part.words, *read_as] if part.words else read_as
        sought = column_aliases(part.key)
        select = ", ".join(f"{sql} as {quoted(name)}" for name, (sql, _) in values.items())
        query = f"select {select} from {opened.relation}"
    try:
        connection.execute(f"create {'temp ' if is_temporary else ''}table {relation} as {query}")
        _drop_empty(connection, relation, from_documents)
        landed = connection.execute(f"describe {relation}").fetchall()
    except duckdb.Error as error:
        raise UnreadableFileError(damage(opened.file, error)) from error
    columns = {str(row[0]): str(row[1]) for row in landed}
    row = quoted(FILE_ROW) if columns.pop(FILE_ROW, None) else _ROWS
    return LandedPart(part, relation, columns, row, sought, tuple(read_as))


def needs_union(parts: Sequence[Part], n_folders: int) -> bool:
    """True where a table cannot be copied straight from its one file."""
    return len(parts) > 1 or n_folders > 1 or any(part.mapped and part.mapped.item_path for part in parts)


def _column(name: str, part: LandedPart, kinds: set[str]) -> str:
    if name not in part.columns:
        return f"null as {quoted(name)}"
    return f"cast({quoted(name)} as varchar) as {quoted(name)}" if len(kinds) > 1 else quoted(name)


def unite(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[LandedPart], target: str, n_folders: int
) -> dict[str, str]:
    """Create `target` from copied parts, in their order, and return its columns with their types.

    Within one connector a row whose id an earlier part has already is left out: a price wins over the plan that it
    replaced. With several connectors `source_relation` is the folder; where an export has such a column of its own,
    it follows after a dot.
    """
    names = list(dict.fromkeys(name for part in parts for name in part.columns if name != RELATION))
    kinds = {name: {part.columns[name] for part in parts if name in part.columns} for name in names}
    own_relation = any(RELATION in part.columns for part in parts)
    queries: list[str] = []
    for n, part in enumerate(parts):
        select = [_column(name, part, kinds[name]) for name in names]
        folder = literal(part.part.opened.file.folder)
        own = f"cast({RELATION} as varchar)" if RELATION in part.columns else "cast(null as varchar)"
        if n_folders > 1:
            select.append(f"concat_ws('.', {folder}, {own}) as {RELATION}")
        elif own_relation:
            select.append(f"{own} as {RELATION}")
        earlier = [
            other.relation
            for other in parts[:n]
            if other.part.opened.file.folder == part.part.opened.file.folder
            and "id" in other.columns
            and "id" in part.columns
        ]
        anti = "".join(f" and id not in (select id from {other} where id is not null)" for other in earlier)
        queries.append(f"select {', '.join(select)} from {part.relation} where true{anti}")
    connection.execute(f"create table {target} as {' union all '.join(queries)}")
    for part in parts:
        connection.execute(f"drop table {part.relation}")
    landed = connection.execute(f"describe {target}").fetchall()
    return {str(row[0]): str(row[1]) for row in landed}
