"""When a source was called: enough to say how often in the last minute, hour and day."""

from collections import deque
from datetime import datetime, timedelta

SLOT_S = 10
SLOTS_KEPT = 24 * 3_600 // SLOT_S


class CallLog:
    """Calls in slots of ten seconds, for a day."""

    def __init__(self) -> None:
        self._slots: deque[tuple[int, int]] = deque(maxlen=SLOTS_KEPT)
        self.last_at: datetime | None = None

    def add(self, now: datetime) -> None:
        """One more call was made."""
        self.last_at = now
        slot = _slot(now)
        if self._slots and self._slots[-1][0] == slot:
            self._slots[-1] = (slot, self._slots[-1][1] + 1)
        else:
            self._slots.append((slot, 1))

    def within(self, span: timedelta, now: datetime) -> int:
        """How many calls were made in the span that ends now, to ten seconds."""
        oldest = _slot(now - span)
        total = 0
        for slot, calls in reversed(self._slots):
            if slot <= oldest:
                break
            total += calls
        return total


def _slot(at: datetime) -> int:
    return int(at.timestamp()) // SLOT_S
