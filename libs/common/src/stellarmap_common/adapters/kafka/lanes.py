"""Lag, each second: told to the metrics, and to the lower lanes, which make way for the higher ones of their group."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from stellarmap_common.adapters.kafka.work import WorkSubscriber
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import TransientError
from stellarmap_common.events.topics import replay_topic
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.backlog import Backlog
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.subscription import Subscription

log = structlog.get_logger(__name__)

LOOK_S = 1.0
_ORDER = tuple(Lane)

Lags = Callable[[str, str], Awaitable[Mapping[int, int]]]
"""Records of a topic that a group has not committed, by partition: of all its partitions, whoever reads them."""


class Lanes:
    """Holds the lower lanes of every group back while a higher one has records that could be handled."""

    def __init__(self, lags: Lags, backlog: Backlog, metrics: Metrics, clock: Clock) -> None:
        self._lags = lags
        self._backlog = backlog
        self._metrics = metrics
        self._clock = clock
        self._away = False

    async def keep(self, works: Iterable[WorkSubscriber]) -> None:
        """Looks each second, until it is cancelled. While nobody tells the lag, the lanes stay as they are."""
        works = tuple(works)
        while True:
            try:
                await self.look(works)
            except TransientError as error:
                if not self._away:
                    log.warning("broker_away", error=str(error))
                self._away = True
            else:
                if self._away:
                    log.warning("broker_back")
                self._away = False
            await self._clock.sleep(LOOK_S)

    async def look(self, works: Iterable[WorkSubscriber]) -> None:
        """Afterwards each lane is held or free, as the lag is now. Raises: TransientError."""
        works = tuple(works)
        main = {work: await self._lags(*_names(work.subscription)) for work in works}
        lags = {work: sum(main[work].values()) + await self._lag_of_replays(work.subscription) for work in works}
        for work in works:
            higher = (other for other in works if _is_above(other, work))
            # What waits for a paused source is no reason to stand still: another network's accounts may go on.
            held = work.subscription.makes_way and any(lags[other] > other.idle for other in higher)
            work.share.hold(held=held)
        for work, partitions in main.items():
            for partition, lag in partitions.items():
                self._metrics.consumer_lag.labels(*_names(work.subscription), partition).set(lag)
        for group in {work.subscription.group or "" for work in works}:
            oldest = await self._backlog.oldest_unread(group)
            waited_s = 0.0 if oldest is None else max(0.0, (self._clock.now() - oldest).total_seconds())
            self._metrics.oldest_unprocessed.labels(group).set(waited_s)

    async def _lag_of_replays(self, subscription: Subscription) -> int:
        """It reads them too, and `idle` counts them."""
        group, _ = _names(subscription)
        return sum((await self._lags(group, replay_topic(subscription.topic, group))).values())


def _names(subscription: Subscription) -> tuple[str, str]:
    return subscription.group or "", subscription.topic.name


def _is_above(one: WorkSubscriber, other: WorkSubscriber) -> bool:
    same = one.subscription.group == other.subscription.group
    return same and _ORDER.index(one.subscription.lane) < _ORDER.index(other.subscription.lane)
