"""Where everybody truly stood a day ago: a second order, to which each movement comes a day late."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import Movement, Standing
from stellarmap_hva_tracker.balances import Balances

DAY = timedelta(days=1)


class Delayed:
    """Standings as they were a day before the latest `advance`."""

    def __init__(self, now: Balances, movements: Sequence[Movement], at: datetime) -> None:
        """`movements` are at least those of the last day, oldest first; they have led to `now`, which is only read."""
        self._then = now.copy()
        waiting = [each for each in movements if each.after.at > at - DAY]
        self._then.walk_back(waiting)
        self._waiting: deque[Movement] = deque()
        self._discovered: set[Address] = set()
        self.arrived = 0  # movements, a day late: as long as it is the same, nobody stands elsewhere
        for movement in waiting:
            self.add(movement)

    def add(self, movement: Movement) -> None:
        """The movement has just happened."""
        before, after = movement.before, movement.after
        floor_stroops = self._then.floor_stroops
        if after.balance_stroops >= floor_stroops or (before and before.balance_stroops >= floor_stroops):
            self._waiting.append(movement)
            if movement.discovered:
                self._discovered.add(after.account)
        elif before is None:
            self._then.put(after.account, after)  # small, and known from now on: nobody's rank depends on when

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
        return Standing(self._then.order.rank_of(place), held.balance_stroops), True
