"""Where everybody truly stood a day ago: a second order, to which each movement comes a day late."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import HeldBalance, Movement, Standing
from stellarmap_hva_tracker.balances import Balances, Place

DAY = timedelta(days=1)
_BITS = 9  # of a balance, that tell its bucket: those in one differ by 0.4 % at most


class Buckets(Balances):
    """An order that is changed far more often than it is asked: a change takes O(1), and a rank the size of a bucket."""

    def __init__(self, held: Iterable[HeldBalance], floor_stroops: int) -> None:
        super().__init__(held, floor_stroops)
        self._buckets: defaultdict[int, set[Place]] = defaultdict(set)
        self._ahead: dict[int, int] = {}  # of each bucket, how many are in larger ones; empty after a change
        for each in self.held.values():
            if place := self.place_of(each):
                self.add(place)

    def add(self, place: Place) -> None:
        self._ahead = {}
        self._buckets[_bucket_of(place)].add(place)

    def remove(self, place: Place) -> None:
        self._ahead = {}
        self._buckets[_bucket_of(place)].remove(place)

    def rank_of(self, place: Place) -> int:
        if not self._ahead:
            largest_first = sorted(self._buckets, reverse=True)
            sizes = accumulate((len(self._buckets[bucket]) for bucket in largest_first), initial=0)
            self._ahead = dict(zip(largest_first, sizes, strict=False))
        bucket = _bucket_of(place)
        return self._ahead[bucket] + sum(other <= place for other in self._buckets[bucket])


def _bucket_of(place: Place) -> int:
    """Larger for larger balances."""
    balance_stroops = -place[0]
    shift = max(balance_stroops.bit_length() - _BITS, 0)
    return (shift << _BITS) + (balance_stroops >> shift)


class Delayed:
    """Standings as they were a day before the latest `advance`."""

    def __init__(self, now: Balances, movements: Sequence[Movement], at: datetime) -> None:
        """`movements` are at least those of the last day, oldest first; they have led to `now`, which is only read."""
        self._then = Buckets(now.held.values(), now.floor_stroops)
        waiting = [each for each in movements if each.after.at > at - DAY]
        self._then.walk_back(waiting)
        self._waiting: deque[Movement] = deque()
        self._discovered: set[Address] = set()
        self.arrived = 0  # movements, a day late: as long as it is the same, nobody stands elsewhere
        for movement in waiting:
            self.add(movement)

    def add(self, movement: Movement) -> None:
        """The movement has just happened."""
        account = movement.after.account
        if self._then.ranks(movement.after) or self._then.ranks(movement.before):
            self._waiting.append(movement)
            if movement.discovered:
                self._discovered.add(account)
        elif movement.before is None:
            self._then.put(account, movement.after)  # small, and known from now on: nobody's rank depends on when

    def advance(self, now: datetime) -> None:
        """Afterwards it shows the standings of a day before `now`."""
        until = now - DAY
        while self._waiting and self._waiting[0].after.at <= until:
            moved = self._waiting.popleft().after
            self._then.put(moved.account, moved)
            self.arrived += 1
            self._discovered.discard(moved.account)

    def standing_of(self, account: Address) -> tuple[Standing | None, bool]:
        """Where the account stood; None if below the lowest threshold, or not known: then, False."""
        held = self._then.held.get(account)
        place = self._then.place_of(held)
        if held is None or place is None:
            return None, account not in self._discovered
        return Standing(self._then.rank_of(place), held.balance_stroops), True
