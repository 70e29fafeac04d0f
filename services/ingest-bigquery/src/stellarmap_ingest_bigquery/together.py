"""Accounts that are asked about at about the same time are answered by one query."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Generic, NamedTuple, TypeVar

from stellarmap_common.domain.network import Address
from stellarmap_common.errors import SourceUnavailable, TransientError
from stellarmap_common.ports.clock import Clock

A = TypeVar("A")

LONGEST = 10  # windows that a query is held open, at most, while more accounts are on their way to it
_LOOK = 0.25  # of a window: so often is looked whether those are done who are at work
SAME_GROUP_S = (
    900.0  # so long those who were asked about together are again: as long as their jobs answer the same question
)
KEPT_S = 300.0  # an answer whose record is read again, because the store was away, is not asked for twice


@dataclass(eq=False)
class _Batch(Generic[A]):
    accounts: dict[Address, None] = field(default_factory=dict)  # in order of asking
    full: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0  # steps that wait for it
    work: "asyncio.Task[Mapping[Address, A]] | None" = None
    answered_at: float | None = None


class _Group(NamedTuple):
    accounts: tuple[Address, ...]
    until: float


class Together(Generic[A]):
    """Collects accounts for `window_s`, or until `most` are there, and has all of them answered at once.

    While steps are at work that may ask, or whose end lets others ask, the window stays open, up to `LONGEST` times as long.
    So those who were asked for together stay together, hop by hop, however long a hop takes: a query costs the same for one
    account as for a thousand, and of them a day has no more than a hundred or so.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Address]], Awaitable[Mapping[Address, A]]],
        clock: Clock,
        *,
        window_s: float,
        most: Callable[[], int],
        patience_s: float,
    ) -> None:
        self._answer = answer
        self._clock = clock
        self._window_s = window_s
        self._most = most
        self._patience_s = patience_s
        self._collecting: _Batch[A] | None = None
        self._batches: dict[Address, _Batch[A]] = {}
        self._former: dict[Address, _Group] = {}  # in order of their ends
        self._at_work = 0
        self._sign_at = -inf  # of life: a step began, or ended

    @contextmanager
    def step(self) -> Iterator[None]:
        """While it is entered a step is at work that may ask; another may follow from it a moment later."""
        self._at_work += 1
        self._sign_at = self._clock.monotonic()
        try:
            yield
        finally:
            self._at_work -= 1
            self._sign_at = self._clock.monotonic()

    async def ask(self, account: Address) -> A:
        """The answer about the account, of which a query is under way, or was a short while ago, or begins soon.

        Raises: what kept it from being answered; SourceUnavailable after `patience_s`: the query goes on, ask again.
        """
        self._forget_old()
        batch = self._batches.get(account) or self._again(account) or self._join(account)
        assert batch.work is not None  # noqa: S101 - a batch is made with its work
        batch.waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                found = await asyncio.shield(batch.work)
        except TimeoutError:
            raise SourceUnavailable(f"BigQuery has worked on a query for {self._patience_s:g} s; it goes on.") from None
        finally:
            batch.waiting -= 1
        return found[account]

    def begin(self, accounts: Iterable[Address]) -> None:
        """Afterwards exactly these are asked about, as one: what a process before this one had begun for them goes on."""
        batch: _Batch[A] = _Batch(dict.fromkeys(accounts))
        batch.full.set()
        self._start(batch)

    def remember(self, accounts: Iterable[Address]) -> None:
        """Afterwards whoever asks about one of these asks about exactly these: they were, as one, a short while ago."""
        group = _Group(tuple(accounts), self._clock.monotonic() + SAME_GROUP_S)
        for account in group.accounts:
            self._former.pop(account, None)
            self._former[account] = group

    def ask_anew(self, account: Address) -> None:
        """Afterwards the answer about the account is not kept: whoever asks has it asked for again, with the same others."""
        batch = self._batches.get(account)
        if batch is not None and batch.answered_at is not None:
            self._forget(batch)
            self.remember(batch.accounts)

    async def stop(self) -> None:
        """Afterwards nothing is under way."""
        works = {batch.work for batch in self._batches.values() if batch.work}
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def _again(self, account: Address) -> _Batch[A] | None:
        group = self._former.get(account)
        if group is None:
            return None
        self.begin(group.accounts)
        return self._batches[account]

    def _join(self, account: Address) -> _Batch[A]:
        batch = self._collecting
        if batch is None:
            batch = self._collecting = _Batch()
            batch.accounts[account] = None
            self._start(batch)
        batch.accounts[account] = None
        self._batches[account] = batch
        if len(batch.accounts) >= self._most():
            batch.full.set()
            self._collecting = None
        return batch

    def _start(self, batch: _Batch[A]) -> None:
        self._batches.update(dict.fromkeys(batch.accounts, batch))
        for account in batch.accounts:
            self._former.pop(account, None)
        batch.work = asyncio.create_task(self._work(batch), name="query")
        batch.work.add_done_callback(lambda work: self._ended(batch, work))

    async def _work(self, batch: _Batch[A]) -> Mapping[Address, A]:
        await self._collect(batch)
        if self._collecting is batch:
            self._collecting = None
        return await self._answer(tuple(sorted(batch.accounts)))

    async def _collect(self, batch: _Batch[A]) -> None:
        """Returns when the batch is full, when nobody else comes, or when it was held open for long enough."""
        # Who waits for it needs most of its patience for the query itself.
        until = self._clock.monotonic() + min(LONGEST * self._window_s, self._patience_s / 3)
        wait_s = self._window_s
        while not batch.full.is_set():
            await self._wait(batch.full, wait_s)
            now = self._clock.monotonic()
            still_s, busy = now - self._sign_at, self._at_work > batch.waiting
            if now >= until or (not busy and still_s >= self._window_s):
                return
            wait_s = self._window_s * _LOOK if busy else self._window_s - still_s

    async def _wait(self, full: asyncio.Event, seconds: float) -> None:
        alarm = asyncio.ensure_future(self._clock.sleep(seconds))
        filled = asyncio.ensure_future(full.wait())
        try:
            await asyncio.wait((alarm, filled), return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            filled.cancel()

    def _ended(self, batch: _Batch[A], work: "asyncio.Task[Mapping[Address, A]]") -> None:
        batch.answered_at = self._clock.monotonic()
        if work.cancelled() or work.exception() is not None:
            self._forget(batch)  # whoever asks again begins anew
        if not work.cancelled() and isinstance(work.exception(), TransientError):
            self.remember(batch.accounts)  # with the same group: what was paid for it answers it

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        for batch in set(self._batches.values()):
            if batch.answered_at is not None and now - batch.answered_at > KEPT_S:
                self._forget(batch)
        while self._former and (first := next(iter(self._former))) and self._former[first].until < now:
            del self._former[first]

    def _forget(self, batch: _Batch[A]) -> None:
        for account in batch.accounts:
            if self._batches.get(account) is batch:
                del self._batches[account]
