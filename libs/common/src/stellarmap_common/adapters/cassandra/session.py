"""The connection to Cassandra: prepared statements awaited on the event loop, errors translated, each answer timed."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

from cassandra import ConsistencyLevel, DriverException, InvalidRequest, RequestExecutionException
from cassandra.cluster import NoHostAvailable, ResponseFuture, Session
from cassandra.connection import ConnectionException
from cassandra.query import BatchStatement, BatchType, BoundStatement, PreparedStatement

from stellarmap_common.adapters.cassandra.access import CassandraAccess, connect
from stellarmap_common.adapters.cassandra.dialect import Dialect
from stellarmap_common.errors import StoreUnavailable
from stellarmap_common.observability.metrics import Metrics

Row: TypeAlias = tuple[Any, ...]  # no checker knows what a column holds

BATCHED = 250  # rows in one batch: a page of a source is stored whole; 3 to 10 times as fast as one by one
IN_FLIGHT = 256  # requests of this process that a node works on at once; the others wait here
WRITTEN_TOGETHER = 32  # of those, at most so many of one bulk: whoever reads meanwhile is not behind all of it
_FETCHED = 5_000
_TABLE = re.compile(r"(\bFROM\s+|^\s*INSERT\s+INTO\s+|^\s*UPDATE\s+)(\w+)")

__all__ = ["BATCHED", "CassandraAccess", "CassandraSession", "Row", "Statement", "Values", "Write", "open_session"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A CQL statement, a constant of its module. The name is its label in the metrics."""

    name: str
    text: str

    @property
    def conditional(self) -> bool:
        """True for a lightweight transaction: sent twice, it may answer that another was first where that was itself."""
        return " IF " in " ".join(self.text.split())


Values: TypeAlias = Sequence[Any]
Write: TypeAlias = tuple[Statement, Values]


class CassandraSession:
    """Statements of one keyspace. Every method raises StoreUnavailable; whether a write took effect is then unknown."""

    def __init__(self, session: Session, *, keyspace: str, dialect: Dialect, metrics: Metrics) -> None:
        self.keyspace = keyspace
        self.dialect = dialect
        self._session = session
        self._seconds = metrics.store_seconds
        self._loop = asyncio.get_running_loop()
        self._free = asyncio.Semaphore(IN_FLIGHT)
        self._prepared_of: dict[str, PreparedStatement] = {}
        self._preparing: dict[str, asyncio.Task[PreparedStatement]] = {}

    async def rows(self, statement: Statement, *values: Any, serial: bool = False) -> list[Row]:
        """Every row. `serial`: as of the latest lightweight transaction, which an unfinished one is completed for."""
        bound = await self.bound(statement, values)
        if serial:
            bound.consistency_level = ConsistencyLevel.LOCAL_SERIAL
        found: list[Row] = []
        with self._timed(statement.name):
            async with self._free:
                answer = _Answer(self._loop, self._sent(bound))
                found += await answer.page()
                while answer.more:
                    found += await answer.page()
        return self.received(statement, found)

    async def pages(self, statement: Statement, *values: Any, fetch: int = _FETCHED) -> AsyncIterator[list[Row]]:
        """The rows in chunks of `fetch`, each read when it is asked for: for exports and counts, never for clients."""
        bound = await self.bound(statement, values)
        bound.fetch_size = fetch
        answer: _Answer | None = None
        while answer is None or answer.more:
            with self._timed(statement.name):
                async with self._free:
                    answer = answer or _Answer(self._loop, self._sent(bound))
                    found = await answer.page()
            yield self.received(statement, found)

    async def execute(self, statement: Statement, *values: Any) -> None:
        """Afterwards it is done. For statements that may be done twice."""
        await self._answered(statement.name, await self.bound(statement, values))

    async def applied(self, statement: Statement, *values: Any) -> bool:
        """True if the lightweight transaction was done; False if its condition did not hold."""
        return await self.refused_by(statement, *values) is None

    async def refused_by(self, statement: Statement, *values: Any) -> Row | None:
        """None if the lightweight transaction was done; else what stands, as the server gives it: the columns after the first."""
        ((done, *standing),) = await self._answered(statement.name, await self.bound(statement, values))
        return None if done else self.received(statement, [tuple(standing)])[0]

    async def batch(self, writes: Iterable[Write]) -> None:
        """Afterwards the writes are done, up to 250 in one batch each: those of one partition whole, or not at all."""
        for part in _chunks(writes, BATCHED):
            if len(part) == 1:
                await self.execute(part[0][0], *part[0][1])
            else:
                await self._answered(f"{part[0][0].name} batch", await self._batch(part))

    async def applied_batch(self, writes: Sequence[Write]) -> bool:
        """True if the writes, all of one partition, were done together; False if a condition among them did not hold."""
        batch = await self._batch(writes)
        batch.is_idempotent = False
        rows = await self._answered(f"{writes[0][0].name} batch", batch)
        return all(row[0] for row in rows)

    async def gather(self, writes: Iterable[Write]) -> None:
        """Afterwards the writes, of whatever partitions, are done; many at once, in any order."""
        await self.each(writes, lambda write: self.execute(write[0], *write[1]))

    async def each(self, items: Iterable[Any], work: Callable[[Any], Awaitable[None]]) -> None:
        """Afterwards `work` is done on each of the items, on up to 32 at once. The first error ends it."""
        left = iter(items)

        async def worker(first: object) -> None:
            await work(first)
            for item in left:
                await work(item)

        try:
            async with asyncio.TaskGroup() as group:
                for item in islice(left, WRITTEN_TOGETHER):
                    group.create_task(worker(item))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def bound(self, statement: Statement, values: Values) -> BoundStatement:
        """The statement with its values, prepared at its first use, off the event loop."""
        prepared = self._prepared_of.get(statement.text) or await self._prepared(statement)
        bound: BoundStatement = prepared.bind(self.given(prepared, values))
        return bound

    def given(self, prepared: PreparedStatement, values: Values) -> Values:  # noqa: ARG002 - for subclasses that store them otherwise
        """The values as they are stored."""
        return values

    def received(self, statement: Statement, rows: list[Row]) -> list[Row]:  # noqa: ARG002 - for subclasses that store them otherwise
        """The rows as they are answered."""
        return rows

    async def _prepared(self, statement: Statement) -> PreparedStatement:
        """One asks the server, and all who want the statement meanwhile wait for that."""
        task = self._preparing.get(statement.text)
        if task is None:
            task = self._preparing[statement.text] = asyncio.create_task(self._prepare(statement))
            task.add_done_callback(lambda _: self._preparing.pop(statement.text))
        return await asyncio.shield(task)

    async def _prepare(self, statement: Statement) -> PreparedStatement:
        with self._timed("prepare"):
            text = qualified(statement.text, self.keyspace)
            prepared: PreparedStatement = await asyncio.to_thread(self._session.prepare, text)
        prepared.consistency_level = ConsistencyLevel.LOCAL_QUORUM
        prepared.is_idempotent = not statement.conditional
        if statement.conditional:
            prepared.serial_consistency_level = ConsistencyLevel.LOCAL_SERIAL
        self._prepared_of[statement.text] = prepared
        return prepared

    async def _batch(self, writes: Sequence[Write]) -> BatchStatement:
        batch = BatchStatement(BatchType.UNLOGGED, consistency_level=ConsistencyLevel.LOCAL_QUORUM)
        batch.serial_consistency_level = ConsistencyLevel.LOCAL_SERIAL
        batch.is_idempotent = True
        for statement, values in writes:
            batch.add(await self.bound(statement, values))
        return batch

    async def _answered(self, name: str, bound: BoundStatement | BatchStatement) -> list[Row]:
        with self._timed(name):
            async with self._free:
                return await _Answer(self._loop, self._sent(bound)).page()

    def _sent(self, bound: BoundStatement | BatchStatement) -> ResponseFuture:
        response: ResponseFuture = self._session.execute_async(bound)
        return response

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            with translated_errors(name):
                yield
        finally:
            self._seconds.labels(name).observe(time.perf_counter() - began)


class _Answer:
    """The answer to a statement, page by page, handed from the driver's thread to the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, response: ResponseFuture) -> None:
        self._loop = loop
        self._response = response
        self._page: asyncio.Future[list[Row]] | None = None

    @property
    def more(self) -> bool:
        """True if another page follows."""
        return bool(self._response.has_more_pages)

    async def page(self) -> list[Row]:
        """The next page."""
        first = self._page is None
        self._page = self._loop.create_future()
        if first:
            self._response.add_callbacks(self._arrived, self._failed)
        else:
            self._response.start_fetching_next_page()
        return await self._page

    def _arrived(self, rows: list[Row] | None) -> None:
        self._loop.call_soon_threadsafe(self._settle, rows or [], None)

    def _failed(self, error: BaseException) -> None:
        self._loop.call_soon_threadsafe(self._settle, [], error)

    def _settle(self, rows: list[Row], error: BaseException | None) -> None:
        if self._page is None or self._page.done():  # whoever asked has been cancelled
            return
        if error is None:
            self._page.set_result(rows)
        else:
            self._page.set_exception(error)


@contextmanager
def translated_errors(doing: str) -> Iterator[None]:
    """Errors of a store that cannot answer now become StoreUnavailable. A statement that is wrong stays what it is."""
    try:
        yield
    except InvalidRequest:
        raise
    except (DriverException, RequestExecutionException, NoHostAvailable, ConnectionException, OSError) as error:
        raise StoreUnavailable(f"Cassandra did not answer ({doing}): {error}. It is asked again.") from error


@asynccontextmanager
async def open_session(
    access: CassandraAccess, metrics: Metrics, *, made: Callable[..., CassandraSession] = CassandraSession
) -> AsyncIterator[CassandraSession]:
    """The session of an installation's keyspace, which must be there (`migrate`). Raises: StoreUnavailable."""
    with translated_errors("connecting"):
        cluster, session = await asyncio.to_thread(connect, access)
    try:
        if access.keyspace not in cluster.metadata.keyspaces:
            raise StoreUnavailable(
                f"There is no keyspace {access.keyspace} at {access.where}: run `stellarmap migrate`."
            )
        yield made(session, keyspace=access.keyspace, dialect=access.dialect, metrics=metrics)
    finally:
        await asyncio.to_thread(cluster.shutdown)


def qualified(text: str, keyspace: str) -> str:
    """The statement with its table's keyspace: the server warns of prepared statements that a `USE` says more about."""
    return _TABLE.sub(rf"\1{keyspace}.\2", text, count=1)


def _chunks(writes: Iterable[Write], size: int) -> Iterator[list[Write]]:
    left = iter(writes)
    while part := list(islice(left, size)):
        yield part
