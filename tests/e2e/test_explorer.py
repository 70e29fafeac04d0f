"""Journeys on the page of an account, against the embedded system."""

import pytest

from tests.support.explorer_journeys import ExplorerJourneys
from tests.support.keyboard_journeys import KeyboardJourneys

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestEmbedded(ExplorerJourneys):
    """In the world of every browser suite. The first: one of them needs an account of whose chain nobody has met anything."""


class TestByKeys(KeyboardJourneys):
    """In the same world."""
