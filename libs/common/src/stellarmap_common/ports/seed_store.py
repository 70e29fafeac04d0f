"""Seeds of standings: how far the balances of a network's large accounts, read by one query, are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingsSeed:
    """The latest seed of a network: the answer that is being told, if one is, and what was told before it."""

    network: NetworkKey
    job_id: str = ""  # whose answer is being told; "" = none
    lowest_xlm: int = 0  # of that answer
    read_at: datetime | None = None  # when it was asked for: as of then its balances are told
    told: int = 0  # rows of it, the largest balance first
    covers: Ledger | None = None  # the ledger up to which the last one that was told to its end knew all
    covers_xlm: int = 0  # from this balance on
    covered_at: datetime | None = None  # when it was asked for
    answered: datetime | None = None  # the latest wish for a seed that one was begun for
    trouble: str = ""  # why the latest turn went no further; "" = it did
    tried_at: datetime | None = None  # when that was
    retold: bool = False  # told because the board did not know of the one before: for that no other follows


class SeedStore(Protocol):
    """Seeds are written by who tells them, one process at a time; wishes by anybody."""

    async def seed_of(self, network: NetworkKey) -> StandingsSeed | None:
        """The seed as it is stored; None if there never was one."""
        ...

    async def keep(self, seed: StandingsSeed) -> None:
        """Afterwards that is the network's seed. A wish stays as it is."""
        ...

    async def wish(self, network: NetworkKey, at: datetime) -> None:
        """Afterwards a seed is wished for, as of that moment. The seed stays as it is."""
        ...

    async def wished(self, network: NetworkKey) -> datetime | None:
        """The latest wish; None if nobody ever had one."""
        ...
