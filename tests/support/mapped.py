"""What a system has stored, read beside it, and how it differs from the truth of the simulated network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind
from stellarmap_common.domain.network import AccountRef, Address, NetworkName
from stellarmap_common.lineage.digest import Digest, digest_of
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.account_store import NetworkFigures
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_sandbox.spec import NetworkSpec
from stellarmap_sandbox.truth import TrueCreation, TrueEnd, Truth

EVERY = ChildRange()
Fact = tuple[object, ...]


def networks_of(spec: NetworkSpec) -> Networks:
    """The one network of that spec."""
    genesis = AccountRef(spec.key, genesis_of(spec.passphrase))
    network = Network(
        name=NetworkName.SANDBOX,
        key=spec.key,
        passphrase=spec.passphrase,
        genesis=genesis,
        horizon_url="http://nowhere",
    )
    return Networks((network,))


class Mapped:
    """The store of a system, to look at."""

    def __init__(self, stores: Stores, spec: NetworkSpec) -> None:
        self.stores = stores
        self._spec = spec
        self._walker = Walker(stores, networks_of(spec))

    def ref(self, address: Address) -> AccountRef:
        return AccountRef(self._spec.key, address)

    async def walk(self, address: Address) -> Walk:
        return await self._walker.walk(self.ref(address))

    async def figures(self) -> NetworkFigures:
        return await self.stores.accounts.figures(self._spec.key)

    async def digest(self) -> Digest:
        return await digest_of(self.stores.creations, self._spec.key)

    async def differences(self, truth: Truth, address: Address) -> list[str]:
        """How chain, lives, merges and children of the account differ from the truth; empty when they do not."""
        walk, ref = await self.walk(address), self.ref(address)
        hops = [hop.creation for hop in walk.hops if hop.creation.kind is not CreationKind.GENESIS]
        found = {
            "chain": ([created(hop) for hop in hops], [true_created(hop) for hop in truth.chain(address)]),
            "lives": (
                [created(life) for life in await self.stores.creations.creations_of(ref) if life.creator],
                [true_created(life) for life in truth.creations(address)],
            ),
            "merges": (
                [ended(end) for end in await self.stores.creations.ends_of(ref)],
                [true_ended(end) for end in truth.ends(address)],
            ),
            "children": (
                [created(child) for child in await self.stores.creations.children_of(ref, EVERY, 10_000_000)],
                [true_created(child) for child in truth.children(address)],
            ),
        }
        return [f"{address} {what}: {ours} is not {theirs}" for what, (ours, theirs) in found.items() if ours != theirs]


def created(creation: Creation) -> Fact:
    """A stored creation as the truth tells it."""
    return (
        creation.account,
        creation.created_op,
        creation.creator,
        creation.kind,
        creation.starting_balance_stroops,
        creation.transaction_hash,
        creation.transaction_source,
        creation.sponsor,
    )


def true_created(creation: TrueCreation) -> Fact:
    """A true creation, in the same form."""
    return (
        creation.account,
        creation.operation_id,
        creation.creator,
        creation.kind,
        creation.starting_balance_stroops,
        creation.transaction_hash,
        creation.transaction_source,
        creation.sponsor,
    )


def ended(end: AccountEnd) -> Fact:
    """A stored merge as the truth tells it, without the amount: a merge record has none."""
    return (end.account, end.end_op, end.merged_into, end.transaction_hash)


def true_ended(end: TrueEnd) -> Fact:
    """A true merge, in the same form."""
    return (end.account, end.operation_id, end.merged_into, end.transaction_hash)


@asynccontextmanager
async def mapped(data_dir: Path, spec: NetworkSpec) -> AsyncIterator[Mapped]:
    """The store in a data folder, whether or not a system runs on it."""
    async with open_database(data_dir / "store.sqlite", readers=1) as database:
        yield Mapped(open_stores(database), spec)
