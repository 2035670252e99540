"""Order of the tests: what builds whole companies starts first, so that no worker is left alone with it at the end."""

import pytest

import orchestration  # noqa: F401  its settings stand before any test file loads numpy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that build companies before all others; within both, the order stays."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
