"""Every account's balance, and the order of those that are ranked."""

from collections.abc import Iterable, Sequence

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import HeldBalance, Movement
from stellarmap_hva_tracker.order import Order, Place


class Balances:
    """Ranks the accounts whose balance reaches the floor; of the others it knows the balance alone."""

    def __init__(self, held: Iterable[HeldBalance], floor_stroops: int) -> None:
        self.floor_stroops = floor_stroops
        self.held = {each.account: each for each in held}
        self.order = Order(place for each in self.held.values() if (place := self.place_of(each)))

    def copy(self) -> "Balances":
        """The same, which changes by itself from now on."""
        same = Balances((), self.floor_stroops)
        same.held, same.order = self.held.copy(), self.order.copy()
        return same

    def place_of(self, held: HeldBalance | None) -> Place | None:
        """What it is ranked by; None if it is not ranked."""
        return held.place if held is not None and held.balance_stroops >= self.floor_stroops else None

    def put(self, account: Address, held: HeldBalance | None) -> tuple[Place | None, Place | None]:
        """The account has this balance now; None: nothing is known of it. The places it had and has."""
        before, after = self.place_of(self.held.get(account)), self.place_of(held)
        if held is None:
            self.held.pop(account, None)
        else:
            self.held[account] = held
        if before != after:
            if before is not None:
                self.order.remove(before)
            if after is not None:
                self.order.add(after)
        return before, after

    def walk_back(self, movements: Sequence[Movement]) -> None:
        """Afterwards everything is as before the first of the movements, which are in their order."""
        first = {movement.after.account: movement.before for movement in reversed(movements)}
        for account, before in first.items():
            self.put(account, before)
