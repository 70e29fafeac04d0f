"""What the gateway does with facts: the projector tells screens of them, and each replica corrects what it remembers."""

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.events.base import derived_id
from stellarmap_common.events.enrichment import AccountEnriched
from stellarmap_common.events.facts import ChildrenRecorded, LineageRecorded, StageExecuted
from stellarmap_common.events.live import LiveChanged
from stellarmap_common.events.requests import RequestCompleted
from stellarmap_common.events.standings import StandingChanged
from stellarmap_common.lineage.walk import Walker
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_gateway.schemas.live import LiveTopic
from stellarmap_gateway.searches import Searches
from stellarmap_gateway.views.standings.creators import Creators


class Projector:
    """Publishes to the live topic: absolute values, with ids that a redelivery makes again. So a repeat is harmless.

    What was searched for follows: whatever is stored of an account, or below it, ends the view that searches are answered with.
    """

    def __init__(self, publisher: EventPublisher, searches: Searches) -> None:
        self._publisher = publisher
        self._searches = searches

    async def on_lineage_recorded(self, event: LineageRecorded) -> None:
        """The lives of an account are stored: a hop of some chain is known, and perhaps a child of somebody."""
        creators = {life.creator for life in event.lives} | {each.creator for each in event.unplaced}
        for account in (event.account, *sorted(filter(None, creators))):
            await self._searches.follow(AccountRef(event.network, account))
        await self._publisher.publish(
            LiveChanged(
                id=_id(event.id, LiveTopic.LINEAGE_GREW),
                topic=LiveTopic.LINEAGE_GREW,
                network=event.network,
                account=event.account,
                request_id=event.request_id,
                lives=(*(each.as_hop() for each in event.unplaced), *event.lives),
                status=event.status,
                reason=event.creator_unknown_reason,
            )
        )

    async def on_children_recorded(self, event: ChildrenRecorded) -> None:
        """A page of children is stored: the counts have grown."""
        await self._searches.follow(AccountRef(event.network, event.creator))
        await self._publisher.publish(
            LiveChanged(
                id=_id(event.id, LiveTopic.COUNTS),
                topic=LiveTopic.COUNTS,
                network=event.network,
                account=event.creator,
                request_id=event.request_id,
                total=event.total,
                complete=event.complete,
                page=event.page,
            )
        )

    async def on_stage_executed(self, event: StageExecuted) -> None:
        """A stage changed its state."""
        await self._publisher.publish(
            LiveChanged(
                id=_id(event.id, LiveTopic.STAGE),
                topic=LiveTopic.STAGE,
                network=event.network,
                account=event.account,
                request_id=event.request_id,
                stage=event.stage,
                state=event.state,
                attempt=event.attempt,
                duration_ms=event.duration_ms,
                error=event.error,
            )
        )

    async def on_request_completed(self, event: RequestCompleted) -> None:
        """A request has its answer."""
        await self._searches.follow(AccountRef(event.network, event.account))
        await self._publisher.publish(
            LiveChanged(
                id=_id(event.id, LiveTopic.REQUEST_COMPLETED),
                topic=LiveTopic.REQUEST_COMPLETED,
                network=event.network,
                account=event.account,
                request_id=event.request_id,
                used=event.used,
                failed=event.failed,
                cancelled=event.cancelled,
            )
        )

    async def on_standing_changed(self, event: StandingChanged) -> None:
        """An account of the board stands elsewhere now, or with another balance."""
        await self._publisher.publish(
            LiveChanged(
                id=_id(event.id, LiveTopic.STANDING),
                topic=LiveTopic.STANDING,
                network=event.network,
                account=event.account,
                change=event.change,
                change_reason=event.reason,
                thresholds_xlm=tuple(step.threshold_xlm for step in event.steps),
                rank=event.after.rank if event.after else None,
                balance_stroops=event.balance_stroops,
                home_domain=event.home_domain,
                changed_at=event.at,
            )
        )

    async def on_account_enriched(self, event: AccountEnriched) -> None:
        """Who an account is has changed: whoever shows it reads it again."""
        await self._publisher.publish(
            LiveChanged(
                id=_id(event.id, LiveTopic.ENRICHED),
                topic=LiveTopic.ENRICHED,
                network=event.network,
                account=event.account,
            )
        )


class Links:
    """Keeps what this replica remembers of chains and creators true: a fact may end a life, or begin one."""

    def __init__(self, walker: Walker, creators: Creators) -> None:
        self._walker = walker
        self._creators = creators

    async def on_lineage_recorded(self, event: LineageRecorded) -> None:
        """The lives of an account are stored anew."""
        self._forget(event.ref)

    async def on_children_recorded(self, event: ChildrenRecorded) -> None:
        """A page is stored: creations, and merges of whoever stands on it."""
        for account in {*(child.account for child in event.children), *(end.account for end in event.ends)}:
            self._forget(AccountRef(event.network, account))

    def _forget(self, account: AccountRef) -> None:
        self._walker.forget(account)
        self._creators.forget(account)


def _id(cause: str, topic: LiveTopic) -> str:
    return derived_id(cause, LiveChanged.type, topic)
