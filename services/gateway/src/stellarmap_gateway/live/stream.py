"""The stream of one client."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi.sse import ServerSentEvent

from stellarmap_gateway.context import Gateway
from stellarmap_gateway.dependencies import known_address, known_network
from stellarmap_gateway.live.messages import NOWHERE, Message, reset
from stellarmap_gateway.problems import unprocessable
from stellarmap_gateway.schemas.live import LiveTopic

MAX_ACCOUNTS = 50
FLUSH_S = 0.25
RETRY_MS = 3_000
NO_OFFSET = NOWHERE - 1
_OFFSET = re.compile(r"-1|[0-9]{1,18}")
_TOPICS = frozenset(LiveTopic) - {LiveTopic.RESET}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client follows: of its network and topics, what is about its accounts or its request; all, if it names none."""

    network: str | None  # by its name, so that the stream goes on in the next epoch; of one that is over nothing comes
    topics: frozenset[LiveTopic]
    accounts: frozenset[str]
    request: str | None

    def __call__(self, message: Message) -> bool:
        """True when the client follows what the message is about."""
        if message.topic not in self.topics or (self.network and message.name != self.network):
            return False
        if not self.accounts and self.request is None:
            return True
        return message.account in self.accounts or (self.request is not None and message.request_id == self.request)


def wanted_of(
    gateway: Gateway, *, network: str | None, topics: str | None, accounts: str | None, request: str | None
) -> Wanted:
    """What the parameters ask for. Raises: ApiProblem."""
    named = _listed(accounts)
    if len(named) > MAX_ACCOUNTS:
        raise unprocessable(
            "too-many-accounts",
            f"At most {MAX_ACCOUNTS} accounts can be followed by one stream.",
            advice="Follow the accounts that are shown.",
            where="query.accounts",
        )
    return Wanted(
        network=known_network(gateway, network).segment if network is not None else None,
        topics=_topics(topics),
        accounts=frozenset(known_address(address, "query.accounts") for address in named),
        request=request,
    )


async def messages(gateway: Gateway, wanted: Wanted, last_event_id: str | None) -> AsyncIterator[ServerSentEvent]:
    """Everything the client follows, for as long as it stays; at most four times a second."""
    feed, clock, clients = gateway.feed, gateway.resources.clock, gateway.resources.metrics.sse_clients
    with clients.track_inprogress(), feed.following(wanted, _offset(last_event_id)) as follower:
        if not last_event_id:
            # No data: the browser only keeps the id, so that it resumes from here even if nothing comes before it breaks off.
            yield ServerSentEvent(id=str(feed.last), retry=RETRY_MS)
        while not follower.ended:
            await follower.wait()
            taken = follower.take()
            if taken is None:
                yield reset(feed.last)
            else:
                for message in taken:
                    yield message.sent()
            await clock.sleep(FLUSH_S)


def _topics(text: str | None) -> frozenset[LiveTopic]:
    named = frozenset(_listed(text))
    if not named <= _TOPICS:
        raise unprocessable(
            "unknown-topic",
            f"The topics are {', '.join(sorted(_TOPICS))}.",
            advice="Name some of them, with commas between; or leave it out for all.",
            where="query.topics",
        )
    return frozenset(LiveTopic(each) for each in named) or _TOPICS


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _offset(last_event_id: str | None) -> int | None:
    """The offset to resume after; None for a client that begins. Text that was never an id of ours is answered by a reset."""
    if not last_event_id:
        return None
    return int(last_event_id) if _OFFSET.fullmatch(last_event_id) else NO_OFFSET
