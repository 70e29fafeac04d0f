"""What becomes of a record: handled, set aside, or left to its source. The kind of error decides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from stellarmap_common.adapters.kafka.attempts import TRIES_OF_A_BUG, tried
from stellarmap_common.adapters.kafka.cause import Cause, handled_now
from stellarmap_common.adapters.kafka.dead_letters import REPLAYED_FROM
from stellarmap_common.adapters.kafka.decoding import Decoded, Record
from stellarmap_common.adapters.kafka.outgoing import Confirmation, abandon, durable
from stellarmap_common.errors import InvalidEvent, PermanentError, TransientError
from stellarmap_common.events.base import Event
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.observability.metrics import Metrics
from stellarmap_common.ports import tries
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.subscription import DeadLetter, Subscription
from stellarmap_common.ports.tries import GoesOn

log = structlog.get_logger(__name__)

SetAside = Callable[[Record, DeadLetter], Awaitable[None]]

UNDECODABLE = "undecodable"
PERMANENT = "permanent"
BUG = "bug"
AT_FAULT = "at fault"


class Fate:
    """Handles the records of one work subscription, and sets aside what its handler cannot take."""

    def __init__(self, subscription: Subscription, clock: Clock, metrics: Metrics, set_aside: SetAside) -> None:
        self._subscription = subscription
        self._group = subscription.group or ""
        self._topic = subscription.topic.name
        self._clock = clock
        self._metrics = metrics
        self._set_aside = set_aside
        self._retried = metrics.events_retried.labels(self._group, self._topic).inc

    async def handle(self, batch: Sequence[Decoded], *, within_s: float, goes_on: GoesOn) -> Exception | None:
        """Calls the handler, within `within_s` again and again while it goes on; the error it failed with in the end.

        `batch` is one record, or for a subscription that takes several together as many as it takes.
        """
        first = batch[0].event
        tries.goes_on.set(goes_on)
        handled_now.set(self._cause(batch))
        structlog.contextvars.bind_contextvars(correlation_id=first.correlation_id, event_id=first.id)
        handle, retried = partial(self._call, batch), partial(self.read_again, len(batch))
        error = await tried(handle, self._clock, within_s=within_s, goes_on=goes_on, retried=retried)
        failpoint("after_handle")
        return error

    def _cause(self, batch: Sequence[Decoded]) -> Cause:
        if len(batch) > 1:
            return Cause("", self._group, None)
        _, event, headers = batch[0]
        trace = headers.get("traceparent")
        return Cause(event.id, self._group, trace.decode() if trace else None)

    async def _call(self, batch: Sequence[Decoded]) -> None:
        async with _all_durable():
            for each in batch:
                await self._before(each)
            if self._subscription.together is None:
                await self._subscription.handler(batch[0].event)
            else:
                await self._subscription.handler(tuple(each.event for each in batch))

    async def _before(self, decoded: Decoded) -> None:
        record, event, headers = decoded
        # On its own topic anybody may write any header: what comes from a dead letter is read from the replay topic alone.
        replayed = headers.get(REPLAYED_FROM, b"").decode() if record.topic != self._topic else ""
        if replayed and self._subscription.before_replay is not None:
            await self._subscription.before_replay(event, replayed)

    def read_again(self, count: int = 1) -> None:
        """Counts records that are handled once more."""
        self._retried(count)

    async def undecodable(self, record: Record, error: InvalidEvent) -> TransientError | None:
        """Sets aside what is no event. The error, if that must be done again."""
        return await self._dead_letter(record, None, DeadLetter(reason=_told(error), attempts=1), UNDECODABLE)

    async def failed(self, record: Record, event: Event, error: Exception) -> TransientError | None:
        """Sets aside what its handler refused or choked on."""
        if isinstance(error, PermanentError):
            return await self._dead_letter(record, event, DeadLetter(reason=_told(error), attempts=1), PERMANENT)
        log.error("handler_failed", topic=self._topic, group=self._group, exc_info=error)
        return await self._dead_letter(record, event, DeadLetter(reason=_told(error), attempts=TRIES_OF_A_BUG), BUG)

    async def at_fault(self, record: Record, event: Event, error: TransientError, rounds: int) -> TransientError | None:
        """Sets aside what fails again and again while others of the same source succeed."""
        letter = DeadLetter(reason=f"{_told(error)} (while others of its source succeeded)", attempts=rounds)
        return await self._dead_letter(record, event, letter, AT_FAULT)

    async def _dead_letter(
        self, record: Record, event: Event | None, letter: DeadLetter, kind: str
    ) -> TransientError | None:
        try:
            if event is not None:
                await self._tell(event, letter)
            failpoint("after_given_up")
            await self._set_aside(record, letter)
            failpoint("after_set_aside")
        except TransientError as error:
            return error
        self._metrics.events_dead_lettered.labels(self._group, self._topic, kind).inc()
        log.error(
            "event_dead_lettered",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            group=self._group,
            kind=kind,
            reason=letter.reason,
            attempts=letter.attempts,
        )
        return None

    async def _tell(self, event: Event, letter: DeadLetter) -> None:
        if (tell := self._subscription.before_dead_letter) is None:
            return
        try:
            async with _all_durable():
                await tell(event, letter)
        except TransientError:
            raise
        except Exception:
            # Its record must be set aside all the same: else a bug there would block the partition for ever.
            log.exception("before_dead_letter_failed", topic=self._topic, group=self._group)


@asynccontextmanager
async def _all_durable() -> AsyncIterator[None]:
    """What is sent inside is durable afterwards. Raises: TransientError, when it cannot be made so."""
    cause = handled_now.get()
    try:
        yield
    except asyncio.CancelledError:
        abandon(_taken(cause))  # its record is read again; an error of theirs must not be taken for its own
        raise
    except Exception:  # whatever it is, what it has told stands: it goes on to whoever decides its record's fate
        await durable(_taken(cause))
        raise
    await durable(_taken(cause))


def _taken(cause: Cause | None) -> Sequence[Confirmation]:
    if cause is None:
        return ()
    sent, cause.unconfirmed[:] = tuple(cause.unconfirmed), ()
    return sent


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
