"""Stores for tests: every backend of the ports, each opened empty, and facts to put into them."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from typing import Any, Protocol
from uuid import uuid4

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source, UnplacedCreation
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.domain.toid import provisional_toid, toid
from stellarmap_common.ports.account_store import NetworkFigures
from stellarmap_common.ports.stores import Stores
from tests.support.cassandra_places import CassandraBackend

PUBLIC = NetworkKey("public")
SANDBOX = NetworkKey("sandbox-7-1000")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class StoreBackend(Protocol):
    """Where stores live. This is all that a new backend adds to run the whole suite."""

    def new_place(self) -> str:
        """The place of stores that nobody uses yet."""
        ...

    def at(self, place: str) -> AbstractAsyncContextManager[Stores]:
        """The stores of that place, opened."""
        ...


class SqliteFiles:
    """Files, written and read by threads: what an installation has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_place(self) -> str:
        template = self._folder / "template.sqlite"
        migrate(template)
        place = self._folder / f"{uuid4()}.sqlite"
        copyfile(template, place)  # a tenth of the time that migrating each takes
        return str(place)

    @asynccontextmanager
    async def at(self, place: str) -> AsyncIterator[Stores]:
        async with open_database(place) as database:
            yield open_stores(database)


class SqliteInline:
    """Memory, all on the caller's thread: what simulations have."""

    def new_place(self) -> str:
        return ":memory:"

    @asynccontextmanager
    async def at(self, place: str) -> AsyncIterator[Stores]:
        async with open_database(place, inline=True) as database:
            yield open_stores(database)


def backend_of(place: str) -> StoreBackend:
    """The backend a place belongs to, for a process that is only told the place."""
    if place.startswith("cassandra:"):
        return CassandraBackend.of(place)
    return SqliteFiles(Path(place).parent) if place.endswith(".sqlite") else SqliteInline()


async def figures_now(stores: Stores, network: NetworkKey) -> NetworkFigures:
    """The figures of this moment, from a census where the store takes one."""
    await stores.accounts.take_census(network, NOON)
    return replace(await stores.accounts.figures(network), as_of=None)


@cache
def address(name: object) -> Address:
    """A valid address, the same for the same name."""
    return Address(encode_strkey(StrkeyKind.ACCOUNT, sha256(str(name).encode()).digest()))


def account(name: object, network: NetworkKey = SANDBOX) -> AccountRef:
    """The account with the address of that name."""
    return AccountRef(network, address(name))


def closed_at(ledger: int) -> datetime:
    """When a ledger of these tests closed."""
    return datetime(2015, 9, 30, tzinfo=UTC) + timedelta(seconds=5 * ledger)


def creation(
    child: object,
    creator: object,
    ledger: int,
    transaction: int = 1,
    **values: Any,
) -> Creation:
    """`creator` made `child`, exactly known. Values follow from what is given, unless they are given themselves."""
    operation = toid(ledger, transaction, 1)
    made = Creation(
        network=SANDBOX,
        account=address(child),
        created_op=operation,
        creator=address(creator),
        kind=CreationKind.CREATE_ACCOUNT,
        source=Source.HORIZON,
        created_at=closed_at(ledger),
        transaction_hash=sha256(f"{operation}".encode()).hexdigest(),
        transaction_source=address(creator),
        starting_balance_stroops=ledger * 10_000_000,
    )
    return replace(made, **values)


def provisional(child: object, creator: object, ledger: int, *, source: Source = Source.BIGQUERY) -> Creation:
    """`creator` made `child` in that ledger; in which operation is not known."""
    return Creation(
        network=SANDBOX,
        account=address(child),
        created_op=provisional_toid(ledger),
        creator=address(creator),
        kind=CreationKind.CREATE_ACCOUNT,
        source=source,
        created_at=closed_at(ledger),
    )


def unplaced(child: object, creator: object, *, source: Source = Source.EXPERT) -> UnplacedCreation:
    """`creator` made `child`; when is not known."""
    return UnplacedCreation(network=SANDBOX, account=address(child), creator=address(creator), source=source)


def end(
    ended: object,
    heir: object,
    ledger: int,
    transaction: int = 1,
    **values: Any,
) -> AccountEnd:
    """`ended` was merged into `heir`. With transaction 0, only the ledger is known."""
    operation = toid(ledger, transaction, 1) if transaction else provisional_toid(ledger)
    merged = AccountEnd(
        network=SANDBOX,
        account=address(ended),
        end_op=operation,
        merged_into=address(heir),
        source=Source.HORIZON,
        ended_at=closed_at(ledger),
        transaction_hash=sha256(f"{operation}".encode()).hexdigest(),
    )
    return replace(merged, **values)
