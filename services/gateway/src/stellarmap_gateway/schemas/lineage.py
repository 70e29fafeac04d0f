"""Accounts and their lineage: profile, first view, children, siblings."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from stellarmap_common.domain.status import AccountStatus, PipelineSource, Step
from stellarmap_gateway.schemas.common import (
    AccountAddress,
    CreatorAddress,
    Life,
    Month,
    OperationId,
    Schema,
    Scoped,
    Stroops,
)
from stellarmap_gateway.schemas.enrichment import Enrichment

MOST_TAGS = 5  # of a notable child
MOST_CODES = 5


class LineageState(StrEnum):
    """Where the chain of creators ends."""

    GENESIS = "genesis"
    CONTRACT = "contract"  # the last hop was created by a contract
    UNKNOWN = "unknown"  # with a reason
    PENDING = "pending"  # a creator step has still to run


class ChildCount(Schema):
    """How many children are known, and how sure that is."""

    total: int = Field(description="Children known.")
    complete: bool = Field(description="True: exact as of the last page read. False: at least this many.")
    asked: bool = Field(description="False: nobody has asked for this account's children yet.")
    pages_read: int
    since_ledger: int | None = Field(description="Source history before this ledger is cut; null = none is cut.")


class Refusal(Schema):
    """BigQuery did not answer a step of the account."""

    step: Step
    reason: str = Field(description="Why, in words for people: most often a check of the cost guard, with its numbers.")
    read_by_api: bool = Field(
        description="True: the API answered instead. False: nothing may; the step failed, or lacks what was refused."
    )


class Profile(Scoped):
    """An account as far as it is mapped."""

    address: AccountAddress
    status: AccountStatus
    pipeline_source: PipelineSource
    refusals: list[Refusal] = Field(
        max_length=2, description="What BigQuery did not answer; empty where it did, or was not asked."
    )
    request_id: str | None = Field(description="The latest request about it.")
    is_genesis: bool
    incarnation: Life | None = Field(description="The present life, or the last one if it was merged away.")
    incarnations: list[Life] = Field(description="Every known life, oldest first.")
    merged: bool = Field(description="True: its last known life has ended.")
    creator: CreatorAddress | None
    created_at: datetime | None
    creator_unknown_reason: str | None
    hops: int = Field(description="Steps to the end of the known chain.")
    lineage: LineageState
    children: ChildCount
    enrichment: Enrichment | None = Field(description="Who it is; null while nobody has looked.")
    requested_at: datetime | None
    processing_started_at: datetime | None
    last_pipeline_attempt: datetime | None
    completed_at: datetime | None
    retry_count: int
    last_error: str | None


class ChildFace(Schema):
    """Who a notable child is, as it was last read."""

    balance_stroops: Stroops | None = Field(description="Null while it is not known.")
    is_hva: bool = Field(description="True: its balance is known, and at least the default threshold.")
    name: str | None = Field(description="The directory's. A stranger's text, as domain and tags are.")
    home_domain: str | None
    tags: list[str] = Field(max_length=MOST_TAGS, description="The directory's, the first of them.")
    is_issuer: bool | None = Field(description="Null while it is not known whether it issues assets.")
    issues: list[str] = Field(max_length=MOST_CODES, description="Codes of its own assets, the first of them.")


class NotableChild(Schema):
    """A child that stands out: it is known to have children itself, a tag, a domain, assets of its own, or a large balance."""

    address: AccountAddress
    created_op: OperationId | None
    created_at: datetime | None
    starting_balance_stroops: Stroops | None
    ended_op: OperationId | None = Field(
        description="Merge that ended the life told of here; null while it lives or is not known."
    )
    merged_into: CreatorAddress | None
    children: int = Field(description="How many children of its own are known.")
    children_complete: bool
    face: ChildFace | None = Field(
        description="Null where nobody has looked at it, or it is notable for its children alone."
    )


class ChildGroup(Schema):
    """Children of one span of months, first and last included."""

    first: Month
    last: Month
    count: int


class Histogram(Schema):
    """Children by month without gaps: `counts[0]` belongs to `first`."""

    first: Month | None
    counts: list[int]
    undated: int = Field(description="Children whose creation time is not known.")


class ChildSet(ChildCount):
    """The children at a glance; its size does not depend on how many there are."""

    notable: list[NotableChild] = Field(
        max_length=30,
        description="Half of the places are for those with the most children, half for the largest balances, then tags, "
        "then domains; what one half leaves, the other has. Those with the most children stand first.",
    )
    notable_total: int = Field(description="How many are notable.")
    notable_truncated: bool = Field(description="True: at least so many; there are more than were looked at.")
    groups: list[ChildGroup] = Field(max_length=36)
    histogram: Histogram


class Lineage(Scoped):
    """The first view: the chain to genesis with evidence, and the children at a glance."""

    address: AccountAddress
    status: AccountStatus | None = Field(description="Null: nobody asked for this account, others' requests found it.")
    request_id: str | None
    pipeline_source: PipelineSource | None = Field(description="Null as `status`.")
    refusals: list[Refusal] = Field(
        max_length=2, description="What BigQuery did not answer; empty where it did, or was not asked."
    )
    lineage: LineageState
    complete: bool = Field(description="True: the chain has ended and the children asked for are read.")
    pending_address: AccountAddress | None = Field(description="Whose creator is looked for next.")
    creator_unknown_reason: str | None
    incarnation: Life | None
    incarnations: list[Life] = Field(description="Every known life of this account, oldest first.")
    ancestors: list[Life] = Field(
        description="Nearest first: the creator, its creator, … genesis. Not the account itself."
    )
    children: ChildSet


class Children(Scoped):
    """A page of children. In operation order a child created twice appears twice; sorted by what is known of it, once."""

    address: AccountAddress
    children: list[Life]
    total: int = Field(description="Children known, before any filter.")
    complete: bool = Field(description="True: `total` is exact. False: at least.")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end.")
    truncated: bool = Field(description="True: the scan bound was met before the page was full; go on with the cursor.")
    scanned: int = Field(description="Rows read for this page.")
    notable: list[NotableChild] = Field(
        description="What is known of each of `children`, in their order. Empty where `of_known` is null."
    )
    of_known: int | None = Field(
        description="Null: all children are listed. Else those are listed that stand out and of whom it is known what is "
        "asked for (the balance, children of their own, whether they issue assets): so many of `total`, before other filters."
    )
    known_truncated: bool = Field(
        description="True: `of_known` is at least; there are more than were looked at, or `issuers_cut`."
    )
    issuers_cut: int = Field(
        description="Those are not listed, nor in `of_known`, who issue so many assets that not all were read, and may "
        "issue the `asset` asked for. 0 where none is asked for."
    )


class ChildAt(Scoped):
    """The child that a dot of the rings stands for. `as_of`: when the order was read that `i` counts in."""

    address: AccountAddress = Field(description="The creator.")
    i: int
    count: int = Field(description="Dots there are; a child recorded since may have moved those behind it by one.")
    minute: int | None = Field(
        description="Of its creation, since 1970; null where the rings say that it is not known."
    )
    balance_class: int = Field(
        ge=0,
        le=7,
        description="Of its starting balance. Where this or `minute` is not that of the dot, the rings have changed: "
        "fetch them again.",
    )
    child: Life


class SiblingLevel(Schema):
    """Who else the creator at one level of the chain created."""

    level: int = Field(description="0: siblings of the account; 1: of its creator; …")
    creator: AccountAddress
    creator_created_op: OperationId | None
    of: AccountAddress = Field(description="The hop these are the siblings of.")
    total: int = Field(description="Children of this creator known, the hop itself included.")
    complete: bool
    siblings: list[Life]
    next_cursor: str | None = Field(description="Goes on in the children list of `creator`.")


class Siblings(Scoped):
    """Siblings level by level, nearest first."""

    address: AccountAddress
    levels: list[SiblingLevel]
    truncated: bool = Field(description="True: the chain has more levels than were asked for.")
