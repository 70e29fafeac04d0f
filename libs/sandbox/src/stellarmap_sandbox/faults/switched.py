"""The faults that are switched on: which of them strikes a request."""

from dataclasses import dataclass
from random import Random
from typing import Final

from msgspec.structs import asdict

from stellarmap_common.ports.clock import Clock
from stellarmap_sandbox.faults.fault import (
    OF_BODIES,
    OF_HORIZON,
    OF_JOBS,
    OF_PAGES,
    Fault,
    FaultSeen,
    FaultSet,
    FaultsSeen,
    Kind,
    Source,
    State,
)

_BOTH: Final = (Source.HORIZON, Source.EXPERT)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a request before it is answered."""

    source: Source  # never both
    path: str
    page: bool = False  # a list of Horizon's is asked for
    stream: bool = False  # as a stream: it has no body that could break, and no pages
    job: bool = False  # a job of BigQuery is begun


@dataclass(slots=True)
class _Switched:
    fault: Fault
    random: Random
    hits: int = 0

    def state(self, elapsed_s: float) -> State:
        fault = self.fault
        return State.OVER if fault.times is not None and self.hits >= fault.times else fault.scheduled(elapsed_s)

    def matches(self, asked: Asked) -> bool:
        fault = self.fault
        if fault.path not in asked.path:
            return False
        if fault.kind in OF_JOBS:
            return asked.job
        if fault.source is not asked.source and not (fault.source is Source.BOTH and asked.source in _BOTH):
            return False
        if fault.kind in OF_HORIZON and asked.source is not Source.HORIZON:
            return False
        if fault.kind in OF_PAGES and not asked.page:
            return False
        return not (asked.stream and fault.kind in OF_BODIES)

    def struck(self) -> "Strike | None":
        """Draws for one more request. Two numbers each time, so that what strikes changes nothing of what comes after."""
        drawn, choice = self.random.random(), self.random.getrandbits(32)
        if drawn >= self.fault.share:
            return None
        self.hits += 1
        return Strike(self, Random(choice))  # noqa: S311 - which fault is no secret


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that strikes a request."""

    _switched: _Switched
    random: Random  # chooses among the forms of the fault

    @property
    def fault(self) -> Fault:
        """What strikes."""
        return self._switched.fault

    def missed(self) -> None:
        """The answer was nothing that this fault could change: it is no hit."""
        self._switched.hits -= 1


class Faults:
    """The faults of one simulated network, from none at its start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.put(FaultSet())

    def put(self, faults: FaultSet) -> FaultsSeen:
        """Afterwards exactly these are on; their schedules begin now."""
        self._seed = faults.seed
        self._began = self._clock.monotonic()
        self._switched = [
            _Switched(fault, Random(f"{faults.seed} {place}"))  # noqa: S311 - which fault is no secret
            for place, fault in enumerate(faults.faults)
        ]
        return self.seen()

    @property
    def any(self) -> bool:
        """False when nothing is on."""
        return bool(self._switched)

    def seen(self) -> FaultsSeen:
        """The present set, and what became of it."""
        elapsed = self._elapsed_s()
        seen = (FaultSeen(**asdict(each.fault), hits=each.hits, state=each.state(elapsed)) for each in self._switched)
        return FaultsSeen(self._seed, tuple(seen))

    def strike(self, asked: Asked) -> tuple[int | None, Strike | None]:
        """The ledger that history begins at for this request, where it is cut, and the fault that strikes it, if any."""
        elapsed, cut = self._elapsed_s(), None
        for each in self._switched:
            if each.state(elapsed) is not State.ACTIVE or not each.matches(asked):
                continue
            if each.fault.kind is Kind.HISTORY_CUT:
                cut = each.fault.ledger if cut is None and each.struck() else cut
            elif strike := each.struck():
                return cut, strike
        return cut, None

    def _elapsed_s(self) -> float:
        return self._clock.monotonic() - self._began
