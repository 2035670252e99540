"""Makes the simulator importable and hands its tables to the tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import simulate


@pytest.fixture(scope="session")
def company() -> simulate.Company:
    return simulate.simulate(0)
