"""All that is stored of one account, read at once: a step looks at it several times, and so does every hop of a walk."""

from dataclasses import dataclass
from typing import Protocol

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.run_store import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an account, without what it created."""

    state: AccountState | None
    creator_run: Run | None
    children_run: Run | None
    creations: tuple[Creation, ...] = ()  # every life, in operation order
    ends: tuple[AccountEnd, ...] = ()  # every merge, in operation order
    unplaced: tuple[UnplacedCreation, ...] = ()  # creations without any ledger yet


class KnownStore(Protocol):
    """Reads through the tables of runs, statuses and facts."""

    async def known_of(self, account: AccountRef) -> Known:
        """The account as of the latest writes, in this order or at one moment: state, runs (serially), facts.

        So the facts hold whatever the runs say is stored, and who changes a run after it was read here tells a later state.
        """
        ...
