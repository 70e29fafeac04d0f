"""A small network and one of medium size, made once."""

from pathlib import Path

import pytest

from stellarmap_sandbox.network import Network
from stellarmap_sandbox.spec import NetworkSpec
from tests.support.sandbox import SEED, SMALL, made_network

MEDIUM = 20_000


@pytest.fixture(scope="session")
def networks_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="session")
def small(networks_dir: Path) -> Network:
    return made_network(networks_dir, NetworkSpec(SEED, SMALL))


@pytest.fixture(scope="session")
def medium(networks_dir: Path) -> Network:
    return made_network(networks_dir, NetworkSpec(SEED, MEDIUM))
