"""The first ranks, where accounts are told that they were overtaken."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import RANK_STEP
from stellarmap_hva_tracker.order import Order, Place


class Window:
    """Follows the first places of an order. One account moves at a time, so that any other shifts by one position.

    Beside each place stand the ranks from which its account is told: to see who is due, a stretch of numbers is compared.
    """

    def __init__(self, order: Order, told_at: Callable[[Address], tuple[int, int]], board_size: int) -> None:
        self._order = order
        self._told_at = told_at
        self._places: list[Place] = []
        self._up: list[int] = []
        self._down: list[int] = []
        self._watched = board_size + RANK_STEP  # who is pushed off the board is told when ten positions are lost
        self.behind = (
            self._watched
        )  # position of whatever comes after the window; as a rank, it is told like all that are larger
        for place in order.top(self._watched):
            self._append(place)

    def is_behind(self, place: Place | None) -> bool:
        """True for what comes after all that are watched, or is not ranked at all."""
        return place is None or (len(self._places) == self._watched and place > self._places[-1])

    def move(self, before: Place | None, after: Place | None) -> Sequence[int]:
        """The order has just moved an account: the ranks of others that are now due to be told."""
        if self.is_behind(before) and self.is_behind(after):
            return ()
        left, came = self._remove(before), self._insert(after)
        if len(self._places) < min(self._watched, len(self._order)):
            self._append(self._order.at(len(self._places) + 1))
        if came < left:
            return _due(self._down, slice(came + 1, left + 1), int.__ge__)
        return _due(self._up, slice(left, came), int.__le__)

    def account_at(self, rank: int) -> Address:
        """Who has the rank."""
        return self._places[rank - 1][2]

    def told(self, rank: int) -> None:
        """Afterwards the account at this rank, if it is one of the first, is compared with what is recorded of it now."""
        if 0 < rank <= len(self._places):
            self._up[rank - 1], self._down[rank - 1] = self._told_at(self.account_at(rank))

    def _remove(self, place: Place | None) -> int:
        position = self._position(place)
        if position != self.behind:
            del self._places[position], self._up[position], self._down[position]
        return position

    def _insert(self, place: Place | None) -> int:
        position = self._position(place)
        if place is not None and position != self.behind:
            up, down = self._told_at(place[2])
            self._places.insert(position, place)
            self._up.insert(position, up)
            self._down.insert(position, down)
            del self._places[self._watched :], self._up[self._watched :], self._down[self._watched :]
        return position

    def _position(self, place: Place | None) -> int:
        """Where it is, or belongs; beyond if that is behind all others, where it is appended if it is the next."""
        if place is None or not self._places or place > self._places[-1]:
            return self.behind
        return bisect_left(self._places, place)

    def _append(self, place: Place) -> None:
        up, down = self._told_at(place[2])
        self._places.append(place)
        self._up.append(up)
        self._down.append(down)


def _due(told_at: list[int], stretch: slice, reached: Callable[[int, int], bool]) -> Sequence[int]:
    """The ranks of the stretch that have reached what is told."""
    first = stretch.start + 1
    return [rank for rank, limit in enumerate(told_at[stretch], first) if reached(rank, limit)]
