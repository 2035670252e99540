"""A company whose CRM, billing and support come through Airbyte publishes what the same company does by Fivetran."""

from pathlib import Path

import pytest

from tests.warehouse.company import build, content_hash, differing_marts, make_company, query

pytestmark = pytest.mark.slow


def test_the_loader_does_not_matter(tmp_path: Path) -> None:
    for shape in ("fivetran", "airbyte"):
        company = make_company(tmp_path / shape, customers=200, shape=shape)
        assert content_hash(build(tmp_path / f"home_{shape}", company))
    fivetran, airbyte = tmp_path / "home_fivetran", tmp_path / "home_airbyte"
    assert len(query(fivetran, "select 1 from mart_opportunity_play")) > 50
    # repeated and replaced rows are counted as each loader wrote them, so the data checks are left out
    assert differing_marts(fivetran, airbyte) == []
