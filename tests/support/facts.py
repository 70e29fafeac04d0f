"""Facts and runs as unit tests of lineage state them, in SQLite in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey, NetworkName
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.domain.toid import Ledger, Toid, provisional_toid, toid
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores

NETWORK = NetworkKey("sandbox-1-1000")
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


def named(name: str, kind: StrkeyKind = StrkeyKind.ACCOUNT) -> Address:
    """A valid address, the same for the same name."""
    return Address(encode_strkey(kind, sha256(name.encode()).digest()))


def ref(name: str) -> AccountRef:
    return AccountRef(NETWORK, named(name))


GENESIS = ref("genesis")
NETWORKS = Networks(
    (
        Network(
            name=NetworkName.SANDBOX, key=NETWORK, passphrase="", genesis=GENESIS, horizon_url="http://horizon.example"
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Facts:
    """A store, and the words to fill it."""

    stores: Stores
    walker: Walker

    async def made(  # noqa: PLR0913 - what there is to say of a creation
        self, account: str, creator: str, ledger: int, *, exact: bool = True, by: str = "", found: bool = True
    ) -> Creation:
        """`creator` created the account; by contract, if `by` names one. Its creator step is complete, if it was `found`."""
        creation = Creation(
            network=NETWORK,
            account=named(account),
            created_op=toid(ledger, 1, 1) if exact else provisional_toid(ledger),
            creator=named(by, StrkeyKind.CONTRACT) if by else named(creator),
            kind=CreationKind.CONTRACT_TRANSFER if by else CreationKind.CREATE_ACCOUNT,
            source=Source.HORIZON if exact else Source.EXPERT,
            created_at=BEGAN + timedelta(days=ledger),
        )
        await self.stores.creations.record([creation])
        if found:
            await self.found(account)
        return creation

    async def imported(self, *, to: int, whole_at: datetime | None = None) -> None:
        """All of history up to that ledger is stored; 0: some rows were imported."""
        state = NetworkImport(network=NETWORK, source="rows", done=True, whole_to=Ledger(to), whole_at=whole_at)
        await self.stores.imports.begin(state, 0)

    async def heard(self, account: str, creator: str, ledger: int | None) -> None:
        """Somebody knows the creator and the time, if one is given, and nobody the ledger."""
        at = None if ledger is None else BEGAN + timedelta(days=ledger)
        unplaced = UnplacedCreation(
            network=NETWORK, account=named(account), creator=named(creator), source=Source.EXPERT, created_at=at
        )
        await self.stores.creations.record(unplaced=[unplaced])
        await self.found(account)

    async def merged(self, account: str, ledger: int) -> None:
        """The account ended."""
        end = AccountEnd(
            network=NETWORK,
            account=named(account),
            end_op=toid(ledger, 2, 1),
            merged_into=GENESIS.address,
            source=Source.HORIZON,
            ended_at=BEGAN + timedelta(days=ledger),
        )
        await self.stores.creations.record(ends=[end])

    async def found(self, account: str, *, state: RunState = RunState.FINISHED, **progress: object) -> None:
        """The creator step of the account has come to this."""
        run_ref = RunRef(ref(account), Step.CREATOR)
        stored = await self.stores.runs.run_of(run_ref)
        revision = stored.revision if stored else 0
        told = Progress(**{"complete": state is RunState.FINISHED, "pages": 1, **progress})  # type: ignore[arg-type]
        run = Run(ref=run_ref, revision=revision + 1, state=state, progress=told)
        await self.stores.runs.swap(run, revision or None)

    async def walk(self, account: str, retrying: str | None = None) -> Walk:
        return await self.walker.walk(ref(account), retrying)


def hops(walk: Walk) -> list[tuple[Address, Toid]]:
    """Who, and in which life."""
    return [(hop.creation.account, hop.creation.created_op) for hop in walk.hops]


@asynccontextmanager
async def facts() -> AsyncIterator[Facts]:
    """An empty store."""
    async with open_database(":memory:", inline=True) as database:
        stores = open_stores(database)
        yield Facts(stores, Walker(stores, NETWORKS))
