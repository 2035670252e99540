"""A company whose CRM, billing and support come through Airbyte publishes what the same company does by Fivetran."""

from pathlib import Path

import pytest

from tests.warehouse.company import build, content_hash, differing_marts, make_company, query

# values of both shapes are compared table by table in `tests/python/demo`; this is the same, through the whole house
pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_the_loader_does_not_matter(plain: tuple[Path, Path], tmp_path: Path) -> None:
    _, fivetran = plain
    airbyte = tmp_path / "home"
    assert content_hash(build(airbyte, make_company(tmp_path / "airbyte", customers=200, shape="airbyte")))
    assert len(query(fivetran, "select 1 from mart_opportunity_play")) > 50
    # repeated and replaced rows are counted as each loader wrote them, so the data checks are left out
    assert differing_marts(fivetran, airbyte) == []
