"""What commands look at beside a running system, or without one: the stored lineage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stellarmap_common.domain.address_text import AddressKind, UnreadableAddress, parse_address
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.errors import NotFound, PermanentError
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.config import Config
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.run_store import RunRef
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.config import LiveConfig, config_of
from stellarmap_common.runtime.engines import engine_of
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.networks import networks_of
from stellarmap_common.runtime.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLineage:
    """An account's chain, and the first of its children."""

    account: AccountRef
    walk: Walk
    children: tuple[Creation, ...]  # in operation order
    total: int  # children known
    complete: bool  # all that its source tells of was read
    exact: bool  # and that is all children as of the last page: the total is no *at least*


class Reading:
    """The stores, opened to look at."""

    def __init__(self, stores: Stores, networks: Networks) -> None:
        self.stores = stores
        self.networks = networks

    def network(self, name: str) -> Network:
        """The network of that name (or epoch, `testnet-1`), the first one offered for "". Raises: NotFound."""
        found = self.networks.named(name) if name else next(iter(self.networks))
        if found is None:
            offered = ", ".join(str(network.name) for network in self.networks)
            raise NotFound(f"This installation has no network of that name. STELLARMAP_NETWORKS offers: {offered}.")
        return found

    def account(self, network: str, text: str) -> AccountRef:
        """The account that the text names. Raises: NotFound, PermanentError."""
        try:
            parsed = parse_address(text)
        except UnreadableAddress as error:
            raise PermanentError(str(error)) from None  # without its cause: the text may hold a secret
        if parsed.kind is not AddressKind.ACCOUNT or parsed.address is None:
            raise PermanentError("Only accounts (G…) have a lineage here; look a federation address up in the web UI.")
        return AccountRef(self.network(network).key, parsed.address)

    async def lineage(self, account: AccountRef, children: int) -> StoredLineage:
        """What is stored of the account, with at most that many children."""
        run = await self.stores.runs.run_of(RunRef(account, Step.CHILDREN))
        return StoredLineage(
            account=account,
            walk=await Walker(self.stores, self.networks).walk(account),
            children=await self.stores.creations.children_of(account, ChildRange(), children) if children else (),
            total=await self.stores.creations.count_children(account, ChildRange()),
            complete=run is not None and run.progress.complete,
            exact=run is not None and run.progress.exact,
        )


@asynccontextmanager
async def open_reading(settings: Settings) -> AsyncIterator[Reading]:
    """The store of the installation, beside whoever writes it. Raises: NotFound, SchemaRefused, StoreUnavailable."""
    async with engine_of(settings).open_to_look() as stores:
        networks = networks_of(settings)
        await Epochs(networks, stores.epochs).learn()
        yield Reading(stores, networks)


async def config_in_force(settings: Settings) -> Config:
    """What is configured now: as it is stored, or, where nothing is stored yet, as the environment says.

    Raises: SchemaRefused, StoreUnavailable.
    """
    try:
        async with open_reading(settings) as reading:
            config = LiveConfig(reading.stores.config, settings)
            await config.refresh()
            return config()
    except NotFound:
        return config_of(settings)
