"""Where the records stand that wait for a source that is away, and are too many to be kept: they are read again.

A network whose records are shelved in a partition has all that comes behind them there shelved too. So records of one key
never overtake each other, whoever of them is kept.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from stellarmap_common.adapters.kafka.decoding import Record
from stellarmap_common.adapters.kafka.lines import Partition, place_of

Spot = tuple[str, Partition]
"""A network and a partition."""


class Shelf:
    """Offsets and times of shelved records, in order."""

    def __init__(self) -> None:
        self._spots: defaultdict[Spot, list[tuple[int, int]]] = defaultdict(list)
        self._used: defaultdict[Partition, int] = defaultdict(int)
        self.count = 0

    def put(self, network: str, record: Record) -> None:
        """Afterwards the record is shelved."""
        place = place_of(record)
        insort(self._spots[network, place], (record.offset, record.timestamp))
        self._used[place] += 1
        self.count += 1

    def is_used(self, place: Partition) -> bool:
        """True if a record of the partition is shelved, of whatever network."""
        return place in self._used

    def holds(self, network: str, place: Partition) -> bool:
        """True if a record of the network is shelved there."""
        return (network, place) in self._spots

    def next(self, may: Callable[[str], bool]) -> tuple[Spot, int] | None:
        """Where the first record stands of some network that may go on."""
        return next(((spot, kept[0][0]) for spot, kept in self._spots.items() if may(spot[0])), None)

    def first(self, spot: Spot) -> int | None:
        """The first offset there."""
        kept = self._spots.get(spot)
        return kept[0][0] if kept else None

    def take_first(self, spot: Spot) -> None:
        """Afterwards the first record there is not shelved any more."""
        _, place = spot
        del self._spots[spot][0]
        if not self._spots[spot]:
            del self._spots[spot]
        self._took(place, 1)

    def forget(self, places: Collection[Partition]) -> None:
        """Afterwards nothing is known of these partitions."""
        for spot in [spot for spot in self._spots if spot[1] in places]:
            self._took(spot[1], len(self._spots.pop(spot)))

    def times(self, topic: str) -> Iterator[tuple[str, int]]:
        """The network of each shelved record of the topic, and when it was published (ms)."""
        return (
            (network, at_ms) for (network, place), kept in self._spots.items() if place[0] == topic for _, at_ms in kept
        )

    def _took(self, place: Partition, count: int) -> None:
        self.count -= count
        self._used[place] -= count
        if not self._used[place]:
            del self._used[place]
