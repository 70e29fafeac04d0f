"""The networks of an installation have the keys, URLs and genesis accounts they must have."""

from pathlib import Path

import pytest

from stellarmap_common.domain.network import Address
from stellarmap_common.runtime.networks import build_networks
from stellarmap_common.runtime.settings import Settings

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def genesis_of(passphrase: str) -> Address:
    return Address(f"genesis of {passphrase}")


def test_keys_carry_epoch_and_seed() -> None:
    networks = build_networks(Settings.load(), genesis_of, "http://127.0.0.1:8400")
    assert [network.key for network in networks] == ["sandbox-7-100000", "public", "testnet-1"]
    assert all(network.genesis.network == network.key for network in networks)


def test_the_sandbox_is_in_this_process_unless_a_url_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    own = build_networks(Settings.load(), genesis_of, "http://127.0.0.1:8400").named("sandbox")
    assert own is not None
    assert (own.horizon_url, own.expert_url, own.max_per_hour) == (
        "http://127.0.0.1:8400/sandbox/horizon",
        "http://127.0.0.1:8400/sandbox/expert",
        0,
    )
    monkeypatch.setenv("STELLARMAP_HORIZON_URL_SANDBOX", "http://10.0.0.7:9000/")
    other = build_networks(Settings.load(), genesis_of, "http://127.0.0.1:8400").named("sandbox")
    assert other is not None
    assert other.horizon_url == "http://10.0.0.7:9000"
