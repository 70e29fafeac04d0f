"""The service maps what was recorded from real Horizons: events in, facts and chains in the store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stellarmap_common.domain.creation import CreationKind
from stellarmap_common.domain.network import TESTNET_PASSPHRASE, Address, NetworkKey
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.events.requests import AccountRequested, RequestCompleted
from stellarmap_common.lineage.walk import Walk, Walker, WalkState
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.runtime.service import Service
from stellarmap_ingest_horizon.service import open_service
from tests.support.enriching import resources_of
from tests.support.publishing import Queue
from tests.support.replay import Replay, recorded
from tests.support.sources import HastyClock, Opened, network_at, opened_sources

GENESIS = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"
FIRST = "GALPCCZN4YXA3YMJHKL6CVIECKPLJJCTVMSNYWBTKJW4K5HQLYLDMZTB"
SECOND = "GAP2KHWUMOHY7IO37UJY7SEBIITJIDZS5DRIIQRPEUT4VUKHZQGIRWS4"
FRIENDBOT = "GAIH3ULLFQ4DGSECF2AR555KZ4KNDGEKN4AFI4SU2M7B43MGK3QJZNSR"
ITS_CHILD = "GB4OHVQE7OZH4HLCHFNR7OHDMZVNKOJT3RCRAXRNGGCNUHFRVGUGKW36"
ANOTHER_CHILD = "GDBLBBDIUULY3HGIKXNK6WVBISY7DCNCDA45EL7NTXWX5R4UZ26HGMGS"
MERGED_CREATOR = "GB44UMO65PK5NWMRP4S2OSZA5BD4ACOW5KQ6TWLLO2MP7S7N5MJ2MJVI"
ITS_HEIR = "GCNL55IJTH2HX26HLNIGYD2JIQLTBAQL3SVPNZA6PXK7NAVHU423WOTE"


@dataclass
class Ingest:
    """The opened service, what it has published, and what it has stored."""

    service: Service
    queue: Queue
    opened: Opened

    async def map(self, address: str) -> Walk:
        """The chain of the account, once every event that followed from asking for it is handled."""
        ref = self.opened.ref(address)
        await self.queue.publish(AccountRequested(id=f"ask-{address}", network=ref.network, account=ref.address))
        while self.queue.waiting:
            event = self.queue.waiting.popleft()
            for subscription in self.service.subscriptions:
                if subscription.topic.event is type(event):
                    await subscription.handler(event)
        assert any(isinstance(event, RequestCompleted) for event in self.queue.published)
        return await Walker(self.opened.stores, Networks((self.opened.network,))).walk(ref)

    async def children(self, address: str) -> list[Address]:
        found = await self.opened.stores.creations.children_of(self.opened.ref(address), ChildRange(), 1_000)
        return [child.account for child in found]


@asynccontextmanager
async def ingest(replay: Replay, network: Network | None = None) -> AsyncIterator[Ingest]:
    clock, queue = HastyClock(), Queue()
    async with (
        opened_sources(replay, network=network, clock=clock) as opened,
        open_service(resources_of(opened, queue, clock)) as service,
    ):
        yield Ingest(service, queue, opened)


async def test_the_chain_of_three_ends_at_the_public_genesis_account() -> None:
    async with ingest(recorded()) as mapping:
        walk = await mapping.map(SECOND)
        assert walk.state is WalkState.GENESIS
        assert [hop.creation.account for hop in walk.hops] == [SECOND, FIRST, GENESIS]
        assert [hop.creation.kind for hop in walk.hops][-1] is CreationKind.GENESIS
        assert all(hop.creation.exact for hop in walk.hops)


async def test_a_chain_ends_at_the_genesis_account_of_testnet() -> None:
    network = network_at(passphrase=TESTNET_PASSPHRASE, key=NetworkKey("testnet-1"))
    async with ingest(recorded(), network) as mapping:
        walk = await mapping.map(ITS_CHILD)
        assert [hop.creation.account for hop in walk.hops] == [ITS_CHILD, FRIENDBOT, network.genesis.address]
        assert await mapping.children(FRIENDBOT) == [ITS_CHILD]  # the others are read when somebody asks for them
        await mapping.map(FRIENDBOT)
        assert await mapping.children(FRIENDBOT) == [ANOTHER_CHILD, ITS_CHILD]


async def test_a_creator_that_merged_into_its_child_ends_the_chain_with_a_reason() -> None:
    async with ingest(recorded()) as mapping:
        walk = await mapping.map(ITS_HEIR)
        assert [hop.creation.account for hop in walk.hops] == [ITS_HEIR]
        assert walk.state is WalkState.UNKNOWN
        assert "no creation of it in the whole history" in (walk.reason or "")
        (end,) = await mapping.opened.stores.creations.ends_of(mapping.opened.ref(MERGED_CREATOR))
        assert end.merged_into == ITS_HEIR


async def test_every_recorded_account_is_mapped_to_an_end_that_says_itself() -> None:
    replay = recorded()
    async with ingest(replay) as mapping:
        for address in replay.addresses():
            walk = await mapping.map(address)
            assert walk.state is not WalkState.PENDING
            assert (walk.state is WalkState.UNKNOWN) == (walk.reason is not None)
            state = await mapping.opened.stores.accounts.state_of(mapping.opened.ref(address))
            assert state is not None
            merged = await mapping.opened.stores.creations.ends_of(mapping.opened.ref(address))
            traceless = replay.account(address) is None and not walk.hops and not merged
            assert state.status is AccountStatus.COMPLETE or (traceless and state.status is AccountStatus.NOT_FOUND)
