"""The rows of pages as they were last made: many look at one board, and it changes at most once a second."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

from stellarmap_common.ports.clock import Clock
from stellarmap_gateway.schemas.standings import StandingRow

KEPT = 16  # pages, of up to 1,000 rows
HOLDS_S = 5.0  # names and creators may be told that much later


class KeptRows:
    """Of each page the rows; whoever changes what they are of asks for another page."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, list[StandingRow]]] = OrderedDict()

    async def of(self, page: Hashable, make: Callable[[], Awaitable[list[StandingRow]]]) -> list[StandingRow]:
        """The rows of the page, made anew if that is some seconds ago."""
        now = self._clock.monotonic()
        made_at, rows = self._kept.get(page, (float("-inf"), []))
        if now - made_at < HOLDS_S:
            return rows
        rows = await make()
        self._kept[page] = now, rows
        self._kept.move_to_end(page)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return rows
