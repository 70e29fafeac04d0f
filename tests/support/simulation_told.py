"""What sources have told so far, and what must be stored of it: a model of the facts, as plain as it can be."""

from collections import Counter

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation, incarnations
from stellarmap_common.domain.network import Address
from tests.support.simulation_world import END_OF_TIME, is_vague, life_that_made, op_of, place_of


class ToldFacts:
    """Everything that was ever stored. An exact creation stands for the provisional one; a placed one for the unplaced."""

    def __init__(self, happened: Counter[str]) -> None:
        self._happened = happened
        self._exact: set[Creation] = set()
        self._vague: dict[tuple[Address, Address | None, int], Creation] = {}
        self._unplaced: dict[tuple[Address, Address | None], UnplacedCreation] = {}
        self._ends: set[AccountEnd] = set()

    def add(
        self, creations: tuple[Creation, ...], ends: tuple[AccountEnd, ...], unplaced: tuple[UnplacedCreation, ...]
    ) -> set[Address]:
        """Which accounts it tells something new of."""
        accounts = (
            {made.account for made in creations} | {end.account for end in ends} | {one.account for one in unplaced}
        )
        before = {account: self._all_of(account) for account in accounts}
        self._add(creations, ends, unplaced)
        return {account for account in accounts if self._all_of(account) != before[account]}

    def _add(
        self, creations: tuple[Creation, ...], ends: tuple[AccountEnd, ...], unplaced: tuple[UnplacedCreation, ...]
    ) -> None:
        for made in creations:
            place = place_of(made)
            known_exactly = place in map(place_of, self._exact)
            if (made.account, made.creator) in self._unplaced and not self.lives_of(made.account):
                self._happened["placed replaces unplaced"] += 1
            if is_vague(made):
                self._happened["provisional after exact" if known_exactly else "provisional"] += 1
                self._vague[place] = made
            else:
                if place in self._vague and not known_exactly:
                    self._happened["exact replaces provisional"] += 1
                self._exact.add(made)
        for one in unplaced:
            self._happened["unplaced after placed" if self.lives_of(one.account) else "unplaced"] += 1
            self._unplaced[one.account, one.creator] = one
        self._ends.update(ends)

    def lives_of(self, account: Address) -> tuple[Creation, ...]:
        exact = {made for made in self._exact if made.account == account}
        known = {place_of(made) for made in exact}
        vague = {made for place, made in self._vague.items() if made.account == account and place not in known}
        return tuple(sorted(exact | vague, key=op_of))

    def ends_of(self, account: Address) -> tuple[AccountEnd, ...]:
        return tuple(sorted((end for end in self._ends if end.account == account), key=op_of))

    def unplaced_of(self, account: Address) -> tuple[UnplacedCreation, ...]:
        placed = {(made.account, made.creator) for made in self.lives_of(account)}
        return tuple(one for at, one in self._unplaced.items() if one.account == account and at not in placed)

    def _all_of(self, account: Address) -> tuple[object, ...]:
        return self.lives_of(account), self.ends_of(account), self.unplaced_of(account)

    def chain_of(self, account: Address) -> tuple[Creation, ...]:
        """The chain that follows from it. Placed lives count before unplaced ones; these are ordered by their time."""
        chain: list[Creation] = []
        life = self._life(account, None)
        while life:
            chain.append(life)
            if not life.creator or not life.creator.startswith("G"):
                break
            life = self._life(Address(life.creator), life)
        return tuple(chain)

    def _life(self, account: Address, child: Creation | None) -> Creation | None:
        placed, ends = self.lives_of(account), self.ends_of(account)
        life: Creation | None
        if child is None:
            life = placed[-1] if placed else None
        elif child.placed:
            life = life_that_made(child, placed, ends)
        else:
            life = _latest(tuple(incarnation.creation for incarnation in incarnations(placed, ends)), child)
        return life or _latest(tuple(one.as_hop() for one in self.unplaced_of(account)), child)


def _latest(lives: tuple[Creation, ...], child: Creation | None) -> Creation | None:
    fitting = [life for life in lives if child is None or _time_of(life) < _time_of(child)]
    return fitting[-1] if fitting else None


def _time_of(made: Creation) -> float:
    return made.created_at.timestamp() if made.created_at else -float(END_OF_TIME)
