"""A gateway on stores of its own, spoken to over HTTP without a socket; facts are recorded through the ports."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind, Source
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.status import AccountStatus, Lane, Step
from stellarmap_common.domain.strkey import StrkeyKind, encode_strkey
from stellarmap_common.domain.toid import toid
from stellarmap_common.events.base import Event
from stellarmap_common.observability.metrics import open_metrics
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.dead_letters import DeadLetters
from stellarmap_common.ports.federation import FederationRecord
from stellarmap_common.ports.home_domains import DomainFault, DomainRefused
from stellarmap_common.ports.horizon import Record
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.run_store import Progress, Run, RunRef, RunState
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.admin import AdminToken, hash_of
from stellarmap_common.runtime.config import LiveConfig
from stellarmap_common.runtime.networks import build_networks
from stellarmap_common.runtime.resources import Example, Filling, Resources
from stellarmap_gateway.app import build_app
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.handlers import Projector
from stellarmap_gateway.service import open_gateway
from stellarmap_gateway.settings import GatewaySettings
from tests.support.dead_letters import KeptLetters
from tests.support.open_limiter import OpenLimiter
from tests.support.publishing import SendsAtOnce
from tests.support.settings import made, settings_of

BEGAN = datetime(2015, 9, 30, tzinfo=UTC)
LEDGER_S = 5
ADMIN_TOKEN = "the admin token of the tests"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def address(name: object) -> Address:
    """A valid address, the same for the same name."""
    return Address(encode_strkey(StrkeyKind.ACCOUNT, sha256(str(name).encode()).digest()))


def contract(name: object) -> Address:
    return Address(encode_strkey(StrkeyKind.CONTRACT, sha256(str(name).encode()).digest()))


def seed(name: object) -> str:
    return encode_strkey(StrkeyKind.SEED, sha256(str(name).encode()).digest())


@dataclass
class ManualClock:
    """Time that stands still until a test moves it; sleeping takes none of it."""

    at: datetime = NOW
    passed_s: float = 1_000_000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.passed_s += seconds


@dataclass
class KeptEvents(SendsAtOnce):
    """A publisher whose topics are a list."""

    events: list[Event] = field(default_factory=list)

    async def publish(self, *events: Event) -> None:
        self.events += events


@dataclass
class FakeHorizon:
    """Answers its root, or fails as it is told to."""

    network: Network
    error: BaseException | None = None
    passphrase: str = ""
    calls: int = 0

    @property
    def base_url(self) -> str:
        return self.network.horizon_url

    async def reserve(self, calls: int, lane: Lane, whose: str = "") -> None:
        raise AssertionError(f"the gateway makes single calls: {calls} {lane} {whose}")

    async def root(self, lane: Lane) -> Record:
        assert lane is Lane.USER
        self.calls += 1
        if self.error:
            raise self.error
        return {"network_passphrase": self.passphrase or self.network.passphrase, "history_latest_ledger": 1}

    async def ledger(self, sequence: int, lane: Lane) -> Record | None:
        raise AssertionError(f"the gateway reads no ledgers: {sequence} {lane}")

    async def account(self, address: Address, lane: Lane) -> Record | None:
        assert address
        assert lane
        return None

    async def payments_of(
        self, address: Address, *, cursor: str, lane: Lane, limit: int = 200
    ) -> Sequence[Record] | None:
        raise AssertionError(f"the gateway reads no history: {address} {cursor} {lane} {limit}")

    async def effects_of(self, operation_id: int, lane: Lane) -> Sequence[Record]:
        raise AssertionError(f"the gateway reads no effects: {operation_id} {lane}")

    async def assets_issued_by(self, address: Address, lane: Lane) -> Sequence[Record]:
        raise AssertionError(f"the gateway reads no assets: {address} {lane}")


@dataclass
class FakeFederation:
    """Knows the names it is given."""

    records: dict[str, FederationRecord] = field(default_factory=dict)
    error: Exception | None = None

    async def resolve(self, name: str) -> FederationRecord | None:
        if self.error:
            raise self.error
        return self.records.get(name)


@dataclass
class FakeDomains:
    """Publish the texts that they are given."""

    texts: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def toml_of(self, domain: str) -> str:
        self.asked.append(domain)
        if self.error:
            raise self.error
        if domain not in self.texts:
            raise DomainRefused(DomainFault.MISSING, f"{domain} publishes no stellar.toml")
        return self.texts[domain]


@dataclass
class Nothing:
    """A bus without records."""

    oldest: datetime | None = None
    error: Exception | None = None
    waiting: dict[str, list[datetime]] = field(default_factory=dict)  # by topic: when unread records were published

    async def oldest_unread(self, group: str, network: NetworkKey | None = None) -> datetime | None:
        assert group == "ingest-horizon"
        assert network is None or network
        if self.error:
            raise self.error
        return self.oldest

    async def unread(self, group: str, topic: str, before: datetime | None = None) -> int:
        assert group == "ingest-horizon"
        return sum(before is None or at < before for at in self.waiting.get(topic, ()))


@dataclass
class Site:
    """A gateway under test: its parts, and a client of it."""

    gateway: Gateway
    projector: Projector
    api: httpx.AsyncClient
    app: Any
    config: LiveConfig
    clock: ManualClock
    published: KeptEvents
    horizons: dict[NetworkKey, FakeHorizon]
    federation: FakeFederation
    limiter: OpenLimiter
    bus: Nothing
    filling: dict[NetworkKey, Filling]
    examples: list[Example]

    @property
    def stores(self) -> Stores:
        return self.gateway.stores

    @property
    def domains(self) -> FakeDomains:
        found = self.gateway.resources.home_domains
        assert isinstance(found, FakeDomains)
        return found

    def network(self, name: str = "sandbox") -> Network:
        found = self.gateway.resources.networks.named(name)
        assert found
        return found

    def ref(self, name: object, network: str = "sandbox") -> AccountRef:
        return AccountRef(self.network(network).key, address(name))

    @property
    def genesis(self) -> AccountRef:
        return self.network().genesis

    def path(self, account: AccountRef | Address, rest: str = "", network: str = "sandbox") -> str:
        named = account.address if isinstance(account, AccountRef) else account
        return f"/api/v1/{network}/accounts/{named}{rest}"

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON of a successful answer."""
        answer = await self.api.get(path, params=query)
        assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def record(self, *creations: Creation, ends: Sequence[AccountEnd] = ()) -> None:
        await self.stores.creations.record(creations, ends)

    async def map(
        self,
        account: AccountRef,
        status: AccountStatus = AccountStatus.COMPLETE,
        *,
        reason: str | None = None,
        **state: Any,
    ) -> None:
        """Its creator step is done (`reason`: without finding one), and somebody asked for it."""
        await self.finish(account, Step.CREATOR, reason=reason)
        known = {"requested": True, "requested_at": NOW, "completed_at": NOW, "last_pipeline_attempt": NOW, **state}
        assert await self.stores.accounts.put_state(AccountState(ref=account, version=1, status=status, **known))

    async def finish(
        self, account: AccountRef, step: Step, state: RunState = RunState.FINISHED, **progress: Any
    ) -> None:
        """The run of a step has come so far."""
        run = Run(
            ref=RunRef(account, step), revision=1, state=state, progress=Progress(**{"complete": True, **progress})
        )
        assert await self.stores.runs.swap(run, None)

    async def chain(self, *names: object, network: str = "sandbox") -> list[AccountRef]:
        """Genesis made the first, which made the second, …; all are mapped."""
        maker = self.network(network).genesis
        accounts = [self.ref(name, network) for name in names]
        for at, account in enumerate(accounts):
            await self.record(creation(account, maker.address, ledger=1_000 * (at + 1)))
            await self.map(account)
            maker = account
        return accounts

    async def children(
        self, creator: AccountRef, count: int, *, ledger: int = 1_000_000, every: int = 10
    ) -> list[Creation]:
        """So many children, `every` ledgers apart, and the finished run that read them."""
        made = [
            creation(
                AccountRef(creator.network, address(f"{creator.address} {number}")),
                creator.address,
                ledger=ledger + every * number,
            )
            for number in range(count)
        ]
        await self.record(*made)
        months: dict[str, int] = {}
        for child in made:
            assert child.created_at
            month = f"{child.created_at:%Y-%m}"
            months[month] = months.get(month, 0) + 1
        await self.finish(
            creator,
            Step.CHILDREN,
            total=count,
            pages=-(-count // 200),
            last_op=made[-1].created_op if made else 0,
            months=tuple(months.items()),
        )
        return made


def creation(
    account: AccountRef, creator: Address | None, *, ledger: int, operation: int = 1, **known: Any
) -> Creation:
    """The account was made by the creator in that ledger."""
    facts: dict[str, Any] = {
        "kind": CreationKind.CREATE_ACCOUNT,
        "source": Source.HORIZON,
        "created_at": BEGAN + timedelta(seconds=LEDGER_S * ledger),
        "transaction_hash": sha256(f"{account} {ledger}".encode()).hexdigest(),
        "transaction_source": creator,
        "starting_balance_stroops": 10_000_000,
        **known,
    }
    return Creation(
        network=account.network,
        account=account.address,
        creator=creator,
        created_op=facts.pop("created_op", toid(ledger, 1, operation)),
        **facts,
    )


def merge(account: AccountRef, into: Address, *, ledger: int) -> AccountEnd:
    return AccountEnd(
        network=account.network,
        account=account.address,
        end_op=toid(ledger, 1, 1),
        merged_into=into,
        source=Source.HORIZON,
        ended_at=BEGAN + timedelta(seconds=LEDGER_S * ledger),
    )


@asynccontextmanager
async def open_site(
    *, dead_letters: DeadLetters | None = None, elsewhere: Stores | None = None, **values: Any
) -> AsyncIterator[Site]:
    """A gateway whose settings are these, on stores in memory or `elsewhere`; three networks are offered, the sandbox first."""
    settings = settings_of(**{"sandbox_accounts": 1_000, **values})
    networks = build_networks(settings, address, "http://127.0.0.1:1")
    horizons = {network.key: FakeHorizon(network) for network in networks}
    filling: dict[NetworkKey, Filling] = {}
    examples: list[Example] = []
    clock, published, bus, federation, limiter = ManualClock(), KeptEvents(), Nothing(), FakeFederation(), OpenLimiter()
    async with open_database(":memory:", inline=True) as database:
        stores = elsewhere or open_stores(database)
        config = LiveConfig(stores.config, settings)
        resources = Resources(
            settings=settings,
            config=config,
            admin=AdminToken(hash_of(ADMIN_TOKEN)),
            networks=networks,
            stores=stores,
            publisher=published,
            backlog=bus,
            clock=clock,
            metrics=open_metrics(CollectorRegistry()),
            horizon=lambda key: horizons[key],
            expert=lambda _: None,
            limiter=limiter,
            federation=federation,
            home_domains=FakeDomains(),
            dead_letters=dead_letters or KeptLetters(),
            examples=lambda key: tuple(each for each in examples if each.account.network == key),
            filling=filling.get,
        )
        gateway = open_gateway(resources, made(GatewaySettings, values))
        app = build_app(gateway)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as api:
            yield Site(
                gateway=gateway,
                projector=Projector(published, gateway.searches),
                api=api,
                app=app,
                config=config,
                clock=clock,
                published=published,
                horizons=horizons,
                federation=federation,
                limiter=limiter,
                bus=bus,
                filling=filling,
                examples=examples,
            )
