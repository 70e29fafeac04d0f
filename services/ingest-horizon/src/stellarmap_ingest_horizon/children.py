"""The children step: one page of what an account created, and the merges on it.

Children come with their whole creation record, so none of them needs a creator step of its own.
"""

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.toid import Ledger, ledger_of
from stellarmap_common.errors import RateLimited
from stellarmap_common.ports.horizon import Record
from stellarmap_common.ports.sources import SourcePage, page_after, page_cursor
from stellarmap_ingest_horizon.asking import Asking, ElderLedgers, StepFull
from stellarmap_ingest_horizon.creator import FULL_HISTORY
from stellarmap_ingest_horizon.mapping import (
    anchor_of,
    created_by_contract,
    creation_of,
    end_of,
    may_have_created,
    position_of,
)


class ChildrenStep:
    """One step. `asking` counts and bounds its calls."""

    def __init__(self, asking: Asking, elders: ElderLedgers, account: AccountRef) -> None:
        self._asking = asking
        self._elders = elders
        self._account = account

    async def run(self, cursor: str) -> SourcePage:
        """The page after the cursor, or, where it holds too many contract calls to look into, the beginning of it."""
        asked_after, _ = page_after(cursor)
        settled = asked_after
        page = await self._asking.page(self._account.address, asked_after)
        since = await self._cut_at(asked_after)
        creations: list[Creation] = []
        ends: list[AccountEnd] = []
        whole = True
        try:
            for record in page.records:
                creations += await self._created_in(record)
                end = end_of(record, self._account.network)
                ends += (end,) if end else ()
                settled = position_of(record)
        except (StepFull, RateLimited):
            if settled == asked_after:
                raise
            whole = False
        return SourcePage(
            cursor=page_cursor(page.last if whole else settled) if page.last > asked_after else cursor,
            complete=whole and page.ended,
            creations=tuple(creations),
            ends=tuple(ends),
            anchors=tuple(dict(map(anchor_of, (page.records[0], page.records[-1]))).items()) if page.records else (),
            since_ledger=since,
            calls=self._asking.calls,
        )

    async def _created_in(self, record: Record) -> tuple[Creation, ...]:
        """What the account created by this record. A contract call takes a call: only its effects tell."""
        network, creator = self._account.network, self._account.address
        created = creation_of(record, network)
        if created:
            return (created,) if created.creator == creator else ()
        if not may_have_created(record, by=creator):
            return ()
        found = created_by_contract(record, await self._asking.effects(record), network)
        return tuple(each for each in found if each.creator == creator)

    async def _cut_at(self, after: int) -> Ledger | None:
        """The ledger that children before are missing; None where nothing between `after` and the page is missing.

        A cursor older than the history is silently moved forward to where it begins.
        """
        elder = await self._asking.elder_ledger(self._account.network, self._elders)
        return elder if elder > FULL_HISTORY and ledger_of(after) < elder else None
