"""Dead letters as admins see them, and giving them back to their group. No secret seed is ever shown."""

import base64
from typing import Any

from stellarmap_common.domain.address_text import redact_seeds
from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId, DeadLetterMark
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, DeadLettersCursor, question_of, read_cursor, written
from stellarmap_gateway.problems import Missing
from stellarmap_gateway.schemas.dead_letters import (
    MAX_LETTERS,
    DeadLetterDetail,
    DeadLetterList,
    DeadLetterView,
    RecordHeader,
    ReplayAll,
    ReplayAsk,
    ReplayedMany,
)


async def dead_letters_of(
    gateway: Gateway, *, limit: int, cursor: str | None, group: str | None, topic: str | None
) -> DeadLetterList:
    """One page, newest first. Raises: ApiProblem when the cursor is none of this question."""
    question = question_of("dead-letters", group, topic)
    before = _mark(read_cursor(cursor, question, DeadLettersCursor)) if cursor is not None else None
    found = await gateway.resources.dead_letters.entries(limit=limit + 1, before=before, group=group, topic=topic)
    page = found[:limit]
    return DeadLetterList(
        dead_letters=[DeadLetterView(**_shown(entry)) for entry in page],
        next_cursor=written(DeadLettersCursor(VERSION, question, *page[-1].mark)) if len(found) > limit else None,
        as_of=gateway.resources.clock.now(),
    )


async def dead_letter_of(gateway: Gateway, text: str) -> DeadLetterDetail:
    """One with all it holds. Raises: Missing."""
    dead_letter = DeadLetterId.parse(text)
    entry = await gateway.resources.dead_letters.entry(*dead_letter) if dead_letter else None
    if entry is None:
        raise gone()
    value, value_base64 = _value(entry.value)
    return DeadLetterDetail(
        **_shown(entry),
        value=value,
        value_base64=value_base64,
        headers=[RecordHeader(name=redact_seeds(name), value=_text(raw)) for name, raw in entry.headers],
    )


async def replay_one(gateway: Gateway, text: str) -> None:
    """Afterwards it stands in the replay topic of its group. Raises: Missing."""
    dead_letter = DeadLetterId.parse(text)
    if dead_letter is None or await gateway.resources.dead_letters.replay([dead_letter]):
        raise gone()


async def replay_many(gateway: Gateway, ask: ReplayAsk) -> ReplayedMany:
    """Afterwards those that are asked for, and are not gone, stand in the replay topics of their groups."""
    if isinstance(ask, ReplayAll):
        return ReplayedMany(replayed=await _replay_all(gateway, ask), gone=[])
    named = {text: DeadLetterId.parse(text) for text in ask.ids}
    known = [dead_letter for dead_letter in named.values() if dead_letter is not None]
    missing = {*await gateway.resources.dead_letters.replay(known)}
    gone_ids = [text for text, dead_letter in named.items() if dead_letter is None or dead_letter in missing]
    return ReplayedMany(replayed=len(named) - len(gone_ids), gone=[redact_seeds(text) for text in gone_ids])


async def _replay_all(gateway: Gateway, ask: ReplayAll) -> int:
    letters = gateway.resources.dead_letters
    replayed = 0
    before: DeadLetterMark | None = None
    # From the newest to older ones: what fails again meanwhile becomes a newer letter, and is not met.
    while page := await letters.entries(limit=MAX_LETTERS, before=before, group=ask.group, topic=ask.topic):
        waiting = [entry.id for entry in page if entry.replayed_at is None]
        replayed += len(waiting) - len(await letters.replay(waiting))
        before = page[-1].mark
    return replayed


def gone() -> Missing:
    """404: no such dead letter."""
    return Missing(
        "no-dead-letter",
        "There is no dead letter of this id: it is older than 30 days and was removed, or it never was.",
        advice="GET /api/v1/admin/dead-letters lists those there are.",
    )


def _mark(cursor: DeadLettersCursor) -> DeadLetterMark:
    return DeadLetterMark(cursor.at_ms, cursor.topic, cursor.partition, cursor.offset)


def _shown(entry: DeadLetterEntry) -> dict[str, Any]:
    kind = dict(entry.headers).get("ce_type")
    return {
        "id": str(entry.id),
        "topic": entry.topic,
        "partition": entry.partition,
        "offset": entry.offset,
        "at": entry.at,
        "original_topic": entry.original_topic,
        "original_partition": entry.original_partition,
        "original_offset": entry.original_offset,
        "group": entry.group,
        "reason": redact_seeds(entry.reason),
        "attempts": entry.attempts,
        "key": None if entry.key is None else _text(entry.key),
        "type": None if kind is None else _text(kind),
        "value_bytes": len(entry.value),
        "replayed_at": entry.replayed_at,
    }


def _value(raw: bytes) -> tuple[str | None, str]:
    """As text, if it is UTF-8, and as base64: neither shows a seed, which is text in bytes of any kind."""
    try:
        text = redact_seeds(raw.decode())
    except UnicodeDecodeError:
        return None, base64.b64encode(redact_seeds(raw.decode("latin-1")).encode("latin-1", "replace")).decode()
    return text, base64.b64encode(text.encode()).decode()


def _text(raw: bytes) -> str:
    return redact_seeds(raw.decode(errors="replace"))
