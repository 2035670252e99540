"""A company whose CRM, billing and support come through Airbyte publishes what the same company does by Fivetran."""

from pathlib import Path

import pytest

from tests.warehouse.company import build, content_hash, make_company, query

pytestmark = pytest.mark.slow


def test_the_loader_does_not_matter(tmp_path: Path) -> None:
    hashes: dict[str, str] = {}
    plays: dict[str, list[tuple[object, ...]]] = {}
    for shape in ("fivetran", "airbyte"):
        company = make_company(tmp_path / shape, customers=200, shape=shape)
        home = tmp_path / f"home_{shape}"
        hashes[shape] = content_hash(build(home, company))
        plays[shape] = query(home, "select * from mart_opportunity_play order by all")
    assert len(plays["fivetran"]) > 50
    # first the rows, which say where it differs
    assert plays["airbyte"] == plays["fivetran"]
    assert hashes["airbyte"] == hashes["fivetran"]
