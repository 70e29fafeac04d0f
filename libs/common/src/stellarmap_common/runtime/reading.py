"""What commands look at without a running system: the store, the topics and the dead letters of a data folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stellarmap_common.adapters.sqlite.log_file import log_topics
from stellarmap_common.adapters.sqlite.looking import open_to_look
from stellarmap_common.adapters.sqlite.migrations import migrate, schema_state
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.address_text import AddressKind, UnreadableAddress, parse_address
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Step
from stellarmap_common.errors import NotFound, PermanentError
from stellarmap_common.lineage.walk import Walk, Walker
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.run_store import RunRef
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.embedded import LOG, STORE, networks_of
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.folder import data_folder
from stellarmap_common.runtime.settings import ProcessSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLineage:
    """An account's chain, and the first of its children."""

    account: AccountRef
    walk: Walk
    children: tuple[Creation, ...]  # in operation order
    total: int  # children known
    complete: bool  # the total is exact as of the last page read


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
        )


@asynccontextmanager
async def open_reading(settings: Settings) -> AsyncIterator[Reading]:
    """The store of the data folder, beside whoever writes it. Raises: NotFound, SchemaRefused, StoreUnavailable."""
    path = settings.process.data_dir / STORE
    if not path.exists():
        raise NotFound(f"There is no store in {settings.process.data_dir}. Start with `stellarmap up`.")
    async with open_to_look(path) as database:
        stores, networks = open_stores(database), networks_of(settings)
        await Epochs(networks, stores.epochs).learn()
        yield Reading(stores, networks)


def migrate_store(process: ProcessSettings) -> list[str]:
    """Afterwards the store has the newest schema; the names of what was applied. Raises: FolderUnusable, SchemaRefused."""
    return migrate(data_folder(process) / STORE)


def log_of(process: ProcessSettings) -> str:
    """The state of the event log as a sentence. Raises: LogTooNew, LogForeign, LogUnavailable."""
    path = process.data_dir / LOG
    if not path.exists():
        return f"none yet; `stellarmap up` makes it in {process.data_dir}"
    return f"{path}, {log_topics(path)} topics"


def schema_of(process: ProcessSettings) -> str:
    """The state of the store's schema as a sentence. Raises: SchemaRefused, StoreUnavailable."""
    path = process.data_dir / STORE
    if not path.exists():
        return f"none yet; `stellarmap up` makes it in {process.data_dir}"
    state = schema_state(path)
    if state.refused:
        raise PermanentError(state.refused)
    return f"{path}, {len(state.applied)} migrations applied" + (
        f", {len(state.pending)} to come with the next start" if state.pending else ""
    )
