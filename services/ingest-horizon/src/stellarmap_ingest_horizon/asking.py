"""The calls of one step: counted, bounded, in one lane."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import Lane
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.horizon import HORIZON_PAGE, ExpertApi, HorizonApi, Record
from stellarmap_ingest_horizon.mapping import elder_ledger, happened, position_of

MOST_CALLS = 12
LONGEST_S = 20.0
BEGIN_WITHIN_S = 8.0  # a slow step ends where it is, rather than run into the bound and lose what it has
SURE_CALLS = 4  # however slow: without them some accounts would never be done
SAME_PAGE = 3  # so often a page may come that does not go on
ELDER_KEPT_S = 60.0


class StepFull(Exception):
    """The step may make no more calls: it ends at what is settled, and the next one goes on."""


@dataclass(frozen=True, slots=True)
class Page:
    """Operations that succeeded, in order, after the position that was asked for."""

    records: tuple[Record, ...]
    last: int  # position of the last record received; the one asked for if there was none
    ended: bool  # nothing more is there now


class ElderLedgers:
    """The oldest ledger of each Horizon's history, kept for a minute: it moves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[NetworkKey, tuple[Ledger, float]] = {}

    def known(self, network: NetworkKey) -> Ledger | None:
        """The oldest ledger, if it was learned within the last minute."""
        ledger, learned = self._known.get(network, (None, 0.0))
        return ledger if self._clock.monotonic() - learned < ELDER_KEPT_S else None

    def learn(self, network: NetworkKey, ledger: Ledger) -> None:
        """Afterwards it is known, for a minute."""
        self._known[network] = (ledger, self._clock.monotonic())


class Asking:
    """What one step asks. Raises StepFull instead of a call too many."""

    def __init__(self, horizon: HorizonApi, expert: ExpertApi | None, lane: Lane, clock: Clock) -> None:
        self.expert_url = expert.base_url if expert else None
        self.horizon_url = horizon.base_url
        self.calls = 0
        self._horizon = horizon
        self._expert = expert
        self._lane = lane
        self._clock = clock
        self._began = clock.monotonic()

    async def account(self, address: Address) -> Record | None:
        """The account as it is now; None when there is none."""
        self._one_more()
        return await self._horizon.account(address, self._lane)

    async def account_and_first_page(self, address: Address, limit: int) -> tuple[Record | None, Page]:
        """`account` and `page`, asked at once: neither needs the other, and Horizon may be far away. In no order."""
        calls = asyncio.ensure_future(self.account(address)), asyncio.ensure_future(self.page(address, 0, limit))
        try:
            return await asyncio.gather(*calls)
        finally:
            for call in calls:
                call.cancel()  # when one has failed, nobody waits for the other

    async def page(self, address: Address, after: int, limit: int = HORIZON_PAGE) -> Page:
        """The account's next records. Raises: SourceUnavailable when three answers do not go on after `after`."""
        for _ in range(SAME_PAGE):
            self._one_more()
            cursor = str(after) if after else ""
            received = await self._horizon.payments_of(address, cursor=cursor, lane=self._lane, limit=limit) or ()
            page = _page(received, after, limit)
            if page.last > after or not received:
                return page
        raise SourceUnavailable(
            f"Horizon at {self.horizon_url} does not go on: {SAME_PAGE} pages in a row end before their cursor {after}"
        )

    async def effects(self, record: Record) -> Sequence[Record]:
        """The effects of an operation."""
        self._one_more()
        return await self._horizon.effects_of(position_of(record), self._lane)

    async def elder_ledger(self, network: NetworkKey, elders: ElderLedgers) -> Ledger:
        """The oldest ledger of the history. Raises: SourceUnavailable while Horizon does not know it."""
        known = elders.known(network)
        if known is not None:
            return known
        self._one_more()
        ledger = elder_ledger(await self._horizon.root(self._lane))
        if ledger == 0:
            raise SourceUnavailable(f"Horizon at {self.horizon_url} has just started and does not know its history yet")
        elders.learn(network, ledger)
        return ledger

    async def expert_account(self, address: Address) -> Record | None:
        """What Stellar Expert knows of the account; None where it knows nothing, or is off."""
        if self._expert is None:
            return None
        self._one_more()
        return await self._expert.account(address, self._lane)

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Raises: SourceUnavailable when what happens inside takes longer than a step may."""
        try:
            async with asyncio.timeout(LONGEST_S):
                yield
        except TimeoutError as error:
            told = f"Horizon at {self.horizon_url} took over {LONGEST_S:.0f} s for {self.calls} calls of one step"
            raise SourceUnavailable(told) from error

    def _one_more(self) -> None:
        slow = self._clock.monotonic() - self._began > BEGIN_WITHIN_S
        if self.calls >= (SURE_CALLS if slow else MOST_CALLS):
            raise StepFull
        self.calls += 1


def _page(received: Sequence[Record], after: int, limit: int) -> Page:
    """Each record once and in order, whatever order they came in; the end of the history is a short page."""
    placed = {position_of(record): record for record in received}
    fresh = sorted(position for position in placed if position > after)
    return Page(
        records=tuple(placed[position] for position in fresh if happened(placed[position])),
        last=fresh[-1] if fresh else after,
        ended=len(received) < limit,
    )
