"""The queries of docs/patterns.md on a published company: each runs, and those that ask for no verdict return rows."""

import re
from pathlib import Path

import duckdb
import pytest

from orchestration.paths import PROJECT_DIR

_PAGE = (PROJECT_DIR / "docs" / "patterns.md").read_text(encoding="utf-8")
_QUERIES = dict(re.findall(r"^### (.+?)$.*?^```sql\n(.+?)^```$", _PAGE, re.MULTILINE | re.DOTALL))
# a small company may have no case: nothing that can be told apart, no pair of signs on a hundred deals
_MAY_BE_EMPTY = re.compile(
    r"_(verdict|trajectory) (=|in)|n_with >= 100|n_mature_12m >= 20|n_arr_12m >= 30|association_mean is not null"
)


@pytest.mark.parametrize("question", _QUERIES)
def test_documented_query_answers_its_question(question: str, plain: tuple[Path, Path]) -> None:
    _, home = plain
    with duckdb.connect(str(home / "published" / "current.duckdb"), read_only=True) as connection:
        rows = connection.execute(_QUERIES[question]).fetchall()
    assert rows or _MAY_BE_EMPTY.search(_QUERIES[question]), question


def test_every_question_of_the_table_has_a_query() -> None:
    asked = re.findall(r"^\| (.+?) \| .*mart_.* \|$", _PAGE.partition("\n## ")[0], re.MULTILINE)
    assert len(asked) >= 18
    assert {question.lower() for question in _QUERIES} == {question.lower() for question in asked}
