"""What imports of whole networks answer: every life up to a ledger is stored, so nobody needs to look for it.

Nothing is ever taken back: what was whole up to a ledger stays so, and only what is not enough is read again.
"""

from datetime import datetime

from stellarmap_common.domain.creation import Creation, CreationKind, incarnations
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.toid import Ledger, last_toid
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.import_store import NEVER
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.sources import SourcePage, page_after, page_cursor
from stellarmap_common.ports.stores import Stores

FIRST = Ledger(1)
CHILDREN_TOGETHER = 10_000  # in one page; no operation creates as many


class Imported:
    """Answers from imports."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._whole_to: dict[NetworkKey, Ledger] = {}

    async def knows(self, known: Known, network: NetworkKey, child: Creation | None) -> bool:
        """True when an import holds the life of the account that made `child`; its present one as of the import, if None.

        Of a child from after the import, its creator may have begun another life since.
        """
        if not known.creations or (child and not child.placed):
            return False
        return await self._reaches(network, child.ledger if child else known.creations[0].ledger)

    async def begins(self, step: AccountRequested) -> bool:
        """True when the network is imported, and the step is not asked for again: its first page may be stored."""
        return not step.retry and await self._reaches(step.network, FIRST)

    async def page_of(self, step: AccountRequested, whole_from: datetime | None = None) -> SourcePage | None:
        """What an import answers to the step; None: its source is to be asked. So are all who ask again.

        An import that reaches to `whole_from` has all children: who pays for each look at the rest need not look.
        """
        if not await self.begins(step):
            return None
        if step.step is Step.CREATOR:
            return await self._lives_of(step)
        return await self._children_of(step, whole=whole_from is not None and await self._is_whole_to(step, whole_from))

    async def _lives_of(self, step: AccountRequested) -> SourcePage | None:
        """All lives, unless the account was merged away: imports know nothing of what contracts created, it may live again.

        Nor if the latest began after what is whole: when the one before it ended may not be stored. Nor if a contract began
        it, or another source was refused what it wanted to know: what is stored of such an account another source told.
        """
        known = await self._stores.known.known_of(step.ref)
        lives = incarnations(known.creations, known.ends)
        if (
            step.cursor
            or step.refusal
            or not lives
            or lives[-1].end
            or lives[-1].creation.kind is CreationKind.CONTRACT_TRANSFER
            or not await self._reaches(step.network, lives[-1].creation.ledger)
        ):
            return None
        return SourcePage(cursor="", complete=True, creations=known.creations, ends=known.ends)

    async def _children_of(self, step: AccountRequested, *, whole: bool) -> SourcePage | None:
        """A page of what is imported; the source goes on behind it. Imports know nothing of what contracts created."""
        after, _ = page_after(step.cursor)
        last = last_toid(self._whole_to[step.network])
        if after >= last:
            return None
        within = ChildRange(since=after + 1, up_to=last)
        found = await self._stores.creations.children_of(step.ref, within, CHILDREN_TOGETHER)
        if len(found) < CHILDREN_TOGETHER:
            return SourcePage(cursor=page_cursor(last), complete=whole, creations=found, at_least=True)
        # One operation may create several accounts: what is cut off with its last one comes with the next page.
        cut = tuple(one for one in found if one.created_op < found[-1].created_op) or found
        return SourcePage(cursor=page_cursor(cut[-1].created_op), complete=False, creations=cut, at_least=True)

    async def _is_whole_to(self, step: AccountRequested, moment: datetime) -> bool:
        state = await self._stores.imports.state_of(step.network)
        return state is not None and state.whole_at is not None and state.whole_at >= moment

    async def _reaches(self, network: NetworkKey, ledger: Ledger) -> bool:
        if ledger <= self._whole_to.get(network, NEVER):
            return True
        state = await self._stores.imports.state_of(network)
        self._whole_to[network] = whole_to = state.whole_to if state else NEVER
        return ledger <= whole_to
