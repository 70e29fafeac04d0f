"""Where a step goes on. To everybody else a cursor is opaque text; it holds all that the next step needs to know."""

from dataclasses import dataclass
from enum import StrEnum

from stellarmap_common.domain.toid import LEDGER_SHIFT, Ledger
from stellarmap_common.errors import InvalidEvent

_VERSION = "v1"


class Evidence(StrEnum):
    """What the records read so far say about the account's latest life."""

    NOTHING = "n"  # none of them needed it to exist
    ALIVE = "a"  # it exists; its creation is not among them
    CREATED = "c"  # it exists; its creation is
    MERGED = "m"  # it was merged; its creation is among them
    ENDED = "e"  # it was merged; its creation is not


@dataclass(frozen=True, slots=True)
class Bound:
    """How far a scan of an account's records goes."""

    kind: str
    until: int  # the last operation that can matter; 0 = the end

    @classmethod
    def end(cls) -> "Bound":
        """To the end of the history: the account does not exist now."""
        return cls("e", 0)

    @classmethod
    def ledger(cls, ledger: Ledger) -> "Bound":
        """Through the ledger of its sequence, which its creation cannot be later than."""
        return cls("l", ((ledger + 1) << LEDGER_SHIFT) - 1)

    @classmethod
    def operation(cls, operation_id: int) -> "Bound":
        """To the creation of its present life, which is known: only earlier lives are missing."""
        return cls("o", operation_id)

    @property
    def exists(self) -> bool:
        """True when the account exists now."""
        return self.kind != "e"

    @property
    def creation_known(self) -> bool:
        """True when only earlier lives are looked for."""
        return self.kind == "o"

    def passed_by(self, position: int) -> bool:
        """True when records after `position` cannot matter."""
        return self.exists and position >= self.until


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan of an account's records for its lives."""

    bound: Bound
    after: int = 0
    pages: int = 0
    evidence: Evidence = Evidence.NOTHING

    def __str__(self) -> str:
        bound = f"{self.bound.kind}{self.bound.until}"
        return f"{_VERSION}:scan:{self.after}:{self.pages}:{self.evidence}:{bound}"


def scan_of(cursor: str) -> Scan:
    """The scan that a cursor stands for. Raises: InvalidEvent for a cursor that is not of a creator step of this source."""
    try:
        version, kind, after, pages, evidence, bound = cursor.split(":")
        _demand(version == _VERSION and kind == "scan" and bound[0] in "elo")
        return Scan(Bound(bound[0], int(bound[1:])), int(after), int(pages), Evidence(evidence))
    except (ValueError, IndexError) as error:
        raise InvalidEvent(f"not a cursor of a creator step read from Horizon: {cursor[:80]!r}") from error


def _demand(holds: bool) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise ValueError
