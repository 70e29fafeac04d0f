"""A test network that can be reset: behind one URL, one simulated network after another, all with testnet's passphrase."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount

from stellarmap_common.domain.network import TESTNET_PASSPHRASE, Address
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_sandbox.horizon.answering import Answering
from stellarmap_sandbox.horizon.app import horizon_app
from stellarmap_sandbox.horizon.throttle import Throttle
from stellarmap_sandbox.keys import GENESIS, Keyring
from stellarmap_sandbox.living import Living
from stellarmap_sandbox.network import Network
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import Truth
from stellarmap_sandbox.world import World
from tests.support.sandbox import made_network


@dataclass(frozen=True, slots=True)
class PlayedSpec(NetworkSpec):
    """A simulated network that calls itself testnet. Two of one `played` have the same addresses."""

    played: str = "testnet"

    @property
    def passphrase(self) -> str:
        return TESTNET_PASSPHRASE

    @property
    def name(self) -> str:
        return self.played


class EpochKeys(Keyring):
    """Keys whose ledger hashes are of one epoch: networks of another size are other epochs."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__(spec)
        self._ledgers = f"ledger of {spec.accounts}"

    def ledger_hash(self, ledger: int) -> str:
        return self.noise(self._ledgers, ledger, 32).hex()


class Testnet:
    """The Horizon of whatever network is played now, below /horizon."""

    __test__ = False

    def __init__(self, network: Network) -> None:
        self.away = False  # it answers 503
        self.asked: list[str] = []
        self.refused = 0  # of those, while it was away
        self.play(network)

    def play(self, network: Network) -> None:
        """From now on Horizon tells of this network: that is what a reset is."""
        self.network = network
        world = World(network.spec, 0)
        world.show(network)
        answering = Answering(world, Throttle(0, SystemClock()), 55)
        self._app = Starlette(routes=[Mount("/horizon", horizon_app(answering))])

    def close_ledgers(self, count: int) -> None:
        """So many ledgers later."""
        living = Living(self.network)
        for _ in range(count):
            living.close_ledger()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        self.refused += self.away
        app = JSONResponse({"title": "Service Unavailable"}, 503) if self.away else self._app
        await app(scope, receive, send)


def epoch_of_testnet(folder: Path, accounts: int, *, played: str = "testnet", ledgers: int = 0) -> Network:
    """A network to play, `ledgers` beyond its base history."""
    spec = PlayedSpec(1, accounts, played=played)
    network = made_network(folder / f"{played}-{accounts}", spec)
    network.keys = EpochKeys(spec)
    living = Living(network)
    for _ in range(ledgers):
        living.close_ledger()
    return network


def true_chain(network: Network, address: Address) -> list[Address]:
    """The account and its creators, up to genesis or a contract: the latest creator of each, which is most often the only."""
    truth, chain = Truth(network), [address]
    while chain[-1] not in (truth.genesis, *chain[:-1]) and (lives := truth.creations(chain[-1])):
        chain.append(lives[-1].creator)
    return chain


def in_both(first: Network, second: Network) -> Address:
    """An account that exists in both, with one life in each, and another chain to genesis in each."""
    for number in range(GENESIS + 1, min(len(first.accounts), len(second.accounts))):
        address = first.keys.address(number)
        chains = [_plain_chain(network, address) for network in (first, second)]
        if chains[0] and chains[1] and chains[0] != chains[1]:
            return address
    raise AssertionError("these two networks have no such account")


def _plain_chain(network: Network, address: Address) -> list[Address]:
    truth, chain = Truth(network), true_chain(network, address)
    plain = chain[-1] == truth.genesis and all(len(truth.creations(each)) == 1 for each in chain[:-1])
    return chain if plain and 3 <= len(chain) <= 10 else []
