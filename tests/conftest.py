"""What holds for every test: its kind comes from its folder, and properties replay everywhere."""

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.servers.fixtures"]

TESTS = Path(__file__).parent
KIND_OF_FOLDER = {
    "unit": "unit",
    "architecture": "unit",
    "contract": "contract",
    "integration": "integration",
    "simulation": "simulation",
    "faults": "faults",
    "e2e": "e2e",
    "bench": "bench",
    "deploy": "integration",
}

# A shared machine may be slow, which is no fault of a property; a failure must be repeatable from its printed blob.
settings.register_profile("stellarmap", deadline=None, print_blob=True)
settings.load_profile("stellarmap")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test carries the marker of its folder, besides those it names itself (`soak`)."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            folder = item.path.relative_to(TESTS).parts[0]
            if folder not in KIND_OF_FOLDER:
                raise pytest.UsageError(
                    f"{item.path}: no kind of tests; add {folder!r} to KIND_OF_FOLDER in tests/conftest.py"
                )
            item.add_marker(KIND_OF_FOLDER[folder])
