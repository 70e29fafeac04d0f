"""Records that were set aside, as people look at them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterEntry:
    """One record of a dead-letter topic: the original bytes, and why it is here."""

    topic: str  # of the dead letter
    partition: int
    offset: int
    at: datetime
    original_topic: str
    original_partition: int
    original_offset: int
    group: str
    reason: str
    attempts: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]  # of the original record, `content-type` under another name


class DeadLetters(Protocol):
    """Reads every `….dlq` topic."""

    async def entries(self, *, limit: int = 100) -> tuple[DeadLetterEntry, ...]:
        """The newest dead letters of all groups, newest first."""
        ...

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        """That one, or None if it is gone or never was."""
        ...
