"""Imports of whole networks: facts by the million, in operation order, and how far they are stored."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import Ledger

NEVER = Ledger(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkImport:
    """The latest import of a network, and what all imports of it have come to."""

    network: NetworkKey
    source: str = ""  # what is read: the same text means that it holds the same rows in the same order
    rows: int = 0  # of the source, from the first on, whose facts are stored
    rejected: int = 0  # of these rows
    begins_early: bool = False  # they begin with what genesis created, or no later than what is whole ends
    last_op: int = 0  # the largest operation in them
    last_at: datetime | None = None  # when that was
    done: bool = False  # all rows of the source are stored, and all that is derived from them
    whole_to: Ledger = NEVER  # every creation and merge of the network up to this ledger is stored
    whole_at: datetime | None = None  # when the import knew nothing later: an increment begins there


class ImportStore(Protocol):
    """Imports. One process imports a network at a time (`runtime/importing.py`)."""

    async def state_of(self, network: NetworkKey) -> NetworkImport | None:
        """The latest import as it is stored; None if there never was one."""
        ...

    async def begin(self, state: NetworkImport, expected: int) -> None:
        """Afterwards facts may be kept: called by each process that imports, also by one that goes on.

        `expected`: rows still to come. Where they are many, a store may leave what is derived to `finishing`; until that has
        ended nothing else reads it.
        """
        ...

    async def keep(
        self, state: NetworkImport, creations: Sequence[Creation] = (), ends: Sequence[AccountEnd] = ()
    ) -> None:
        """Afterwards the facts are stored as `CreationStore.record` stores them, and then the state.

        After a crash or a power cut the state never tells of facts that are not stored. Safe to repeat.
        """
        ...

    def finishing(self, state: NetworkImport) -> AsyncIterator[str]:
        """Each part of what is left to do, named before it is done. At the end the state is stored, and all can be read.

        Interrupted at any moment, it is begun again.
        """
        ...
