"""The three networks, for tests that ask nobody."""

from stellarmap_common.ports.networks import Networks
from stellarmap_common.runtime.networks import build_networks
from tests.support.gateway import address
from tests.support.settings import settings_of


def networks_for_tests() -> Networks:
    """All of them, as of nobody's environment."""
    return build_networks(settings_of(sandbox_accounts=1_000), address, "http://127.0.0.1:1")
