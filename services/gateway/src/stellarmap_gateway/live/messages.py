"""What is on the live topic as what is on the stream: made once for each message, however many clients follow it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi.sse import ServerSentEvent

from stellarmap_common.domain.creation import Incarnation
from stellarmap_common.domain.network import NetworkKey, NetworkName
from stellarmap_common.events.live import LiveChanged
from stellarmap_common.ports.networks import Networks
from stellarmap_gateway.schemas.live import LiveMessage, LiveTopic
from stellarmap_gateway.views.life import life_view

NOWHERE = -1  # before the first offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the stream."""

    offset: int  # on the live topic: its id
    topic: LiveTopic
    network: NetworkKey
    name: NetworkName
    account: str
    request_id: str
    slot: tuple[object, ...]  # of several with one slot only the newest matters
    text: str

    def sent(self) -> ServerSentEvent:
        """As it goes over the wire."""
        return ServerSentEvent(event=self.topic, id=str(self.offset), raw_data=self.text)


def message_of(event: LiveChanged, offset: int, networks: Networks) -> Message | None:
    """The message of an event; None for one of another version's topics, or of a network or epoch that is past."""
    network = networks.of(event.network)
    if network is None or not network.current or event.topic not in _FIELDS:
        return None
    topic = LiveTopic(event.topic)
    body = LiveMessage(
        topic=topic,
        network=network.name,
        address=event.account,
        request_id=event.request_id or None,
        **_FIELDS[topic](event),
    )
    return Message(
        offset=offset,
        topic=topic,
        network=event.network,
        name=network.name,
        account=event.account,
        request_id=event.request_id,
        slot=_slot(topic, event),
        text=body.model_dump_json(exclude_unset=True),
    )


def reset(offset: int) -> ServerSentEvent:
    """Tells the client that it missed messages: it fetches a snapshot, and goes on from here."""
    text = LiveMessage(topic=LiveTopic.RESET).model_dump_json(exclude_unset=True)
    return ServerSentEvent(event=LiveTopic.RESET, id=str(offset), raw_data=text)


def _slot(topic: LiveTopic, event: LiveChanged) -> tuple[object, ...]:
    """By topic and account; a stage also by request and number, for eight of them are one picture."""
    if topic is LiveTopic.STAGE:
        return (topic, event.network, event.account, event.request_id, event.stage)
    if topic is LiveTopic.REQUEST_COMPLETED:
        return (topic, event.network, event.request_id)
    return (topic, event.network, event.account)


def _stage(event: LiveChanged) -> dict[str, Any]:
    return {
        "stage": event.stage,
        "state": event.state,
        "attempt": event.attempt,
        "duration_ms": event.duration_ms,
        "error": event.error,
    }


def _counts(event: LiveChanged) -> dict[str, Any]:
    return {"total": event.total, "complete": event.complete, "page": event.page}


def _lineage_grew(event: LiveChanged) -> dict[str, Any]:
    lives = [life_view(Incarnation(life), None) for life in event.lives]
    return {"lives": lives, "status": event.status, "creator_unknown_reason": event.reason}


def _request_completed(event: LiveChanged) -> dict[str, Any]:
    return {"used": event.used, "failed": event.failed, "cancelled": event.cancelled}


def _standing(event: LiveChanged) -> dict[str, Any]:
    return {
        "change": event.change,
        "change_reason": event.change_reason,
        "thresholds_xlm": list(event.thresholds_xlm),
        "rank": event.rank,
        "balance_stroops": str(event.balance_stroops),
        "home_domain": event.home_domain,
        "changed_at": event.changed_at,
    }


_FIELDS: dict[LiveTopic, Callable[[LiveChanged], dict[str, Any]]] = {
    LiveTopic.STAGE: _stage,
    LiveTopic.COUNTS: _counts,
    LiveTopic.LINEAGE_GREW: _lineage_grew,
    LiveTopic.REQUEST_COMPLETED: _request_completed,
    LiveTopic.STANDING: _standing,
    LiveTopic.ENRICHED: lambda _: {},
}
