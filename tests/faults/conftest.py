"""A fault test that fails says which seed made its troubles."""

from collections.abc import Iterator

import pytest

from tests.support.harness import SEED, VARIABLE


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Adds the seed to the report of a failure."""
    made = yield
    report = made.get_result()  # type: ignore[attr-defined]  # pluggy's Result has no type here
    if report.failed:
        report.sections.append(("Seed of the faults", f"{VARIABLE}={SEED} makes these troubles again"))
