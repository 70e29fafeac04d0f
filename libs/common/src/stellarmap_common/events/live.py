"""What the gateway tells the browsers that follow along: projected from the facts, as absolute values."""

from datetime import datetime
from typing import ClassVar

from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.standing import ChangeReason, ChangeType
from stellarmap_common.domain.status import AccountStatus, StageState
from stellarmap_common.events.base import Event


class LiveChanged(Event, frozen=True, kw_only=True):
    """Something a screen may show has changed. A repeat is harmless; what a topic does not use stays at its default.

    `stage`: stage, state, attempt, duration_ms, error. `counts`: total, complete, page. `lineage.grew`: lives, status,
    reason. `request.completed`: used, failed, cancelled. `standing`: change, change_reason, thresholds_xlm, rank,
    balance_stroops, home_domain, changed_at. `enriched`: nothing more.
    """

    type: ClassVar[str] = "stellarmap.live.v1"

    topic: str
    network: NetworkKey
    account: Address
    request_id: str = ""
    stage: int = 0
    state: StageState | None = None
    attempt: int = 0
    duration_ms: int = 0
    error: str | None = None
    total: int = 0
    complete: bool = False
    page: int = 0
    lives: tuple[Creation, ...] = ()
    status: AccountStatus | None = None
    reason: str | None = None
    used: int = 0
    failed: int = 0
    cancelled: bool = False
    change: ChangeType | None = None
    change_reason: ChangeReason | None = None
    thresholds_xlm: tuple[int, ...] = ()
    rank: int | None = None
    balance_stroops: int = 0
    home_domain: str | None = None
    changed_at: datetime | None = None

    @property
    def key(self) -> str:
        return f"{self.network}:{self.account}"

    @property
    def correlation_id(self) -> str:
        return self.request_id or self.id
