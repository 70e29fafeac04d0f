"""How often one client may read and ask: in any minute, or hour, counted in this process."""

from collections import OrderedDict
from dataclasses import dataclass

from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.settings import LimitSettings
from stellarmap_gateway.problems import too_many

WINDOW_S = 60.0
HOUR_S = 3_600.0
CLIENTS_KEPT = 10_000
_MARGIN_S = 0.01  # past the moment at which the fraction is exactly used up


@dataclass(slots=True)
class _Counted:
    """Calls of one client in the present window and the one before."""

    window: int
    now: int = 0
    before: int = 0


class Allowance:
    """So many calls a window (a minute) for each client: those of the last one count by how much of it is not over yet."""

    def __init__(self, per_window: int, clock: Clock, window_s: float = WINDOW_S) -> None:
        self._per_window = per_window
        self._window_s = window_s
        self._clock = clock
        self._clients: OrderedDict[str, _Counted] = OrderedDict()

    def take(self, client: str) -> float:
        """0 when the call is allowed, and counted; else how many seconds to wait."""
        window, into = divmod(self._clock.monotonic(), self._window_s)
        counted = self._counted(client, int(window))
        left = 1 - into / self._window_s
        if counted.now + counted.before * left < self._per_window:
            counted.now += 1
            return 0.0
        if counted.now >= self._per_window:
            return self._window_s - into + _MARGIN_S
        over = counted.before * left - (self._per_window - counted.now)
        return over / counted.before * self._window_s + _MARGIN_S

    def _counted(self, client: str, window: int) -> _Counted:
        counted = self._clients.get(client)
        if counted is None:
            counted = self._clients[client] = _Counted(window)
            if len(self._clients) > CLIENTS_KEPT:
                self._clients.popitem(last=False)
        elif counted.window != window:
            counted.before = counted.now if counted.window == window - 1 else 0
            counted.window, counted.now = window, 0
            self._clients.move_to_end(client)
        return counted


_LIVE = "The live stream needs no polling."


class ClientLimits:
    """The limits of this installation."""

    def __init__(self, settings: LimitSettings, clock: Clock) -> None:
        self._settings = settings
        self._reads = Allowance(settings.reads_per_minute, clock)
        self._searches = Allowance(settings.searches_per_minute, clock)
        self._asks = Allowance(settings.requests_per_minute, clock)
        self._bulks = Allowance(settings.bulks_per_hour, clock, HOUR_S)
        self._exports = Allowance(settings.exports_per_hour, clock, HOUR_S)

    def read(self, client: str) -> None:
        """Counts a call that reads. Raises: ApiProblem (429)."""
        wait_s = self._reads.take(client)
        if wait_s:
            raise too_many(f"More than {self._settings.reads_per_minute} reading calls a minute.", wait_s, beside=_LIVE)

    def search(self, client: str) -> None:
        """Counts a page of a search, which reads much. Raises: ApiProblem (429)."""
        wait_s = self._searches.take(client)
        if wait_s:
            raise too_many(f"More than {self._settings.searches_per_minute} searches a minute.", wait_s)

    def ask(self, client: str) -> None:
        """Counts a call that makes work. Raises: ApiProblem (429)."""
        wait_s = self._asks.take(client)
        if wait_s:
            raise too_many(f"More than {self._settings.requests_per_minute} requests a minute.", wait_s)

    def bulk(self, client: str) -> None:
        """Counts a bulk request. Raises: ApiProblem (429)."""
        wait_s = self._bulks.take(client)
        if wait_s:
            raise too_many(f"More than {self._settings.bulks_per_hour} bulk requests an hour.", wait_s)

    def export(self, client: str) -> None:
        """Counts an export of an account's children. Raises: ApiProblem (429)."""
        wait_s = self._exports.take(client)
        if wait_s:
            raise too_many(f"More than {self._settings.exports_per_hour} exports an hour.", wait_s)
