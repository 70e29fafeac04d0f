"""Journeys on the page of an account, against the embedded system."""

import pytest

from tests.support.explorer_journeys import ExplorerJourneys

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestEmbedded(ExplorerJourneys):
    """In the world of every browser suite."""
