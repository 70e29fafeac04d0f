"""Where everybody truly stood a day ago: a second order, to which each movement comes a day late."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import HeldBalance, Movement, Standing
from stellarmap_hva_tracker.balances import Balances
from stellarmap_hva_tracker.order import Place

DAY = timedelta(days=1)


class Delayed:
    """Standings as they were a day before the latest `advance`."""

    def __init__(self, now: Balances, movements: Sequence[Movement], at: datetime) -> None:
        """`movements` are at least those of the last day, oldest first; they have led to `now`, which is only read."""
        self._place_of = now.place_of
        self._held = now.held.copy()
        self._ranks = now.order.copied()
        self._waiting: deque[tuple[HeldBalance, Place | None, Place | None]] = deque()
        self._discovered: set[Address] = set()
        self.arrived = 0  # movements, a day late: as long as it is the same, nobody stands elsewhere
        waiting = [each for each in movements if each.after.at > at - DAY]
        self._walk_back(waiting)
        for movement in waiting:
            self.add(movement, now.place_of(movement.before), now.place_of(movement.after))

    def add(self, movement: Movement, before: Place | None, place: Place | None) -> None:
        """The movement has just happened, from and to these places."""
        after = movement.after
        if before is not None or place is not None:
            self._waiting.append((after, before, place))
            if movement.discovered:
                self._discovered.add(after.account)
        elif movement.before is None:
            self._held[after.account] = after  # small, and known from now on: nobody's rank depends on when

    def advance(self, now: datetime) -> None:
        """Afterwards it shows the standings of a day before `now`."""
        until = now - DAY
        held, ranks, waiting = self._held, self._ranks, self._waiting
        while waiting and waiting[0][0].at <= until:
            after, before, place = waiting.popleft()
            held[after.account] = after
            ranks.move(before, place)
            self.arrived += 1
            self._discovered.discard(after.account)

    def standing_of(self, account: Address) -> tuple[Standing | None, bool]:
        """Where the account stood; None if below the lowest threshold, or not known: then, False."""
        held = self._held.get(account)
        place = self._place_of(held)
        if held is None or place is None:
            return None, account not in self._discovered
        return Standing(self._ranks.rank_of(place), held.balance_stroops), True

    def _walk_back(self, movements: Sequence[Movement]) -> None:
        """Afterwards everything is as before the first of the movements, which are in their order."""
        first = {movement.after.account: movement.before for movement in reversed(movements)}
        for account, before in first.items():
            self._ranks.move(self._place_of(self._held.pop(account, None)), self._place_of(before))
            if before is not None:
                self._held[account] = before
