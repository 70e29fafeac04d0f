"""The threads SQLite works on, so that the event loop never waits for a disk: one writes, some read."""

import asyncio
import contextlib
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from stellarmap_common.adapters.sqlite.connection import (
    connect_reader,
    connect_writer,
    translated_errors,
    write_something,
)
from stellarmap_common.errors import StoreUnavailable

GROUP = 256  # jobs that one transaction takes in: then everybody in it is answered

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Job(NamedTuple):
    """Work, and who waits for what it returns."""

    work: Work[Any]
    future: asyncio.Future[Any]
    durable: bool = True
    transaction: bool = True  # it is several statements, which must see one moment


class Outcome(NamedTuple):
    """What came of a job."""

    future: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None


Jobs = SimpleQueue[Job | None]


class StoreThread(threading.Thread, ABC):
    """Takes jobs from a queue until it finds None there. `opened` and `closed` are set on the loop that started it."""

    def __init__(self, path: Path, jobs: Jobs, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.path = path
        self.jobs = jobs
        self.loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self.loop.create_future()
        self.closed: asyncio.Future[None] = self.loop.create_future()

    def run(self) -> None:
        try:
            with translated_errors(self.path):
                connection = self.connect()
        except Exception as error:  # noqa: BLE001 - it is told to whoever waits for the opening
            self.tell([Outcome(self.opened, error=error), Outcome(self.closed)])
            return
        self.tell([Outcome(self.opened)])
        with contextlib.closing(connection):
            while (job := self.jobs.get()) is not None:
                self.tell(self.perform(connection, job))
        self.tell([Outcome(self.closed)])

    @abstractmethod
    def connect(self) -> sqlite3.Connection:
        """The thread's connection."""

    @abstractmethod
    def perform(self, connection: sqlite3.Connection, job: Job) -> list[Outcome]:
        """What came of the job, and of those it took along."""

    def tell(self, outcomes: list[Outcome]) -> None:
        """Afterwards the loop knows, in one wake-up for all; a loop that is gone has nobody who waits."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(_resolve, outcomes)


class ReaderThread(StoreThread):
    """Reads, one job at a time; all that a job reads is of one moment: the latest commit when it begins."""

    def connect(self) -> sqlite3.Connection:
        return connect_reader(self.path)

    def perform(self, connection: sqlite3.Connection, job: Job) -> list[Outcome]:
        try:
            with translated_errors(self.path):
                if job.transaction:
                    connection.execute("BEGIN")
                return [Outcome(job.future, job.work(connection))]
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
            return [Outcome(job.future, error=error)]
        finally:
            if connection.in_transaction:
                connection.rollback()


class WriterThread(StoreThread):
    """Writes. All jobs that wait go into one transaction, and nobody who asked for it is answered before it is durable.

    A transaction of which nobody asked that is not synced: it survives a kill at once, a power cut as soon as a later one is
    synced. A job that raises leaves no trace and takes nobody with it; when the transaction fails, all its jobs have failed.
    """

    _syncs = True  # as the connection was opened
    _owes = True  # something is committed that was not synced: perhaps by a process before this one, that was killed

    def connect(self) -> sqlite3.Connection:
        return connect_writer(self.path)

    def perform(self, connection: sqlite3.Connection, job: Job) -> list[Outcome]:
        taken = [job, *self._waiting()]
        if not self._owes and all(each.work is nothing for each in taken):
            return [Outcome(each.future) for each in taken]
        try:
            with translated_errors(self.path):
                durable = any(each.durable for each in taken)
                self._sync(connection, durable)
                connection.execute("BEGIN IMMEDIATE")
                if len(taken) == 1:
                    outcomes = [Outcome(job.future, job.work(connection))]  # what it raises undoes all there is
                else:
                    outcomes = [self._try(connection, each) for each in taken]
                if durable and self._owes:
                    write_something(connection)  # a transaction that changes nothing syncs nothing, whatever is owed
                connection.execute("COMMIT")
                self._owes = not durable
        except Exception as error:  # noqa: BLE001 - every caller whose work is lost must hear of it
            with contextlib.suppress(sqlite3.Error):
                connection.rollback()
            return [Outcome(lost.future, error=error) for lost in taken]
        return outcomes

    def _waiting(self) -> Iterator[Job]:
        for _ in range(GROUP - 1):
            try:
                job = self.jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self.jobs.put(None)  # the thread ends after this transaction
                return
            yield job

    def _sync(self, connection: sqlite3.Connection, wanted: bool) -> None:  # noqa: FBT001 - asked in one place
        if wanted is not self._syncs:
            # NORMAL leaves the log to the next sync of it, which is that of all before it: the order of commits stays.
            connection.execute("PRAGMA synchronous = FULL" if wanted else "PRAGMA synchronous = NORMAL")
            self._syncs = wanted

    def _try(self, connection: sqlite3.Connection, job: Job) -> Outcome:
        connection.execute("SAVEPOINT job")
        try:
            with translated_errors(self.path):
                value = job.work(connection)
        except Exception as error:
            # A full disk or a broken file may roll back the whole transaction, and with it the jobs before this one.
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
            return Outcome(job.future, error=error)
        connection.execute("RELEASE job")
        return Outcome(job.future, value)


def nothing(_: sqlite3.Connection) -> None:
    """What is owed is synced with this; if nothing is, the disk is left alone."""


def _resolve(outcomes: list[Outcome]) -> None:
    for future, value, error in outcomes:
        if future.done():  # its caller was cancelled
            continue
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)


def closed_error(path: str | Path) -> StoreUnavailable:
    """What a call after the closing is told."""
    return StoreUnavailable(f"The store {path} is closed; this process is stopping.")
