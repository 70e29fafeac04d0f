"""The fault harness of the tracker in cluster mode: replicas on servers, of which one ranks, fed from outside."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from stellarmap_common.events.base import with_id
from stellarmap_common.events.standings import BalanceUpdated, StandingChanged
from stellarmap_common.events.topics import BALANCE_UPDATED, HVA_TRACKER, STANDING_CHANGED
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.engines import engine_of
from tests.support.balance_stream import Stream, feed
from tests.support.cluster import Cluster, Servers, running_cluster
from tests.support.harness_cluster import KEYSPACE, empty
from tests.support.harness_tracker import NETWORK, PER_S, READ_S, Ended, ended_in, is_shown
from tests.support.kafka_topics import committing, heard_at
from tests.support.servers.cassandra import connected
from tests.support.settings import settings_of
from tests.support.system import until

TRACKER_0, TRACKER_1 = f"{HVA_TRACKER}-0", f"{HVA_TRACKER}-1"
GROUP = f"{BALANCE_UPDATED.name}.{HVA_TRACKER}"
TAKES_OVER_S = 60
LOOK_S = 0.02
BOOK = (
    "tracker_journal",
    "tracker_mark",
    "high_balance",
    "standing",
    "standing_change_by_account",
    "standing_change_by_day",
    "balance_change",
    "standing_close",
    "leaderboard",
)
"""The tables that only a tracker writes."""


@dataclass(slots=True)
class Trackers:
    """Replicas of the tracker, and the stream that they are fed with."""

    cluster: Cluster
    stream: Stream
    publisher: EventPublisher
    _committed: Callable[[], Awaitable[int]]
    _balances: Iterator[BalanceUpdated]
    fed: int = 0

    async def feed(self, balances: int) -> None:
        """Afterwards so many more are published, at their pace."""
        await feed(self.publisher, self._counted(balances), SystemClock(), PER_S)

    async def have_fed(self, balances: int) -> None:
        """Returns once so many are published, but for the last of them."""

        async def far_enough() -> bool:
            return self.fed >= balances

        await until(far_enough, within_s=READ_S, what=f"{balances} balances fed", every_s=LOOK_S)

    async def have_read(self, balances: int) -> None:
        """Returns once so many are read."""

        async def far_enough() -> bool:
            return await self._committed() >= balances

        await until(far_enough, within_s=READ_S, what=f"{balances} balances read", every_s=LOOK_S)

    async def read(self) -> int:
        """How many balances are read."""
        return await self._committed()

    async def taken(self, times: int) -> str:
        """Who ranks, once somebody has taken the lease for the so-manieth time."""

        async def by_whom() -> str:
            takers = sorted(self._takers())
            return takers[-1][1] if len(takers) == times else ""

        return str(await until(by_whom, within_s=TAKES_OVER_S, what=f"taken {times} times", every_s=LOOK_S))

    async def finish(self) -> Ended:
        """How it ended, once all is read and shown and every replica has stopped in order."""
        await self.all_is_shown()
        names = list(self.cluster.running)
        assert dict(zip(names, await self.cluster.stop(*names), strict=True)) == dict.fromkeys(names, 0)
        heard = await heard_at(self.cluster.servers.kafka.bootstrap)
        fed = [each.headers["ce_id"].decode() for each in heard if each.topic == BALANCE_UPDATED.name]
        assert fed == [each.id for each in self.stream.balances()]
        assert not [each for each in heard if each.topic.endswith(".dlq")]
        async with engine_of(settings_of(**self.cluster.settings())).open_to_look() as stores:
            return await ended_in(stores, self.stream, await self.told())

    async def all_is_shown(self) -> None:
        """Returns once the last balance is read, and the board is that of it."""
        await self.have_read(len(self.stream))
        async with engine_of(settings_of(**self.cluster.settings())).open_to_look() as stores:
            await is_shown(stores)

    async def told(self) -> list[StandingChanged]:
        """Every change that was told, those that were told again too."""
        heard = await heard_at(self.cluster.servers.kafka.bootstrap)
        return [
            with_id(_decode(each.value), each.headers["ce_id"].decode())
            for each in heard
            if each.topic == STANDING_CHANGED.name
        ]

    def _counted(self, balances: int) -> Iterator[BalanceUpdated]:
        for each in islice(self._balances, balances):
            self.fed += 1
            yield each

    def _takers(self) -> Iterator[tuple[str, str]]:
        for log in self.cluster.folder.glob("*.log"):
            for line in log.read_text().splitlines():
                if '"lease_taken"' in line:
                    yield json.loads(line)["timestamp"], log.stem


_decode = msgspec.json.Decoder(StandingChanged).decode


@asynccontextmanager
async def fresh_trackers(servers: Servers, folder: Path, stream: Stream) -> AsyncIterator[Trackers]:
    """No replica yet, on servers that know nothing of any account."""
    await empty(servers)
    async with (
        running_cluster(servers, folder, (), **NETWORK) as cluster,
        engine_of(settings_of(**cluster.settings())).open_topics() as bus,
        committing(servers.kafka.bootstrap, BALANCE_UPDATED.name, GROUP) as committed,
    ):
        yield Trackers(cluster, stream, bus.publisher, committed, stream.balances())


def book_of(servers: Servers) -> dict[str, list[str]]:
    """Every row of every table that a tracker writes."""
    with connected(servers.cassandra.host, servers.cassandra.port) as session:
        return {
            table: sorted(str(row) for row in session.execute(f"SELECT * FROM {KEYSPACE}.{table}"))  # noqa: S608 - our own names
            for table in BOOK
        }
