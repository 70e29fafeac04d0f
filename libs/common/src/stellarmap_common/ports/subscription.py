"""What a handler subscribes to, and what the bus promises it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from stellarmap_common.domain.status import Lane
from stellarmap_common.events.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Why a record was set aside."""

    reason: str
    attempts: int
    refused: bool = False  # by the cost guard: that is the answer, and no record was set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One row of a service's table of contents."""

    topic: Topic
    handler: Callable[..., Awaitable[None]]  # takes the topic's event, and its offset or several if it asks for that
    group: str | None  # None: broadcast; no commit, no dead letter, starts at the end
    lane: Lane = Lane.USER
    records: int = 100  # at most this many in one batch
    at_once: int = 32  # of these, handled together at most: each worker is a task
    together: int | None = None
    """Not of a broadcast. The handler takes a sequence of at most this many events: what is in line, it waits for no more.

    They are of one key, one network and one partition, in their order. They are handled, or read again, all of them; those
    that it refused or choked on are given to it once more, one by one, so that the bad ones alone are set aside.
    """
    makes_way: bool = True  # rests while a higher lane of its group has something to do
    read_back_s: float = 0.0  # broadcast: begin with what was published this long ago, not at the end
    with_offset: bool = False  # broadcast of one partition: the handler takes the event and its offset
    before_dead_letter: Callable[[Any, DeadLetter], Awaitable[None]] | None = None
    before_replay: Callable[[Any, str], Awaitable[None]] | None = None  # takes the event and the id of its dead letter
