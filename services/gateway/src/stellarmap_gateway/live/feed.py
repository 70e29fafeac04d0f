"""The last ten minutes of the live topic in memory, and the clients that follow it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stellarmap_common.events.live import LiveChanged
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Networks
from stellarmap_gateway.live.follower import Follower
from stellarmap_gateway.live.messages import NOWHERE, Message, message_of

KEPT_S = 600.0
MAX_KEPT = 100_000
FORGET_S = 10.0


class LiveFeed:
    """Every replica has one, fed by a broadcast subscription, so that a client may resume at any of them."""

    def __init__(self, networks: Networks, clock: Clock) -> None:
        self._networks = networks
        self._clock = clock
        self._kept: deque[tuple[float, int, Message | None]] = deque()
        self._last = NOWHERE  # offset read last
        self._forgotten = NOWHERE  # offset read and dropped last
        self._began_anew = NOWHERE  # offset read last before the latest reset of a network
        self._followers: set[Follower] = set()
        self._past = {network.key for network in networks.past}
        self._closed = False

    async def on_live_changed(self, event: LiveChanged, offset: int) -> None:
        """Afterwards the message waits for every client that follows what it is about."""
        if offset <= self._last:
            return  # read again after a reconnect
        self._begin_anew_after_resets()
        message = message_of(event, offset, self._networks)
        self._kept.append((self._clock.monotonic(), offset, message))
        self._last = offset
        while len(self._kept) > MAX_KEPT:
            self._drop()
        if message:
            for follower in self._followers:
                follower.offer(message)

    async def forget_old(self) -> None:
        """Afterwards nothing is kept that came over ten minutes ago, or is of an epoch that is over."""
        self._begin_anew_after_resets()
        oldest = self._clock.monotonic() - KEPT_S
        while self._kept and self._kept[0][0] < oldest:
            self._drop()

    async def stay_open(self) -> None:
        """Never returns; when its turn is ended, at shutdown, every stream ends, so that HTTP need not wait for them."""
        try:
            await asyncio.Event().wait()
        finally:
            self._closed = True
            for follower in self._followers:
                follower.end()

    @property
    def last(self) -> int:
        """The offset read last: where a client begins that asks for nothing older."""
        return self._last

    @contextmanager
    def following(self, wants: Callable[[Message], bool], after: int | None) -> Iterator[Follower]:
        """While open, the follower is offered all messages that it wants: those after offset `after` too, or a reset."""
        self._begin_anew_after_resets()
        follower = Follower(wants)
        if self._closed:
            follower.end()
        if after is not None and not self._has_all_after(after):
            follower.miss()
        else:
            for _, offset, message in self._kept:
                if message and after is not None and offset > after:
                    follower.offer(message)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def _has_all_after(self, offset: int) -> bool:
        if offset > self._last:
            return False  # of another log: this one never gave it
        if self._began_anew != NOWHERE and offset <= self._began_anew:
            return False  # who was away then has not heard of the reset
        if self._kept:
            return offset >= self._kept[0][1] - 1
        return self._last != NOWHERE and offset >= self._forgotten

    def _begin_anew_after_resets(self) -> None:
        """Afterwards, if a network was reset, nothing of its old epoch waits, and every client fetches a snapshot."""
        past = {network.key for network in self._networks.past}
        if past == self._past:
            return
        self._past = past
        self._began_anew = self._last
        for at, (moment, offset, message) in enumerate(self._kept):
            if message and message.network in past:
                self._kept[at] = (moment, offset, None)
        for follower in self._followers:
            follower.miss()

    def _drop(self) -> None:
        _, self._forgotten, _ = self._kept.popleft()
