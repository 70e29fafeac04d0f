"""The epochs of networks that reset: which there were, and by what the present one is known again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.network import NetworkName


@dataclass(frozen=True, slots=True)
class KeptLedger:
    """A ledger of an epoch by which it is known again: no other epoch has one of that number and hash."""

    sequence: int  # over 1: the ledger a network begins with is always the same
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch of a network. It ended when the next one began."""

    network: NetworkName
    number: int
    began_at: datetime  # when we first saw it
    reason: str = ""  # by what it was seen that the epoch before it is over; empty for the first
    highest: int = 0  # the latest ledger ever seen of it
    kept: KeptLedger | None = None


class EpochStore(Protocol):
    """Epochs. An epoch without a successor is the current one of its network."""

    async def epochs(self) -> tuple[Epoch, ...]:
        """Every epoch of every network, as of the latest write, in order of their numbers."""
        ...

    async def begin(self, epoch: Epoch) -> bool:
        """Stores the epoch, and so ends the one before. False, and nothing written, if it has begun already.

        One conditional write: of several who saw the same reset, one begins the epoch.
        """
        ...

    async def note(self, network: NetworkName, number: int, *, highest: int, kept: KeptLedger | None = None) -> None:
        """Afterwards `highest` is at least this, and a `kept` that is given is the one. Neither ever falls."""
        ...
