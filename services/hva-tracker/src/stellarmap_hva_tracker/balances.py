"""Every account's balance, and the order of those that are ranked."""

from collections.abc import Iterable

from stellarmap_common.domain.standing import HeldBalance
from stellarmap_hva_tracker.order import Moved, Order, Place


class Balances:
    """Ranks the accounts whose balance reaches the floor; of the others it knows the balance alone."""

    def __init__(self, held: Iterable[HeldBalance], floor_stroops: int) -> None:
        self.floor_stroops = floor_stroops
        self.held = {each.account: each for each in held}
        self.order = Order(place for each in self.held.values() if (place := self.place_of(each)))

    def place_of(self, held: HeldBalance | None) -> Place | None:
        """What it is ranked by; None if it is not ranked."""
        return held.place if held is not None and held.balance_stroops >= self.floor_stroops else None

    def put(self, before: HeldBalance | None, held: HeldBalance) -> Moved:
        """Its account, which had the balance before, has this one now. From and to which places that moves it."""
        moved = self.place_of(before), self.place_of(held)
        self.held[held.account] = held
        self.order.move(*moved)
        return moved
