"""Who created the accounts of a board: read once, for hardly any of it ever changes."""

from collections import OrderedDict
from collections.abc import Sequence

from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.stores import Stores

KEPT = 20_000  # boards of 1,000 ranks, of several networks, with those who come and go
UNKNOWN_S = 60.0  # an import tells nobody what it stores


class Creators:
    """Creators of present lives. What is known is kept until a fact of the account is told, what is not for a minute."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._kept: OrderedDict[AccountRef, tuple[Address | None, float]] = OrderedDict()  # with when it was read
        self._reads: list[set[AccountRef]] = []  # what is being read, without that of which a fact came meanwhile

    async def of(self, network: NetworkKey, accounts: Sequence[Address]) -> dict[Address, Address]:
        """The creators of those of the accounts of which one is known. One read, however many they are."""
        refs = [AccountRef(network, account) for account in accounts]
        found = {ref: self._kept[ref][0] for ref in refs if self._holds(ref)}
        unread = [ref for ref in refs if ref not in found]
        if unread:
            found |= await self._read(unread)
        return {ref.address: creator for ref, creator in found.items() if creator}

    def forget(self, account: AccountRef) -> None:
        """A fact of the account was stored: perhaps it was created, or created again."""
        self._kept.pop(account, None)
        for reading in self._reads:
            reading.discard(account)

    def _holds(self, account: AccountRef) -> bool:
        creator, read_at = self._kept.get(account, (None, float("-inf")))
        return creator is not None or self._clock.monotonic() - read_at < UNKNOWN_S

    async def _read(self, accounts: Sequence[AccountRef]) -> dict[AccountRef, Address | None]:
        at, reading = self._clock.monotonic(), set(accounts)
        self._reads.append(reading)
        try:
            creations = await self._stores.creations.creations_of(*accounts)
        finally:
            self._reads = [each for each in self._reads if each is not reading]
        found: dict[AccountRef, Address | None] = dict.fromkeys(accounts)
        found |= {
            creation.ref: creation.creator for creation in creations
        }  # in operation order: the present life stays
        for account in reading:
            self._kept[account] = found[account], at
            self._kept.move_to_end(account)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found
