"""Events that announce stored facts. Truth is the store; these wake whoever follows along."""

from datetime import datetime
from typing import ClassVar

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation
from stellarmap_common.domain.network import Address, NetworkKey
from stellarmap_common.domain.status import AccountStatus, PipelineSource, StageState
from stellarmap_common.events.base import AccountEvent, Event


class LineageRecorded(AccountEvent, frozen=True, kw_only=True):
    """Every life of an account that its source knows is stored. Never the chain: readers walk it."""

    type: ClassVar[str] = "stellarmap.lineage.recorded.v1"

    lives: tuple[Creation, ...] = ()  # in operation order
    ends: tuple[AccountEnd, ...] = ()
    unplaced: tuple[UnplacedCreation, ...] = ()
    status: AccountStatus = AccountStatus.COMPLETE
    pipeline_source: PipelineSource = PipelineSource.API
    creator_unknown_reason: str | None = None
    version: int = 0  # of the status projection
    request_id: str = ""

    @property
    def correlation_id(self) -> str:
        return self.request_id or self.id


class ChildrenRecorded(Event, frozen=True, kw_only=True):
    """One page of an account's children is stored. Published once a page; a repeat carries the same id."""

    type: ClassVar[str] = "stellarmap.children.recorded.v1"

    network: NetworkKey
    creator: Address
    children: tuple[Creation, ...] = ()  # at most 200, in operation order
    ends: tuple[AccountEnd, ...] = ()  # merges found on the page, of whatever account
    page: int  # number of this page in the run, from 1
    total: int  # children known so far
    complete: bool = False  # the total is exact: nothing newer existed when the page was read, and nothing is left out
    request_id: str = ""

    @property
    def key(self) -> str:
        return f"{self.network}:{self.creator}"

    @property
    def correlation_id(self) -> str:
        return self.request_id or self.id


class StageExecuted(AccountEvent, frozen=True, kw_only=True):
    """One stage of a request's pipeline changed state."""

    type: ClassVar[str] = "stellarmap.stage.executed.v1"

    request_id: str
    stage: int  # 1 to 8
    state: StageState
    attempt: int = 1
    at: datetime | None = None
    duration_ms: int = 0
    error: str | None = None
    detail: dict[str, str | int | bool | None] = {}  # what the stage saw

    @property
    def correlation_id(self) -> str:
        return self.request_id
