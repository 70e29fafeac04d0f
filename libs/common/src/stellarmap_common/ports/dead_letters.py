"""Records that were set aside, as people look at them, and the way back to the group that could not handle them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class DeadLetterId(NamedTuple):
    """Where a dead letter stands; as text `<topic>:<partition>:<offset>`."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "DeadLetterId | None":
        """The id that the text is, or None."""
        topic, _, rest = text.partition(":")
        partition, _, offset = rest.partition(":")
        if not (topic and _is_number(partition) and _is_number(offset)):
            return None
        return cls(topic, int(partition), int(offset))


class DeadLetterMark(NamedTuple):
    """A place in the order of all dead letters: marks compare as the letters do, older ones before newer ones."""

    at_ms: int
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterEntry:
    """One record of a dead-letter topic: the original bytes, and why it is here."""

    topic: str  # of the dead letter
    partition: int
    offset: int
    at: datetime
    original_topic: str  # where the group read it; the group's replay topic if it failed once more after a replay
    original_partition: int
    original_offset: int
    group: str
    reason: str
    attempts: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]  # of the original record, `content-type` under another name
    replayed_at: datetime | None = None  # when it was last given back to its group

    @property
    def id(self) -> DeadLetterId:
        """Where it stands."""
        return DeadLetterId(self.topic, self.partition, self.offset)

    @property
    def mark(self) -> DeadLetterMark:
        """Its place in the order of all."""
        return DeadLetterMark(round(self.at.timestamp() * 1_000), *self.id)


class DeadLetterReader(Protocol):
    """Reads every `….dlq` topic."""

    async def entries(
        self,
        *,
        limit: int = 100,
        before: DeadLetterMark | None = None,
        group: str | None = None,
        topic: str | None = None,
    ) -> tuple[DeadLetterEntry, ...]:
        """The newest dead letters, newest first: older than `before`, of this group, of this topic (its own or the original)."""
        ...

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        """That one, or None if it is gone or never was."""
        ...


class DeadLetters(DeadLetterReader, Protocol):
    """Reads them, and gives their records back to their group."""

    async def replay(self, ids: Sequence[DeadLetterId]) -> tuple[DeadLetterId, ...]:
        """Afterwards each stands in the replay topic of its group, as it was before it failed. Those that are gone.

        Safe to repeat: handlers take the same record twice. Raises: TransientError (some may be replayed; do it again).
        """
        ...


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # noqa: PLR2004 - what fits into 63 bits
