"""How many calls each request was given lately: whoever had least goes first."""

from collections import OrderedDict

FORGOTTEN_AFTER_S = 60.0  # without a call: a request that comes back later is a newcomer
MOST_KEPT = 10_000


class Given:
    """Calls by request, as long as it goes on asking. Times come from outside."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, tuple[int, float]] = OrderedDict()  # the one that was given last stands last

    def lately(self, whose: str, now: float) -> int:
        """Calls it was given without a minute's rest; 0 for nobody in particular."""
        calls, at = self._calls.get(whose, (0, now))
        return calls if now - at < FORGOTTEN_AFTER_S else 0

    def add(self, whose: str, calls: int, now: float) -> None:
        """It was given so many."""
        if not whose:
            return
        self._calls[whose] = (self.lately(whose, now) + calls, now)
        self._calls.move_to_end(whose)
        while len(self._calls) > MOST_KEPT or now - next(iter(self._calls.values()))[1] >= FORGOTTEN_AFTER_S:
            self._calls.popitem(last=False)
