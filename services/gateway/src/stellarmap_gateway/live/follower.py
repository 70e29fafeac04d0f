"""One client of the stream: what waits for it, the newest of each slot only, and never more than it could read."""

import asyncio
from collections.abc import Callable, Sequence

from stellarmap_gateway.live.messages import Message

MAX_WAITING = 1_000


class Follower:
    """Bounded: a client that is too slow is told to begin anew instead."""

    def __init__(self, wants: Callable[[Message], bool]) -> None:
        self._wants = wants
        self._waiting: dict[tuple[object, ...], Message] = {}  # in the order of offsets
        self._some = asyncio.Event()
        self._missed = False
        self.ended = False  # nothing more will come: this process stops

    def offer(self, message: Message) -> None:
        """Afterwards the message waits, in the place of the one before it of the same slot."""
        if self._missed or not self._wants(message):
            return
        self._waiting.pop(message.slot, None)
        self._waiting[message.slot] = message
        if len(self._waiting) > MAX_WAITING:
            self.miss()
        self._some.set()

    def miss(self) -> None:
        """Afterwards nothing waits, and the client is to begin anew."""
        self._missed = True
        self._waiting.clear()
        self._some.set()

    def end(self) -> None:
        """Afterwards nothing more comes."""
        self.ended = True
        self._some.set()

    async def wait(self) -> None:
        """Returns once something waits, or nothing more will come."""
        await self._some.wait()

    def take(self) -> Sequence[Message] | None:
        """What waits, oldest first; None when messages were missed. Afterwards nothing does."""
        taken = None if self._missed else tuple(self._waiting.values())
        self._missed = False
        self._waiting.clear()
        self._some.clear()
        return taken
