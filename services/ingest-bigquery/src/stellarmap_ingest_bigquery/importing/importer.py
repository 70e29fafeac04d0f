"""The import itself: batch by batch into the store, then what is derived. Killed at any moment, the next one goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from stellarmap_common.domain.toid import Ledger, ledger_of
from stellarmap_common.ports.creation_store import LedgerAnchor
from stellarmap_common.ports.import_store import NetworkImport
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.stores import Stores
from stellarmap_ingest_bigquery.importing.facts import Facts, Reject, facts_of
from stellarmap_ingest_bigquery.importing.rejects import Rejects
from stellarmap_ingest_bigquery.importing.rows import RowSource

SHOWN = 10  # rejected rows that are told at once
LATE = timedelta(days=1)  # what was loaded after the import before had read its day is read again
ANCHOR_EVERY = 1_000  # ledgers, so that times of others can be told from them
BYTES_A_ROW = 150  # of CSV, for a source that does not know how many rows it has


class Told(Protocol):
    """Who shows how far it is."""

    def rows(self, done: int, rejected: int) -> None:
        """So many rows are stored, of all from the first on."""

    def part(self, what: str) -> None:
        """This is being done now."""


class Silent:
    """Shows nothing."""

    def rows(self, done: int, rejected: int) -> None: ...

    def part(self, what: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an import."""

    state: NetworkImport
    resumed_at: int  # rows that an earlier process had stored
    skipped: int  # rows from before `since`, by this process
    first_rejects: tuple[Reject, ...]


class Importer:
    """Imports the rows of a source into the store of one network."""

    def __init__(
        self, stores: Stores, network: Network, rejects: Path, told: Told | None = None, *, alone: bool = False
    ) -> None:
        """`alone`: nothing else uses the store meanwhile, so that it may leave what is derived to the end."""
        self._stores = stores
        self._network = network
        self._rejects = rejects
        self._told = told or Silent()
        self._alone = alone

    async def run(self, source: RowSource, since: datetime | None = None) -> Outcome:
        """Afterwards all rows that are facts are stored. The same source again goes on where it was, or changes nothing.

        With `since` rows that closed before are left out: together with what was imported before they are the whole network,
        if they begin no later than that ends.

        Raises: UnreadableRows, SourceUnavailable, StoreUnavailable; what was stored stays, and is gone on from.
        """
        before = await self._stores.imports.state_of(self._network.key)
        state = begun(before, self._network, source, since)
        resumed_at = state.rows
        await self._stores.imports.begin(state, max(rows_of(source) - state.rows, 0) if self._alone else 0)
        rejects = Rejects(self._rejects, state.rows)
        state, skipped, first = await self._read(source, state, since, rejects)
        state = self._done(state, since)
        async for part in self._stores.imports.finishing(state):
            self._told.part(part)
        return Outcome(state=state, resumed_at=resumed_at, skipped=skipped, first_rejects=tuple(first[:SHOWN]))

    async def _read(
        self, source: RowSource, state: NetworkImport, since: datetime | None, rejects: Rejects
    ) -> tuple[NetworkImport, int, list[Reject]]:
        """The state with all rows stored. While one batch is written the next one is read."""
        writing: asyncio.Task[None] | None = None
        skipped, first = 0, list[Reject]()
        try:
            async for batch in source.batches(state.rows):
                facts = facts_of(self._network.key, batch, state.rows, since)
                if writing:
                    await writing
                    self._told.rows(state.rows, state.rejected)
                rejects.write(facts.rejects)
                first += facts.rejects[: SHOWN - len(first)]
                skipped += facts.skipped
                state = self._advanced(state, facts, since)
                writing = asyncio.create_task(self._keep(state, facts))
        finally:
            if writing:
                await writing
        self._told.rows(state.rows, state.rejected)
        return state, skipped, first

    def _advanced(self, state: NetworkImport, facts: Facts, since: datetime | None) -> NetworkImport:
        later = facts.last_op > state.last_op
        return replace(
            state,
            rows=state.rows + facts.rows,
            rejected=state.rejected + len(facts.rejects),
            begins_early=state.begins_early or self._begins_early(state, facts, since),
            last_op=facts.last_op if later else state.last_op,
            last_at=facts.last_at if later and facts.last_at else state.last_at,
        )

    def _begins_early(self, state: NetworkImport, facts: Facts, since: datetime | None) -> bool:
        """True when nothing is missing before these rows: what genesis created is among them, or what is whole reaches them."""
        if since is None:
            return any(one.creator == self._network.genesis.address for one in facts.creations)
        return facts.first_op is not None and ledger_of(facts.first_op) <= state.whole_to + 1

    async def _keep(self, state: NetworkImport, facts: Facts) -> None:
        await self._stores.ledgers.record_anchors(state.network, _anchors(facts))
        await self._stores.imports.keep(state, facts.creations, facts.ends)

    def _done(self, state: NetworkImport, since: datetime | None) -> NetworkImport:
        """The state at the end. What the last ledger holds may not have been loaded in full when the rows were read.

        With a row that is no fact nothing more is whole: of whatever account, and whenever, something is missing.
        """
        done = replace(state, done=True)
        reached = Ledger(max(ledger_of(state.last_op) - 1, 0))
        follows = since is None or (state.whole_at is not None and since <= state.whole_at)
        if state.rejected or reached <= state.whole_to or not (follows and state.begins_early):
            return done
        return replace(done, whole_to=reached, whole_at=state.last_at)


def begun(before: NetworkImport | None, network: Network, source: RowSource, since: datetime | None) -> NetworkImport:
    """Where to begin: the same rows go on where they were; if some were no facts, all are read again once they had ended."""
    identity = f"{source.identity}:{since:%Y-%m-%dT%H:%M:%S}" if since else source.identity
    if before and before.source == identity and not (before.done and before.rejected):
        return replace(before, done=False)
    known = before or NetworkImport(network=network.key)
    return NetworkImport(network=network.key, source=identity, whole_to=known.whole_to, whole_at=known.whole_at)


def _anchors(facts: Facts) -> Sequence[LedgerAnchor]:
    """A few pairs of ledger and time."""
    found: dict[int, LedgerAnchor] = {}
    for one in facts.creations:
        if one.created_at:
            found.setdefault(one.ledger // ANCHOR_EVERY, LedgerAnchor(one.ledger, one.created_at))
    return tuple(found.values())


def rows_of(source: RowSource) -> int:
    """How many rows the source has; about so many, where it does not know."""
    return source.size // BYTES_A_ROW if source.rows is None else source.rows


RowsSince = Callable[[datetime], Awaitable[RowSource]]


async def increment(stores: Stores, network: Network, rows_since: RowsSince, rejects: Path) -> Outcome | None:
    """Afterwards what happened since the latest import is stored too. None: the network was never imported as a whole.

    `rows_since`: every row that closed at that moment or later. Safe to repeat; one that was interrupted is gone on with.
    """
    state = await stores.imports.state_of(network.key)
    if state is None or state.whole_at is None:
        return None
    since = state.whole_at - LATE
    return await Importer(stores, network, rejects).run(await rows_since(since), since)
