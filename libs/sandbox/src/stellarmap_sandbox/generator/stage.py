"""What happens by chance, and to whom: the same for the base history and for living ledgers."""

from dataclasses import dataclass
from random import Random
from typing import Final

import msgspec

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator import shape
from stellarmap_sandbox.generator.story import CREATOR, LEAST_BALANCE, Story
from stellarmap_sandbox.keys import FAILED_ONLY, FIRST_CONTRACT, GENESIS
from stellarmap_sandbox.rows import NO_NOTE, NONE, Note

MOST_HUBS: Final = 50
MOST_REMEMBERED: Final = 4_096
MOST_OPERATIONS: Final = 100  # of a transaction
FEW: Final = 6
CONTRACTS: Final = 5
HALF: Final = 0.5

_ACTOR_FUNDS: Final = 500 * XLM
_REFILL: Final = 10**9 * XLM
_AHEAD: Final = 20  # a hub that is refilled gets enough for so many more of the same
_TRIES: Final = 4


class Cast(msgspec.Struct):
    """Accounts with a part; with the accounts themselves, all that chance depends on."""

    reserve: int = GENESIS  # pays for hubs that run dry
    hubs: list[int] = []
    sponsors: list[int] = []
    gone: list[int] = []  # accounts that were merged lately
    failed: int = 0  # addresses that only failed creations name
    examples: dict[str, int] = {}


@dataclass(slots=True)
class Stage:
    """A story, its cast and its chance."""

    story: Story
    random: Random
    cast: Cast

    def below(self, count: int) -> int:
        """A number from 0 to count - 1."""
        return int(self.random.random() * count)

    def hub(self) -> int:
        """One of the hubs, the larger the likelier."""
        hubs = self.cast.hubs
        return hubs[int(self.random.random() ** 2 * len(hubs))] if hubs else self.cast.reserve

    def idle(self) -> int:
        """Some account that has no part; NONE where a few tries find none."""
        accounts = self.story.accounts
        for _ in range(_TRIES):
            account = self.below(len(accounts))
            if accounts.idle(account):
                return account
        return NONE

    def actor(self) -> int:
        """A new account with a part, and enough XLM for it."""
        hub = self.hub()
        self.fund(hub, _ACTOR_FUNDS)
        self.story.transaction()
        return self.story.create(hub, _ACTOR_FUNDS, self.story.open_account(CREATOR))

    def fund(self, account: int, need: int, *, ahead: int = 0) -> None:
        """The account can spend `need`: if it could not, the reserve has paid it that and `ahead` more."""
        if self.story.accounts.balance[account] >= need + LEAST_BALANCE:
            return
        payer = GENESIS if account == self.cast.reserve else self.cast.reserve
        if payer != GENESIS:
            self.fund(payer, need + ahead + LEAST_BALANCE, ahead=_REFILL)
        self.story.transaction()
        self.story.pay(payer, account, need + ahead + LEAST_BALANCE)

    def failed_only(self) -> int:
        """A new address that no account will ever have."""
        self.cast.failed += 1
        return FAILED_ONLY + self.cast.failed - 1

    def note_example(self, name: str, account: int) -> None:
        """The first account of that kind is kept, to be shown."""
        self.cast.examples.setdefault(name, account)

    def create_children(self, creator: int, count: int, *, by_calls: bool) -> None:
        """`creator` has created so many accounts, up to a hundred in a transaction; a few of them in rarer ways."""
        while count:
            size = min(count, 1 + int(self.random.random() ** 2 * MOST_OPERATIONS))
            chance = self.random.random()
            if chance < shape.SPONSORING_TRANSACTIONS and self.cast.sponsors:
                size = min(size, FEW)
                self._create_sponsored(creator, size)
            elif by_calls and chance > 1 - shape.CONTRACT_CALLS:
                size = min(size, FEW)
                self._create_by_calls(creator, size)
            else:
                muxed = chance < shape.SPONSORING_TRANSACTIONS + shape.MUXED_TRANSACTIONS
                self._create(creator, size, Note(muxed_id=self.below(2**53)) if muxed else NO_NOTE)
            count -= size

    def _create(self, creator: int, size: int, note: Note) -> None:
        random, story = self.random, self.story
        amounts = self._amounts(creator, size)
        story.transaction()
        accounts = [story.create(creator, amount, note=note) for amount in amounts]
        for account in accounts:
            if random.random() < shape.HOME_DOMAINS:
                story.transaction()
                story.set_home_domain(account)

    def _create_sponsored(self, creator: int, size: int) -> None:
        sponsors = self.cast.sponsors
        sponsor, source = sponsors[self.below(len(sponsors))], self.hub()
        for amount in self._amounts(creator, size):
            self.story.transaction()
            self.story.create_sponsored(creator, 0 if amount <= 2 * XLM else amount, sponsor, source)

    def _create_by_calls(self, creator: int, size: int) -> None:
        caller = self.hub()
        for amount in self._amounts(creator, size):
            self.story.transaction()
            self.story.create_by_call(creator, amount, caller)

    def _amounts(self, creator: int, size: int) -> list[int]:
        """Starting balances that the creator can pay."""
        amounts = [shape.starting_balance(self.random) for _ in range(size)]
        self.fund(creator, sum(amounts), ahead=sum(amounts) * _AHEAD)
        return amounts

    def remember(self, account: int) -> None:
        """The account, just merged, may be created again."""
        gone = self.cast.gone
        if len(gone) < MOST_REMEMBERED:
            gone.append(account)
        else:
            gone[self.below(MOST_REMEMBERED)] = account

    def contract(self) -> int:
        """One of the contracts."""
        return FIRST_CONTRACT - self.below(CONTRACTS)
