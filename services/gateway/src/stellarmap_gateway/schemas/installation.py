"""Networks, figures and the state of this installation."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stellarmap_common.domain.status import PipelineMode, Route
from stellarmap_gateway.schemas.bigquery import BigQueryUsage
from stellarmap_gateway.schemas.common import AccountAddress, Asked, CreatorAddress, Schema, Scoped
from stellarmap_gateway.schemas.standings import StandingRow


class NetworkState(StrEnum):
    """Whether a network can be asked now."""

    READY = "ready"
    FILLING = "filling"  # the sandbox is being made; what exists already can be asked
    UNREACHABLE = "unreachable"
    UNCHECKED = "unchecked"


class Fill(Schema):
    """How far the sandbox is made."""

    accounts: int
    of: int


class EpochView(Schema):
    """One epoch of a network that resets: what lies between two resets."""

    epoch: int
    key: str
    segment: str = Field(description="Its place in paths: `/api/v1/{segment}/…`.")
    current: bool = Field(description="False: it is over; what was mapped of it can be read.")
    began_at: datetime | None = Field(description="When this installation first saw it; null = never looked.")
    reset_at: datetime | None = Field(description="When it was seen that it is over.")
    reset_reason: str | None = Field(description="By what that was seen, in words for people.")


class NetworkView(Schema):
    """One network of this installation."""

    name: str
    key: str
    passphrase: str
    genesis: AccountAddress
    state: NetworkState
    detail: str | None = Field(description="What is wrong, in words for people.")
    horizon_url: str
    horizon_setting: str = Field(description="Environment variable that sets another URL.")
    horizon_reachable: bool | None
    horizon_checked_at: datetime | None
    advice: str | None = Field(description="What to do about it.")
    fill: Fill | None = Field(description="Sandbox only, while it is being made.")
    simulated: bool
    epoch: int | None = Field(description="The current epoch; null for a network that does not reset.")
    routes: list[Route] = Field(description="What is asked about this network now, the first one first.")
    bigquery: bool = Field(description="True: queries about this network may run, if the mode lets them.")
    route_reason: str = Field(description="Why these routes, in words for people.")
    epochs: list[EpochView] = Field(description="Every epoch of a network that resets, the current one first.")


class NetworkList(Schema):
    """The networks, in the order of the setting."""

    as_of: datetime
    default: str
    pipeline_mode: PipelineMode = Field(description="In force now; an admin may change it at any time.")
    networks: list[NetworkView]


class Figures(Schema):
    """Exact counts."""

    accounts_mapped: int
    creations: int
    merges: int
    pending: int
    failed: int
    ledger: int | None = Field(description="The latest ledger seen.")
    ledger_closed_at: datetime | None
    counted_at: datetime | None = Field(
        description="When accounts and facts were last counted; null where they are counted as they are written."
    )


class RecentAccount(Schema):
    """An account that was mapped lately."""

    address: AccountAddress
    hops: int
    lineage: str
    children: int
    children_complete: bool
    created_at: datetime | None
    completed_at: datetime | None


class Example(Schema):
    """Something worth looking at."""

    address: AccountAddress
    label: str
    mapped: bool = Field(description="True: its lineage is complete.")


class Overview(Scoped):
    """The home page of a network."""

    figures: Figures
    recent: list[RecentAccount]
    biggest_moves: list[StandingRow] = Field(
        description="Who won or lost most places of the board within 24 hours, at the default threshold."
    )
    examples: list[Example]
    fill: Fill | None


class ResolveKind(StrEnum):
    """What the pasted text names."""

    ACCOUNT = "account"
    CONTRACT = "contract"
    FEDERATION = "federation"


class ResolveAsk(Asked):
    """Anything a person pasted. In the body only: it might hold a secret."""

    text: Annotated[str, Field(max_length=4096)]


class Resolved(Schema):
    """The account or contract that the text names."""

    kind: ResolveKind
    address: CreatorAddress
    muxed_id: str | None = Field(description="Id of a pasted M… address; text, because it can exceed 2^53.")
    federation: str | None
    memo_type: str | None
    memo: str | None
    mapped: bool = Field(description="True: there is an answer to GET already.")


class HealthState(StrEnum):
    """One check, or all of them."""

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"  # reading works; something that mapping needs does not
    UNHEALTHY = "UNHEALTHY"  # nothing can be read, or nothing can be stored: somebody has to do something


class HealthCheck(Schema):
    """One component, really called."""

    component: str
    state: HealthState
    latency_ms: float | None
    checked_at: datetime
    detail: str | None
    advice: str | None


class Health(Schema):
    """HEALTHY only if every check is."""

    state: HealthState
    as_of: datetime
    checks: list[HealthCheck]


class SourceUsage(Schema):
    """How much of one source is used."""

    source: str
    network: str | None = Field(description="Null = several networks share its limit, or none has it any more.")
    base_url: str
    calls_minute: int
    calls_hour: int
    calls_day: int
    limit_per_hour: int | None = Field(description="Null = no limit.")
    burst: int | None
    rate_per_s: float | None
    delay_s: float | None
    last_call_at: datetime | None
    last_429_at: datetime | None


class Usage(Schema):
    """The sources of this installation, and what BigQuery costs."""

    as_of: datetime
    sources: list[SourceUsage]
    bigquery: BigQueryUsage
