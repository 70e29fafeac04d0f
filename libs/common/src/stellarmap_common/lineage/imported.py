"""What imports of whole networks answer: every life up to a ledger is stored, so nobody needs to look for it.

Nothing is ever taken back: what was whole up to a ledger stays so, and only what is not enough is read again.
"""

from stellarmap_common.domain.creation import Creation, incarnations
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.import_store import NEVER
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.sources import SourcePage
from stellarmap_common.ports.stores import Stores

FIRST = Ledger(1)


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

    async def page_of(self, step: AccountRequested) -> SourcePage | None:
        """All lives of the account, if a creator step may be answered so; None: its source is to be asked.

        It is about one that was merged away: imports know nothing of what contracts created, so it may live again.
        """
        if step.step is not Step.CREATOR or step.cursor or step.retry or not await self._reaches(step.network, FIRST):
            return None
        known = await self._stores.known.known_of(step.ref)
        lives = incarnations(known.creations, known.ends)
        if not lives or lives[-1].end or not await self._reaches(step.network, lives[0].creation.ledger):
            return None
        return SourcePage(cursor="", complete=True, creations=known.creations, ends=known.ends)

    async def _reaches(self, network: NetworkKey, ledger: Ledger) -> bool:
        if ledger <= self._whole_to.get(network, NEVER):
            return True
        state = await self._stores.imports.state_of(network)
        self._whole_to[network] = whole_to = state.whole_to if state else NEVER
        return ledger <= whole_to
