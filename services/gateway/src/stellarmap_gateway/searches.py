"""What was searched for: a repeated search is answered with what was read for the one before, while nothing is found since.

A view is kept only where it is an answer: the chain has ended, and all that was asked for is read. It is dropped by every fact
of its account, and by an import. What an ancestor does meanwhile is not seen in it; `as_of` says of when it is.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

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
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """A view that is being read."""

    generation: str  # of the entry, before anything was read
    at: datetime


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
        if imported and view.read_at <= imported:
            return None
        try:
            return Lineage.model_validate_json(view.text)
        except ValidationError:
            return None  # another version has written it

    async def asked(self, account: AccountRef) -> None:
        """Afterwards it is noted that somebody asked for the account, unless the store is away: what is asked for goes on."""
        with suppress(StoreUnavailable):
            await self._mark(await self._cache.entry_of(account), await self._accounts.state_of(account))

    async def begin(self, account: AccountRef) -> Reading | None:
        """What a view is put with that is read from now on; None where none can be put."""
        read_at = self._clock.now()
        with suppress(StoreUnavailable):
            entry = await self._cache.entry_of(account)
            if entry is None or not entry.generation:
                entry = await self._mark(entry, await self._accounts.state_of(account))
            return Reading(entry.generation, read_at) if entry else None
        return None

    async def answered(self, ask: Ask, lineage: Lineage, reading: Reading | None) -> None:
        """Afterwards the view answers searches like this one, while nothing was found since it began to be read."""
        if reading is None or not _is_answer(lineage):
            return
        view = FirstView(
            text=lineage.model_dump_json(),
            generation=reading.generation,
            read_at=reading.at,
            budget=ask.budget,
            depth=ask.depth,
            pages=ask.pages,
        )
        with suppress(StoreUnavailable):
            await self._cache.put_view(ask.account, view)

    async def follow(self, account: AccountRef) -> None:
        """Afterwards an account that was searched for has the status it has now, and its view is read anew.

        That is so also of a view which is being read: one of another generation counts for nothing, whenever it is put. Who has
        no entry yet is not being read: that begins with an entry. Raises: StoreUnavailable.
        """
        if entry := await self._cache.entry_of(account):
            await self._mark(entry, await self._accounts.state_of(account))

    def forget_network(self, network: NetworkKey) -> None:
        """Afterwards views of its accounts are read anew: an import has stored facts, which nobody tells one by one."""
        self._imported[network] = self._clock.now()

    async def _mark(self, before: SearchEntry | None, state: AccountState | None) -> SearchEntry | None:
        """The entry that was put, of a generation of its own; None, and nothing was put, where nothing is known."""
        now = self._clock.now()
        entry = _entry(before, state, now) if state else before
        if entry is None:
            return None
        # Later than what was read, also by a clock that is behind that of whoever put it.
        at = max(now, before.updated_at + _MOMENT) if before else now
        marked = replace(entry, updated_at=at, generation=uuid4().hex)
        await self._cache.put(marked)
        return marked


def _entry(before: SearchEntry | None, state: AccountState, at: datetime) -> SearchEntry:
    return SearchEntry(
        account=state.ref,
        status=state.status,
        created_at=before.created_at if before else at,
        updated_at=at,
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
