"""What travels on the live stream: absolute values, so a repeat is harmless."""

from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from stellarmap_common.domain.standing import ChangeReason, ChangeType
from stellarmap_common.domain.status import AccountStatus, StageState
from stellarmap_gateway.schemas.common import AccountAddress, Life, Schema, Stroops


class LiveTopic(StrEnum):
    """The `event:` of a message on the stream."""

    STAGE = "stage"
    COUNTS = "counts"
    LINEAGE_GREW = "lineage.grew"
    REQUEST_COMPLETED = "request.completed"
    STANDING = "standing"
    ENRICHED = "enriched"
    RESET = "reset"


class LiveMessage(Schema):
    """The `data:` of every message. Fields that its topic does not use are left out.

    `stage`: stage, state, attempt, duration_ms, error. `counts`: total, complete, page. `lineage.grew`: lives, status,
    creator_unknown_reason. `request.completed`: used, failed, cancelled. `standing`: change, change_reason, thresholds_xlm,
    rank, balance_stroops, home_domain, changed_at. `enriched`: nothing but the account; fetch its profile. `reset`: nothing but
    the topic; fetch a snapshot.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    topic: LiveTopic
    network: str | None = None
    address: AccountAddress | None = None
    request_id: str | None = None
    stage: int | None = None
    state: StageState | None = None
    attempt: int | None = None
    duration_ms: int | None = None
    error: str | None = None
    total: int | None = None
    complete: bool | None = None
    page: int | None = None
    lives: list[Life] | None = Field(default=None, description="Lives of `address` that are stored now.")
    status: AccountStatus | None = None
    creator_unknown_reason: str | None = None
    used: int | None = None
    failed: int | None = None
    cancelled: bool | None = None
    change: ChangeType | None = None
    change_reason: ChangeReason | None = None
    thresholds_xlm: list[int] | None = Field(default=None, description="At which its standing changed, lowest first.")
    rank: int | None = Field(default=None, description="Null: it exited.")
    balance_stroops: Stroops | None = None
    home_domain: str | None = Field(default=None, description="As the account says; untrusted text.")
    changed_at: datetime | None = None
