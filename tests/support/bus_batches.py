"""A handler that takes many events of one key in one call, and remembers them."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stellarmap_common.events.requests import AccountRequested
from stellarmap_common.ports.subscription import Subscription
from tests.support.bus import REQUESTED, asked, on, until

AT_MOST = 40

Batch = Sequence[AccountRequested]


@dataclass(slots=True)
class Batches:
    """A handler that remembers what it was given, and what it handled to the end. `first` runs before it does."""

    first: Callable[[Batch], Awaitable[None]] | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)
    done: list[Batch] = field(default_factory=list)

    async def __call__(self, batch: Batch) -> None:
        self.calls.append(tuple(event.id for event in batch))
        if self.first is not None:
            await self.first(batch)
        self.done.append(batch)

    @property
    def ids(self) -> list[str]:
        return [event.id for batch in self.done for event in batch]

    @property
    def by_key(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for batch in self.done:
            found[batch[0].key] += [event.id for event in batch]
        return dict(found)

    async def all(self, events: int) -> None:
        """Returns when so many events are handled."""
        await until(lambda: len(self.ids) >= events, f"{events} events handled")


def together(handler: Batches, *, records: int = 100, **more: Any) -> Subscription:
    """The row of the handler."""
    return on(REQUESTED, handler, records=records, together=AT_MOST, **more)


def numbered(events: int, *, accounts: int = 1, first: int = 0) -> list[AccountRequested]:
    return [asked(number % accounts, f"{number:05}") for number in range(first, first + events)]
