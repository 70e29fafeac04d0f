"""The order of those that are ranked, in which every rank is known at any time."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeAlias, cast

from sortedcontainers import SortedList

from stellarmap_common.domain.network import Address

Place = tuple[int, int, Address]
"""What accounts are ranked by, in ascending order: minus the balance, when it was created, its address."""

Moved = tuple[Place | None, Place | None]
"""From and to where; None where it is not ranked."""

_DIGITS = 12  # binary ones of a balance, that tell its drawer: those in one differ by 0.05 % at most
_LAST = ((65 - _DIGITS) << (_DIGITS - 1)) - 1  # drawer, of the smallest balances; the largest are in the first
_SHELF = 7  # 2 ** 7 drawers are counted together
_MANY = 2_000  # places in one drawer: whole crowds have the same balance, such as all that were never used


class _Drawer:
    """Places by rank. Their balances lie beside them in one piece: to look through these is to read memory in a row."""

    __slots__ = ("owed", "places")

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self.places = list(places)
        self.owed = array("q", [place[0] for place in self.places])

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self.places)

    def __getitem__(self, position: int) -> Place:
        return self.places[position]

    def add(self, place: Place) -> None:
        position = bisect_left(self.owed, place[0])
        if position < len(self.owed) and self.owed[position] == place[0]:
            position = self.bisect_left(place)
        self.places.insert(position, place)
        self.owed.insert(position, place[0])

    def remove(self, place: Place) -> None:
        position = bisect_left(self.owed, place[0])
        if self.places[position] != place:  # there are others with this balance
            position = self.bisect_left(place)
        del self.places[position], self.owed[position]

    def bisect_left(self, place: Place) -> int:
        position = bisect_left(self.owed, place[0])
        if position < len(self.owed) and self.owed[position] == place[0]:
            return bisect_left(self.places, place, position, bisect_right(self.owed, place[0], position))
        return position


class _Heap(set[Place]):
    """Places in no order: to put one down or to take it away costs half as much, but its rank has to be counted."""

    __slots__ = ()

    def bisect_left(self, place: Place) -> int:
        return sum(other < place for other in self)


_Holder: TypeAlias = _Drawer | _Heap | SortedList

_Ordered: TypeAlias = list[_Drawer | SortedList]  # of an order: it has no heaps

_EMPTY = _Drawer()  # stands for all drawers in which nothing is


class Ranks:
    """Places in drawers. A balance tells its drawer, so that a place is found among a few; a rank is their counts, added up.

    A sorted list of all of them takes twice as long: it compares a place with twenty that are all over the memory.
    Here drawers are heaps: for whoever moves many, and asks for the ranks of few, most of which are nearly alone in theirs.
    """

    def __init__(self) -> None:
        self._drawers: list[_Holder] = [_EMPTY] * (_LAST + 1)
        self._sizes = [0] * (_LAST + 1)  # of the drawers
        self._counts = [0] * ((_LAST >> _SHELF) + 1)  # of the shelves

    def copied(self) -> "Ranks":
        """The same places, which are moved by themselves from now on."""
        ranks, crowd = Ranks(), SortedList
        ranks._drawers = [
            drawer if drawer is _EMPTY else crowd(drawer) if isinstance(drawer, crowd) else _Heap(drawer)
            for drawer in self._drawers
        ]
        ranks._sizes, ranks._counts = self._sizes.copy(), self._counts.copy()
        return ranks

    def __len__(self) -> int:
        """How many accounts are ranked."""
        return sum(self._counts)

    def move(self, before: Place | None, after: Place | None) -> None:
        """An account had the one place, and has the other; None where it is not ranked."""
        if before == after:
            return
        sizes, counts = self._sizes, self._counts
        if before is not None:
            number = _drawer_of(before)
            self._drawers[number].remove(before)
            sizes[number] -= 1
            counts[number >> _SHELF] -= 1
        if after is not None:
            number = _drawer_of(after)
            self._drawer(number).add(after)
            sizes[number] += 1
            counts[number >> _SHELF] += 1

    def rank_of(self, place: Place) -> int:
        """1 for the largest balance."""
        return self._ahead_of(place) + 1

    def count_from(self, floor_stroops: int) -> int:
        """How many have at least so much."""
        return self._ahead_of((1 - floor_stroops, -1, Address("")))

    def _drawer(self, number: int) -> _Holder:
        """Into which one more place will go."""
        drawer = self._drawers[number]
        if drawer is _EMPTY:
            drawer = self._drawers[number] = self._new()
        elif self._sizes[number] == _MANY and not isinstance(drawer, SortedList):
            drawer = self._drawers[number] = SortedList(drawer)
        return drawer

    def _new(self) -> _Holder:
        return _Heap()

    def _ahead_of(self, place: Place) -> int:
        number = _drawer_of(place)
        shelf = number >> _SHELF
        beside = self._sizes[shelf << _SHELF : number]
        return sum(self._counts[:shelf]) + sum(beside) + self._drawers[number].bisect_left(place)


class Order(Ranks):
    """Places in drawers that are in order, too: for whoever goes through them by rank."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        """`places` are in no order."""
        super().__init__()
        for place in places:
            self.move(None, place)

    def __iter__(self) -> Iterator[Place]:
        """All of them, by rank."""
        return chain.from_iterable(self._filled())

    def at(self, rank: int) -> Place:
        """The place that has the rank."""
        return next(islice(self, rank - 1, None))

    def top(self, count: int) -> list[Place]:
        """The first places, by rank."""
        return list(islice(self, count))

    def ladder(self, step: int) -> tuple[int, ...]:
        """The balance at every so-manieth rank."""
        rungs: list[int] = []
        position = step - 1  # of the next rung, in the drawer at hand
        for drawer in self._filled():
            while position < len(drawer):
                rungs.append(-drawer[position][0])
                position += step
            position -= len(drawer)
        return tuple(rungs)

    def _new(self) -> _Holder:
        return _Drawer()

    def _filled(self) -> Iterator[_Drawer | SortedList]:
        for shelf, count in enumerate(self._counts):
            if count:
                yield from filter(None, cast("_Ordered", self._drawers[shelf << _SHELF : (shelf + 1) << _SHELF]))


def _drawer_of(place: Place) -> int:
    """Larger for smaller balances. All of them have one: 2 ** 63 - 1 stroops are the most that there can be."""
    balance_stroops = -place[0]
    shift = balance_stroops.bit_length() - _DIGITS
    if shift < 0:
        return _LAST - balance_stroops
    return _LAST - (shift << (_DIGITS - 1)) - (balance_stroops >> shift)
