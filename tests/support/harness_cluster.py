"""The fault harness in cluster mode: replicas on servers, and what they have stored, told and asked."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.events.topics import ACCOUNT_QUEUED, INGEST_HORIZON, TOPICS
from tests.support.cluster import Cluster, Servers, real_servers, running_cluster
from tests.support.harness import ALL_PAGES, ASK_S, BUDGET, Outcome, read
from tests.support.harness_log import told_of
from tests.support.harness_network import NetworkProcess
from tests.support.kafka_topics import heard_at, members_of, place_of, remove_topics, unread
from tests.support.servers.cassandra import connected
from tests.support.servers.errors import NoServer
from tests.support.servers.fixtures import without
from tests.support.system import until

INGEST_0, INGEST_1 = "ingest-horizon-0", "ingest-horizon-1"
GATEWAY_0, GATEWAY_1 = "gateway-0", "gateway-1"
KEYSPACE = "stellarmap"
OF_SCHEMA = "schema_"  # what migrations keep of themselves
LOOK_S = 0.1
RESUMES_WITHIN_S = 15
ASSIGNED = '"partitions_assigned"'


@contextmanager
def own_servers(folder: Path, *, brokers: int = 1) -> Iterator[Servers]:
    """Servers that a test may kill. Where none can be had the test is left out aloud, or fails."""
    try:
        with real_servers(folder, brokers=brokers) as servers:
            yield servers
    except NoServer as error:
        without(error)


@asynccontextmanager
async def fresh_cluster(
    servers: Servers, folder: Path, network: NetworkProcess, names: Sequence[str], **settings: object
) -> AsyncIterator[Cluster]:
    """These replicas on servers that know nothing of any account, whoever used them before."""
    await empty(servers)
    async with running_cluster(servers, folder, names, **network.settings(**settings)) as cluster:
        yield cluster


async def empty(servers: Servers) -> None:
    """Afterwards they know nothing, but may have tables."""
    await remove_topics(servers.kafka.bootstrap)
    truncate(servers)


def truncate(servers: Servers) -> None:
    """Afterwards the keyspace, if there is one, has its tables and nothing in them."""
    with connected(servers.cassandra.host, servers.cassandra.port) as session:
        found = session.execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", (KEYSPACE,))
        for (table,) in found:
            if not table.startswith(OF_SCHEMA):
                session.execute(f"TRUNCATE {KEYSPACE}.{table}")


async def ask_hub(cluster: Cluster, network: NetworkProcess) -> str:
    """The request for the whole hub and some of its children."""
    return await cluster.gateway.ask(network.hub, budget=BUDGET, pages=ALL_PAGES)


async def finish(cluster: Cluster, request_id: str, within_s: float = ASK_S) -> None:
    """Returns once the request is completed, all that led to it is told, and every replica stopped in order.

    Where brokers were away, a request may be completed before its facts are told: their records are read again then.
    """
    await cluster.gateway.completed(request_id, within_s=within_s, every_s=LOOK_S)
    await all_is_done(cluster)
    names = list(cluster.running)
    assert dict(zip(names, await cluster.stop(*names), strict=True)) == dict.fromkeys(names, 0)


async def outcome(cluster: Cluster, network: NetworkProcess, since: float, kills: int = 0) -> Outcome:
    """How it ended, once it is certain that the hub is stored as it truly is. All replicas have stopped."""
    async with cluster.mapped(network.spec) as store:
        assert await store.differences(network.truth, network.hub) == []
        digest = await store.digest()
    told = told_of(await heard_at(cluster.servers.kafka.bootstrap))
    assert told.dead == []
    return Outcome(digest, told, Counter(each.question for each in network.asked(since)), kills)


async def owner(cluster: Cluster, account: AccountRef) -> str:
    """The ingest replica that reads the later pages of this account."""
    place = place_of(ACCOUNT_QUEUED.name, ACCOUNT_QUEUED.partitions, str(account))
    group = f"{ACCOUNT_QUEUED.name}.{INGEST_HORIZON}"

    async def named() -> str | None:
        for member_id, places in (await members_of(cluster.servers.kafka.bootstrap, group)).items():
            if place in places:
                return next((name for name in cluster.running if member_id.startswith(f"{name}.")), None)
        return None

    return str(await until(named, within_s=ASK_S, what=f"somebody reads {place}", every_s=LOOK_S))


async def joined(cluster: Cluster) -> None:
    """Returns once every replica reads its part of every topic that its service reads."""
    wanted = [
        (f"{topic.name}.{service}", f"{name}.{topic.name}")
        for topic in TOPICS
        for service in topic.consumers
        for name in cluster.running
        if name.startswith(service)
    ]

    async def have_joined() -> bool:
        parts = {group: await members_of(cluster.servers.kafka.bootstrap, group) for group in dict(wanted)}
        return all(
            any(places and member_id.startswith(member) for member_id, places in parts[group].items())
            for group, member in wanted
        )

    await until(have_joined, within_s=ASK_S, what="all have joined", every_s=LOOK_S)


async def all_is_done(cluster: Cluster) -> None:
    """Returns once every group of the services that run has committed all of its topic."""
    services = {name.rpartition("-")[0] for name in cluster.running}

    async def done() -> bool:
        bootstrap = cluster.servers.kafka.bootstrap
        groups = [
            (topic.name, f"{topic.name}.{service}")
            for topic in TOPICS
            for service in topic.consumers
            if service in services
        ]
        return not any([await unread(bootstrap, topic, group) for topic, group in groups])

    await until(done, within_s=ASK_S, what="all is done", every_s=LOOK_S)


def times_assigned(cluster: Cluster) -> dict[str, int]:
    """How often each replica has been given partitions since it first ran, as its log tells."""
    return {name: system.log.read_text().count(ASSIGNED) for name, system in cluster.running.items()}


def hub_of(network: NetworkProcess) -> AccountRef:
    """The account with the most children."""
    return AccountRef(network.spec.key, network.hub)


def pages_of(hub: Address, clean: Outcome) -> int:
    """How many pages its payments have."""
    return sum(f"/accounts/{hub}/payments" in question for question in clean.asked)


async def more_read(network: NetworkProcess, pages: int, whole: int, since: float) -> None:
    """Returns once so many more pages of the hub were asked for, or all of them."""
    await read(network, network.hub, min(len(network.pages(network.hub, since)) + pages, whole), since)


async def takes_its_time(network: NetworkProcess, seconds: float) -> None:
    """Afterwards every page of payments comes slowly, so that there is time for troubles even in a small hub."""
    await network.trouble({"kind": "slow_drip", "seconds": seconds, "path": "/payments"})


def resumed_after_s(network: NetworkProcess, hub: Address, ready_at: float) -> float:
    """How long after that moment the next page of the hub was asked for."""
    path = f"/horizon/accounts/{hub}/payments"
    later = [each.at for each in network.asked(ready_at) if each.question.startswith(path)]
    assert later, "all pages had been read: nothing shows that the hub went on"
    return min(later) - ready_at
