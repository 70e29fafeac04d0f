"""Lag, each second: told to the metrics, and to the lower lanes, which make way for the higher ones of their group."""

from collections.abc import Callable, Iterable

from stellarmap_common.adapters.kafka.work import WorkSubscriber
from stellarmap_common.domain.status import Lane
from stellarmap_common.events.topics import replay_topic
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.subscription import Subscription

LOOK_S = 1.0
_ORDER = tuple(Lane)

Lag = Callable[[str, str], int]
"""Records of a topic that a group has not committed, over all partitions."""


class Lanes:
    """Holds the lower lanes of every group back while a higher one has records that could be handled."""

    def __init__(self, lag: Lag, metrics: Metrics, clock: Clock) -> None:
        self._lag = lag
        self._metrics = metrics
        self._clock = clock

    async def keep(self, works: Iterable[WorkSubscriber]) -> None:
        """Looks each second, until it is cancelled."""
        works = tuple(works)
        while True:
            self.look(works)
            await self._clock.sleep(LOOK_S)

    def look(self, works: Iterable[WorkSubscriber]) -> None:
        """Afterwards each lane is held or free, as the lag is now."""
        works = tuple(works)
        topics = {(work.subscription.group or "", work.subscription.topic.name) for work in works}
        for group, topic in topics:
            self._metrics.consumer_lag.labels(group, topic).set(self._lag(group, topic))
        for work in works:
            higher = (other for other in works if _is_above(other, work))
            # What waits for a paused source is no reason to stand still: another network's accounts may go on.
            work.share.hold(held=any(self._lag_of(other.subscription) > other.idle for other in higher))

    def _lag_of(self, subscription: Subscription) -> int:
        """Of all it reads, as `idle` is: its replays too."""
        group, topic = subscription.group or "", subscription.topic
        return self._lag(group, topic.name) + self._lag(group, replay_topic(topic, group))


def _is_above(one: WorkSubscriber, other: WorkSubscriber) -> bool:
    same = one.subscription.group == other.subscription.group
    return same and _ORDER.index(one.subscription.lane) < _ORDER.index(other.subscription.lane)
