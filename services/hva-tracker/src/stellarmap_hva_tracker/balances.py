"""Every account's balance, and which of them are ranked."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.standing import HeldBalance, Movement

Place = tuple[int, int, Address]


class Balances(ABC):
    """Ranks the accounts whose balance reaches the floor; of the others it knows the balance alone."""

    def __init__(self, held: Iterable[HeldBalance], floor_stroops: int) -> None:
        self.floor_stroops = floor_stroops
        self.held = {each.account: each for each in held}

    def ranks(self, held: HeldBalance | None) -> bool:
        """True for a balance that reaches the floor."""
        return held is not None and held.balance_stroops >= self.floor_stroops

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
                self.remove(before)
            if after is not None:
                self.add(after)
        return before, after

    def walk_back(self, movements: Sequence[Movement]) -> None:
        """Afterwards everything is as before the first of the movements, which are in their order."""
        for movement in reversed(movements):
            self.put(movement.after.account, movement.before)

    @abstractmethod
    def add(self, place: Place) -> None:
        """The place is one of them now."""

    @abstractmethod
    def remove(self, place: Place) -> None:
        """It is no more."""

    @abstractmethod
    def rank_of(self, place: Place) -> int:
        """1 for the largest balance."""
