"""What was searched for: a repeated search is answered with what was read for the one before, while nothing is found since.

A view is kept only where it is an answer: the chain has ended, and all that was asked for is read. It is dropped by every fact
of its account, and by an import. What an ancestor does meanwhile is not seen in it; `as_of` says of when it is.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.lineage.requests import Ask
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.config import Configured
from stellarmap_common.ports.search_cache import FirstView, SearchEntry
from stellarmap_common.ports.stores import Stores
from stellarmap_gateway.schemas.lineage import Lineage, LineageState

_ENDED = (LineageState.GENESIS, LineageState.CONTRACT)


class Searches:
    """The one writer of the search cache."""

    def __init__(self, stores: Stores, clock: Clock, config: Configured) -> None:
        self._cache = stores.searches
        self._accounts = stores.accounts
        self._clock = clock
        self._config = config
        self._imported: dict[NetworkKey, datetime] = {}

    @property
    def fresh_for(self) -> timedelta:
        """So long a search is answered with what was read for the one before."""
        return timedelta(hours=self._config().cache_ttl_hours)

    async def answer_to(self, ask: Ask) -> Lineage | None:
        """The view that answers it, if one is fresh."""
        entry = await self._cache.entry_of(ask.account)
        view = entry.fresh_view(self._clock.now(), self.fresh_for) if entry else None
        if view is None or not view.answers(budget=ask.budget, depth=ask.depth, pages=ask.pages):
            return None
        imported = self._imported.get(ask.account.network)
        if entry and imported and entry.last_fetched_at and entry.last_fetched_at <= imported:
            return None
        try:
            return Lineage.model_validate_json(view.text)
        except ValidationError:
            return None  # another version has written it

    async def asked(self, account: AccountRef) -> None:
        """Afterwards it is noted that somebody asked for the account, unless the store is away: what is asked for goes on."""
        with suppress(StoreUnavailable):
            state = await self._accounts.state_of(account)
            if state is not None:
                await self._put_state(await self._cache.entry_of(account), state)

    async def answered(self, ask: Ask, lineage: Lineage, read_at: datetime) -> None:
        """Afterwards the view answers searches like this one. `read_at`: when it began to be read.

        What is told of the account later, by whichever replica, drops it also where that is written first.
        """
        if not _is_answer(lineage):
            return
        with suppress(StoreUnavailable):
            state, entry = await self._accounts.state_of(ask.account), await self._cache.entry_of(ask.account)
            if state is None:
                return
            view = FirstView(text=lineage.model_dump_json(), budget=ask.budget, depth=ask.depth, pages=ask.pages)
            await self._cache.put(replace(_entry(entry, state, read_at), view=view, last_fetched_at=read_at))

    async def follow(self, account: AccountRef) -> None:
        """Afterwards an account that was searched for has the status it has now, and its view is read anew.

        Raises: StoreUnavailable.
        """
        entry = await self._cache.entry_of(account)
        state = await self._accounts.state_of(account) if entry else None
        if state is not None:
            await self._put_state(entry, state)

    def forget_network(self, network: NetworkKey) -> None:
        """Afterwards views of its accounts are read anew: an import has stored facts, which nobody tells one by one."""
        self._imported[network] = self._clock.now()

    async def _put_state(self, before: SearchEntry | None, state: AccountState) -> None:
        now = self._clock.now()
        entry = _entry(before, state, now)
        if before is None or replace(entry, updated_at=before.updated_at) != before:
            await self._cache.put(entry)


def _entry(before: SearchEntry | None, state: AccountState, at: datetime) -> SearchEntry:
    """The entry, without a view."""
    return SearchEntry(
        account=state.ref,
        status=state.status,
        created_at=before.created_at if before else at,
        updated_at=at,
        last_fetched_at=before.last_fetched_at if before else None,
        retry_count=state.retry_count,
        last_error=state.last_error,
    )


def _is_answer(lineage: Lineage) -> bool:
    return (
        lineage.status is AccountStatus.COMPLETE
        and lineage.complete
        and lineage.lineage in _ENDED
        and not lineage.refusals
    )
