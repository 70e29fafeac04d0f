"""The two HTTP services a network is read from, as raw records: whoever calls them maps rows, nothing else.

Every call passes the limiter in the lane it is given, is retried in place for at most 5 s, and translates its errors.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from stellarmap_common.domain.network import Address
from stellarmap_common.domain.status import Lane

Record = Mapping[str, object]
"""One JSON object as it was received. Amounts are decimal text, operation ids text; absent fields are absent."""

LAG = 120  # ledgers, ten minutes: a Horizon behind a load balancer may be a few behind the one that answered before


def latest_ledger(root: Record) -> int:
    """The latest ledger that a Horizon's root tells of; 0 while it knows none.

    Its core's, if that is ahead: a history that is read in anew has not fallen back.
    """
    ledgers = (root.get("history_latest_ledger"), root.get("core_latest_ledger"))
    return max((ledger for ledger in ledgers if isinstance(ledger, int)), default=0)


HORIZON_PAGE = 200  # the most records one call may ask for
DIRECTORY_PAGE = 50  # the most addresses one call may ask about


class HorizonApi(Protocol):
    """A Horizon. Each method is one request.

    Raises: RateLimited (no token within the wait), SourceUnavailable (429, 5xx, timeout, broken JSON), SourceRejected
    (a 4xx that is no answer).
    """

    @property
    def base_url(self) -> str:
        """Where it is."""
        ...

    async def reserve(self, calls: int, lane: Lane, whose: str = "") -> None:
        """Takes what our limit allows for this task's next calls: so many of them do not wait, for 20 s.

        `whose` names the request that this task's calls count for: who was given least lately goes first.
        Raises: RateLimited at once when that would take over 5 s.
        """
        ...

    async def root(self, lane: Lane) -> Record:
        """The root resource: `history_elder_ledger` (0 = not known yet), `history_latest_ledger`, `network_passphrase`."""
        ...

    async def ledger(self, sequence: int, lane: Lane) -> Record | None:
        """The ledger of that number: `hash`, `closed_at`; None when Horizon does not have it: not yet, or no more."""
        ...

    async def account(self, address: Address, lane: Lane) -> Record | None:
        """The account as it is now; None when Horizon does not have it (merged, or never created)."""
        ...

    async def payments_of(
        self, address: Address, *, cursor: str, lane: Lane, limit: int = HORIZON_PAGE
    ) -> Sequence[Record] | None:
        """Creations, merges and payments of the account after `cursor` ("" = start), ascending, transactions joined.

        Fewer than `limit` means nothing more is there now. None: 404, Horizon has no history of the account.
        """
        ...

    async def effects_of(self, operation_id: int, lane: Lane) -> Sequence[Record]:
        """The effects of one operation, at most 200; empty for an unknown operation."""
        ...

    async def assets_issued_by(self, address: Address, lane: Lane) -> Sequence[Record]:
        """The first assets that the account issues, at most 200; empty where it issues none."""
        ...


class ExpertApi(Protocol):
    """A Stellar Expert. Same errors."""

    @property
    def base_url(self) -> str:
        """Where it is."""
        ...

    async def account(self, address: Address, lane: Lane) -> Record | None:
        """`created` (unix seconds), `creator`, perhaps `deleted`; None when it does not know the account."""
        ...

    async def directory(self, addresses: Sequence[Address], lane: Lane) -> Sequence[Record]:
        """Entries of those of the accounts, at most `DIRECTORY_PAGE`, that the directory knows: `address`, `name`, `tags`."""
        ...
