"""Records that were set aside, and what came of replaying them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from stellarmap_gateway.schemas.common import Asked, Schema

MAX_LETTERS = 200
DeadLetterIdText = Annotated[
    str, Field(max_length=300, description="`<topic>:<partition>:<offset>` of the dead letter.")
]
Filter = Annotated[str | None, Field(max_length=200)]


class DeadLetterView(Schema):
    """One record that its group could not handle. Secret seeds are cut out of every text."""

    id: str = Field(description="`<topic>:<partition>:<offset>` of the dead letter.")
    topic: str
    partition: int
    offset: int
    at: datetime = Field(description="When it was set aside.")
    original_topic: str = Field(
        description="Where the group read it; the group's replay topic if it failed once more after a replay."
    )
    original_partition: int
    original_offset: int
    group: str = Field(description="Who could not handle it.")
    reason: str
    attempts: int
    key: str | None
    type: str | None = Field(description="`ce_type` of the record; null if it has none.")
    value_bytes: int
    replayed_at: datetime | None = Field(description="When it was last given back to its group; null = never.")


class DeadLetterList(Schema):
    """Dead letters, the newest first."""

    dead_letters: list[DeadLetterView]
    next_cursor: str | None
    as_of: datetime


class RecordHeader(Schema):
    """One header of the record."""

    name: str
    value: str


class DeadLetterDetail(DeadLetterView):
    """The dead letter with the whole record."""

    value: str | None = Field(description="The value as text; null if it is not UTF-8.")
    value_base64: str = Field(description="The value byte for byte; of the cut text, where a secret seed was cut out.")
    headers: list[RecordHeader] = Field(description="In their order; `content-type` is called `dlq_content-type` here.")


class ReplayThese(Asked):
    """These dead letters."""

    ids: Annotated[list[DeadLetterIdText], Field(min_length=1, max_length=MAX_LETTERS)]


class ReplayAll(Asked):
    """Every dead letter that was not replayed yet: of all groups and topics, or of these."""

    all: Literal[True]
    group: Filter = None
    topic: Filter = Field(default=None, description="The original topic, or the dead-letter topic.")


ReplayAsk = ReplayThese | ReplayAll


class Replayed(Schema):
    """What was given back to its group; whether it is handled now shows in its effects, or in a new dead letter."""

    replayed: int


class ReplayedMany(Replayed):
    """The same, of many."""

    gone: list[str] = Field(description="Ids that name no dead letter: retention took it, or it never was.")
