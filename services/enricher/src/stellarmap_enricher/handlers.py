"""What the enricher does with events."""

from datetime import timedelta

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.profile import FRESH_FOR, EnrichmentReason
from stellarmap_common.domain.standing import ChangeReason, ChangeType
from stellarmap_common.domain.status import Lane
from stellarmap_common.events.enrichment import EnrichmentRequested
from stellarmap_common.events.facts import LineageRecorded
from stellarmap_common.events.standings import StandingChanged
from stellarmap_common.ports.subscription import DeadLetter
from stellarmap_enricher.enriching import Enriching

_CROSSINGS = frozenset({ChangeType.ENTERED, ChangeType.EXITED})
ASKED_AGAIN = timedelta(minutes=1)  # so soon a search or a turn of the refresh tells nothing that is not known


class EnrichmentHandlers:
    """One method for each event, and the hook for those that are set aside."""

    def __init__(self, enriching: Enriching) -> None:
        self._enriching = enriching

    async def on_lineage_recorded(self, event: LineageRecorded) -> None:
        """Once an account: who it is, is known."""
        if _is_account(event.ref):
            await self._enriching.enrich(
                event.ref, lane=Lane.GROWTH, whose=event.request_id, unless_read_within=FRESH_FOR
            )

    async def on_enrichment_requested(self, event: EnrichmentRequested) -> None:
        """Who the account is now, is known."""
        if not _is_account(event.ref):
            return
        periodic, asked = event.reason is EnrichmentReason.PERIODIC, event.reason is EnrichmentReason.REFRESH
        await self._enriching.enrich(
            event.ref,
            lane=Lane.GROWTH if periodic else Lane.USER,
            whose=event.request_id,
            unless_read_within=timedelta() if asked else ASKED_AGAIN,
        )

    async def on_standing_changed(self, event: StandingChanged) -> None:
        """Who counts as large only because thresholds were changed is read again by and by, like all others who do."""
        if event.change in _CROSSINGS and event.reason is ChangeReason.THRESHOLD_CHANGED:
            await self._enriching.measure(event.ref, stands=event.change is ChangeType.ENTERED)

    async def before_dead_letter(self, event: LineageRecorded | EnrichmentRequested, letter: DeadLetter) -> None:
        """Whoever waited for it is told that it failed."""
        await self._enriching.give_up(event.ref, event.request_id, letter.reason)


def _is_account(account: AccountRef) -> bool:
    """False for a contract: Horizon has no profile of those."""
    return account.address.startswith("G")
