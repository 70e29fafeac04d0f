"""Whether what a log tells is also stored, and whether what it calls read has left all that it left."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stellarmap_common.adapters.kafka.decoding import EventDecoder
from stellarmap_common.adapters.sqlite.database import open_database
from stellarmap_common.adapters.sqlite.log_file import connect_writer
from stellarmap_common.adapters.sqlite.log_reader import StoredRecord, read_records
from stellarmap_common.adapters.sqlite.log_topics import read_offsets, read_partitions
from stellarmap_common.adapters.sqlite.migrations import migrate
from stellarmap_common.adapters.sqlite.stores import open_stores
from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import AccountRef, NetworkKey
from stellarmap_common.domain.status import Step
from stellarmap_common.events.base import Event, with_id
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded
from stellarmap_common.events.requests import (
    AccountRequested,
    ChildDiscovered,
    RequestCompleted,
    step_request,
)
from stellarmap_common.events.topics import INGEST_HORIZON, TOPICS
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_common.ports.request_store import RequestRef, RequestRow, RowState
from stellarmap_common.ports.run_store import RunRef
from stellarmap_common.ports.stores import Stores

E = TypeVar("E", bound=Event)
Reading = tuple[str, str]  # (group, event id)
EVERY = 10_000_000
_DECODERS = {topic.name: EventDecoder(topic, lambda _: True) for topic in TOPICS}


@dataclass(slots=True)
class Told:
    """A log, read to its end."""

    events: list[Event] = field(default_factory=list)
    read: set[Reading] = field(default_factory=set)  # below the group's offset
    # What a group told of an event; another group that read the same, and left it to the first, answers for nothing.
    caused_by: defaultdict[Reading, set[str]] = field(default_factory=lambda: defaultdict(set))
    beyond: list[str] = field(default_factory=list)  # offsets that point behind the end

    def of(self, kind: type[E]) -> Iterator[E]:
        """The events of that kind."""
        return (event for event in self.events if isinstance(event, kind))


def told_in(log: Path) -> Told:
    """What the log holds. It is opened as a start would open it, and must be sound."""
    told = Told()
    with closing(connect_writer(log)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        offsets: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for group, partition_id, offset in read_offsets(db):
            offsets[partition_id][group] = offset
        for partition in read_partitions(db):
            for record in read_records(db, partition.id, 0, EVERY):
                _add(told, partition.topic, record, offsets[partition.id])
            told.beyond += [group for group, offset in offsets[partition.id].items() if offset > partition.end]
    return told


def _add(told: Told, topic: str, record: StoredRecord, offsets: Mapping[str, int]) -> None:
    headers = dict(record.headers)
    event_id = headers["ce_id"].decode()
    told.read |= {(group, event_id) for group, offset in offsets.items() if record.offset < offset}
    if cause := headers.get("ce_causationid"):
        told.caused_by[headers["ce_source"].decode(), cause.decode()].add(event_id)
    if decoder := _DECODERS.get(topic):
        assert record.value is not None
        told.events.append(with_id(decoder._decode(record.value), event_id))


@asynccontextmanager
async def stored_in(store: Path) -> AsyncIterator[Stores]:
    """The stores, opened as a start would open them; the file must be sound."""
    migrate(store)
    async with open_database(store, inline=True) as database:
        assert await database.read(lambda db: db.execute("PRAGMA integrity_check").fetchall()) == [("ok",)]
        yield open_stores(database)


async def missing(told: Told, stores: Stores, undisturbed: Told) -> list[str]:
    """Every effect that should be there and is not, in words. `undisturbed` is what the same system told to its end."""
    settled = {each for reading in told.read for each in told.caused_by[reading]}
    effects = _Effects(stores, settled)
    lacking = [f"an offset of {group} points behind the end" for group in told.beyond]
    for event in told.events:
        lacking += [f"{type(event).__name__} {event.id}: {what}" for what in await effects.of(event)]
    there = {event.id for event in told.events}
    known = {event.id: event for event in undisturbed.events}
    for reading in told.read:
        gone = undisturbed.caused_by[reading] & known.keys() - there
        lacking += [f"{reading} was read, but {type(known[each]).__name__} {each} is gone" for each in gone]
    for step in (step_request(event) for event in told.events if isinstance(event, AccountRequested | ChildDiscovered)):
        if (read := (INGEST_HORIZON, step.id)) in told.read:
            run = await stores.runs.run_of(RunRef(AccountRef(step.network, step.account), step.step))
            pages = max((page.page for page in told.of(ChildrenRecorded) if page.id in told.caused_by[read]), default=0)
            if run is None or run.progress.pages < pages:
                lacking.append(f"{step.step} of {step.account} was read, but its run stands before page {pages}")
    return lacking


def _lacks(lacking: bool, what: str) -> list[str]:  # noqa: FBT001 - it reads as a sentence
    return [what] if lacking else []


class _Effects:
    """What must be stored before an event may be told, of one kind each."""

    def __init__(self, stores: Stores, settled: set[str]) -> None:
        self._stores = stores
        self._settled = settled  # ids of events whose cause will not be read again
        self._children: dict[AccountRef, set[Creation]] = {}
        self._rows: dict[RequestRef, dict[str, RequestRow]] = {}

    async def of(self, event: Event) -> list[str]:
        """What lacks of the effects of the event."""
        if isinstance(event, ChildrenRecorded):
            return await self._of_children(event)
        if isinstance(event, LineageRecorded):
            return await self._of_lineage(event)
        if isinstance(event, RequestCompleted):
            rows = await self._rows_of(event.network, event.request_id)
            return _lacks(not rows or any(row.state is RowState.OPEN for row in rows.values()), "a row is open")
        if isinstance(event, ChildDiscovered):
            rows = await self._rows_of(event.network, event.request_id)
            return _lacks(event.account not in rows, "its row is not stored")
        if isinstance(event, AccountRequested):
            return _lacks(not await self._rows_of(event.network, event.request_id), "its request is not stored")
        return []

    async def _of_children(self, event: ChildrenRecorded) -> list[str]:
        creator = AccountRef(event.network, event.creator)
        run = await self._stores.runs.run_of(RunRef(creator, Step.CHILDREN))
        stored = await self._children_of(creator)
        return [
            *_lacks(run is None or run.progress.pages < event.page, f"the run stands before page {event.page}"),
            *_lacks(not stored.issuperset(event.children), "children are not stored"),
            *_lacks(not await self._ended(event.network, event.ends), "merges are not stored"),
        ]

    async def _of_lineage(self, event: LineageRecorded) -> list[str]:
        ref = AccountRef(event.network, event.account)
        lives = set(await self._stores.creations.creations_of(ref))
        state = await self._stores.accounts.state_of(ref)
        return [
            *_lacks(not lives.issuperset(event.lives), "lives are not stored"),
            *_lacks(not await self._ended(event.network, event.ends), "merges are not stored"),
            # A status waits for the next sync of the store: it may be behind what is told, never behind an offset.
            *_lacks(event.id in self._settled and (state is None or state.version < event.version), "no status"),
        ]

    async def _children_of(self, creator: AccountRef) -> set[Creation]:
        if creator not in self._children:
            found = await self._stores.creations.children_of(creator, ChildRange(), EVERY)
            self._children[creator] = set(found)
        return self._children[creator]

    async def _rows_of(self, network: NetworkKey, request_id: str) -> dict[str, RequestRow]:
        ref = RequestRef(network, request_id)
        if ref not in self._rows:
            self._rows[ref] = {row.account: row for row in await self._stores.requests.rows(ref)}
        return self._rows[ref]

    async def _ended(self, network: NetworkKey, ends: Iterable[AccountEnd]) -> bool:
        for end in ends:
            stored: Any = await self._stores.creations.ends_of(AccountRef(network, end.account))
            if end not in stored:
                return False
        return True
