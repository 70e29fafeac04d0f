"""A source whose pages are of the epoch they are asked for."""

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.errors import SourceUnavailable
from stellarmap_common.ports.sources import CreationSource, SourcePage
from stellarmap_ingest_horizon.resets import ResetWatch


class ConfirmedSource:
    """The source behind it, with a look at the epoch before its calls, and after them if one is due.

    Besides what the source raises: NetworkReset, when the epoch of the account is over.
    """

    def __init__(self, source: CreationSource, watch: ResetWatch) -> None:
        self._source = source
        self._watch = watch

    async def admit(self, account: AccountRef, step: Step, lane: Lane, whose: str = "") -> None:
        # Before tokens are taken: the look must not use up those of the step.
        await self._watch.confirm(account.network)
        await self._source.admit(account, step, lane, whose)

    async def creations_of(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        try:
            page = await self._source.creations_of(account, cursor, lane)
        except SourceUnavailable:
            self._watch.doubt(account.network)
            raise
        await self._watch.confirm(account.network)
        return page

    async def children_page(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        try:
            page = await self._source.children_page(account, cursor, lane)
        except SourceUnavailable:
            self._watch.doubt(account.network)
            raise
        await self._watch.confirm(account.network)
        return page
