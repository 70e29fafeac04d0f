"""The order of those that are ranked, in which every rank is known at any time."""

from collections.abc import Iterable
from itertools import islice

from sortedcontainers import SortedList

from stellarmap_common.domain.standing import HeldBalance
from stellarmap_hva_tracker.balances import Balances, Place


class Index(Balances):
    """Each step takes O(log n)."""

    def __init__(self, held: Iterable[HeldBalance], floor_stroops: int) -> None:
        super().__init__(held, floor_stroops)
        # Plain tuples: a key function, or objects that compare themselves, make every step two to four times as slow.
        self._places = SortedList(place for each in self.held.values() if (place := self.place_of(each)))

    def __len__(self) -> int:
        """How many accounts are ranked."""
        return len(self._places)

    def add(self, place: Place) -> None:
        self._places.add(place)

    def remove(self, place: Place) -> None:
        self._places.remove(place)

    def rank_of(self, place: Place) -> int:
        rank: int = self._places.bisect_left(place) + 1
        return rank

    def at(self, rank: int) -> Place:
        """The place that has the rank."""
        place: Place = self._places[rank - 1]
        return place

    def top(self, count: int) -> list[Place]:
        """The first places, by rank."""
        return list(islice(self._places, count))

    def count_from(self, floor_stroops: int) -> int:
        """How many have at least so much."""
        count: int = self._places.bisect_left((1 - floor_stroops,))
        return count

    def ladder(self, step: int) -> tuple[int, ...]:
        """The balance at every so-manieth rank."""
        return tuple(-self._places[index][0] for index in range(step - 1, len(self._places), step))
