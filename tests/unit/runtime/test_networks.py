"""The networks of an installation have the keys, URLs and genesis accounts they must have."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stellarmap_common.domain.network import Address, NetworkKey, NetworkName, epoch_of
from stellarmap_common.ports.epoch_store import Epoch
from stellarmap_common.ports.networks import Network, Networks
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


BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def epoch(number: int) -> Epoch:
    return Epoch(
        network=NetworkName.TESTNET,
        number=number,
        began_at=BEGAN + timedelta(days=90 * number),
        reason=f"reason {number}" if number > 1 else "",
    )


def built() -> Networks:
    return build_networks(Settings.load(), genesis_of, "http://127.0.0.1:8400")


def named(networks: Networks, segment: str) -> Network:
    found = networks.named(segment)
    assert found is not None
    return found


def test_a_network_that_resets_is_in_the_latest_epoch_that_began() -> None:
    networks = built()
    networks.learn([epoch(1), epoch(2), epoch(3)])
    testnet = named(networks, "testnet")
    assert (testnet.key, testnet.epoch, testnet.current, testnet.segment) == ("testnet-3", 3, True, "testnet")
    assert testnet.genesis.network == "testnet-3"
    assert [network.key for network in networks] == ["sandbox-7-100000", "public", "testnet-3"]
    assert testnet.began_at == epoch(3).began_at


def test_an_epoch_that_is_over_is_found_by_its_key_and_says_when_and_why() -> None:
    networks = built()
    networks.learn([epoch(1), epoch(2)])
    first = named(networks, "testnet-1")
    assert networks.of(NetworkKey("testnet-1")) is first
    assert networks.past == (first,)
    assert (first.current, first.segment, first.reset_at) == (False, "testnet-1", epoch(2).began_at)
    assert first.reset_reason == "reason 2"
    assert first.over == "testnet was reset on 2026-06-30: this is its epoch 1, which is over"
    assert first.horizon_url == named(networks, "testnet").horizon_url
    assert [network.key for network in networks.epochs_of(NetworkName.TESTNET)] == ["testnet-1", "testnet-2"]
    assert networks.epochs_of(NetworkName.PUBLIC) == ()


def test_the_current_epoch_is_found_by_its_key_too_so_that_a_link_outlives_the_next_reset() -> None:
    networks = built()
    assert named(networks, "testnet-1") is named(networks, "testnet")
    assert networks.named("testnet-2") is None
    assert networks.named("public-1") is None
    assert networks.named("sandbox-7-100000") is None


def test_epochs_never_go_back_and_learning_twice_changes_nothing() -> None:
    networks = built()
    networks.learn([epoch(1), epoch(2)])
    before = (tuple(networks), networks.past)
    networks.learn([epoch(1), epoch(2)])
    networks.learn([epoch(1)])
    networks.learn([])
    assert (tuple(networks), networks.past) == before


def test_the_first_epoch_is_known_though_nobody_ever_looked_at_it() -> None:
    networks = built()
    networks.learn([epoch(2)])
    assert [network.key for network in networks.past] == ["testnet-1"]
    assert named(networks, "testnet-1").reset_at == epoch(2).began_at


def test_only_a_later_epoch_of_a_network_offered_here_may_have_begun() -> None:
    networks = built()
    networks.learn([epoch(1), epoch(2)])
    keys = ["testnet-3", "testnet-30", "testnet-2", "testnet-1", "testnet-0", "testnet-03", "testnet", "public-3"]
    assert [key for key in keys if networks.may_have_begun(NetworkKey(key))] == ["testnet-3", "testnet-30"]


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("testnet-1", 1),
        ("testnet-12", 12),
        ("testnet-012", None),
        ("testnet-²", None),
        ("testnet-", None),
        ("testnet--1", None),
        ("testnet-" + "9" * 10_000, None),
        ("public", None),
        ("public-1", None),
        ("sandbox-7-1000", None),
        ("", None),
    ],
)
def test_a_key_names_one_epoch_in_one_way(key: str, number: int | None) -> None:
    assert epoch_of(NetworkKey(key)) == number
