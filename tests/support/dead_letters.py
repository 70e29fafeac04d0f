"""Dead letters in memory, for tests of those who look at them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId, DeadLetterMark

TOPIC = "stellarmap.account.requested.v1"
DLQ = f"{TOPIC}.ingest-horizon.dlq"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def letter(number: int, **other: Any) -> DeadLetterEntry:
    """The `number`-th dead letter; a higher one is younger."""
    known: dict[str, Any] = {
        "topic": DLQ,
        "partition": 0,
        "offset": number,
        "at": NOON + timedelta(seconds=number),
        "original_topic": TOPIC,
        "original_partition": 3,
        "original_offset": 10 * number,
        "group": "ingest-horizon",
        "reason": "KeyError: 'oops'",
        "attempts": 3,
        "key": b"sandbox-1-100:G",
        "value": b'{"network":"sandbox-1-100"}',
        "headers": (("ce_id", b"an id"), ("ce_type", TOPIC.encode()), ("dlq_content-type", b"application/json")),
        **other,
    }
    return DeadLetterEntry(**known)


@dataclass
class KeptLetters:
    """Dead letters in memory."""

    kept: list[DeadLetterEntry] = field(default_factory=list)
    replays: list[DeadLetterId] = field(default_factory=list)

    async def entries(
        self,
        *,
        limit: int = 100,
        before: DeadLetterMark | None = None,
        group: str | None = None,
        topic: str | None = None,
    ) -> tuple[DeadLetterEntry, ...]:
        found = sorted(self.kept, key=lambda entry: entry.mark, reverse=True)
        wanted = (
            entry
            for entry in found
            if (before is None or entry.mark < before)
            and group in {None, entry.group}
            and topic in {None, entry.topic, entry.original_topic}
        )
        return tuple(wanted)[:limit]

    async def entry(self, topic: str, partition: int, offset: int) -> DeadLetterEntry | None:
        return next((entry for entry in self.kept if entry.id == (topic, partition, offset)), None)

    async def replay(self, ids: Sequence[DeadLetterId]) -> tuple[DeadLetterId, ...]:
        known = {entry.id for entry in self.kept}
        self.replays += [each for each in ids if each in known]
        return tuple(each for each in ids if each not in known)
