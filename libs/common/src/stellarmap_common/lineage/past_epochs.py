"""What was unfinished when a network was reset: it is ended, so that nobody waits for ever. What is stored stays readable.

Nothing is marked as done with: each turn looks again, because a process that has not learned of the reset yet may still
open a request. So whoever dies in between, and whenever, the next turn ends what is left.
"""

from dataclasses import replace

import structlog

from stellarmap_common.domain.status import AccountStatus
from stellarmap_common.lineage.events import request_completed
from stellarmap_common.observability.failpoints import failpoint
from stellarmap_common.ports.account_store import UNFINISHED, AccountState
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.publisher import EventPublisher
from stellarmap_common.ports.request_store import Request, RowState
from stellarmap_common.ports.stores import Stores

log = structlog.get_logger(__name__)

ENDED_TOGETHER = 100


class PastEpochs:
    """The loop body."""

    def __init__(self, stores: Stores, publisher: EventPublisher, clock: Clock, networks: Networks) -> None:
        self._stores = stores
        self._publisher = publisher
        self._clock = clock
        self._networks = networks

    async def end_unfinished(self) -> None:
        """Afterwards no request of an epoch that is over is open, and no account of it counts as on its way."""
        for network in self._networks.past:
            requests = await self._end_requests(network)
            accounts = await self._end_accounts(network)
            if requests or accounts:
                log.info("epoch_ended", network=network.key, requests=requests, accounts=accounts)

    async def _end_requests(self, network: Network) -> int:
        ended = 0
        while found := await self._stores.requests.open_requests(network.key, limit=ENDED_TOGETHER):
            for request in found:
                await self._end(request)
            ended += len(found)
        return ended

    async def _end(self, request: Request) -> None:
        rows = await self._stores.requests.rows(request.ref)
        failed = sum(row.parent is not None and row.state is not RowState.DONE for row in rows)
        await self._publisher.publish(request_completed(replace(request, cancelled=True), failed))
        failpoint("after_reset_told")
        await self._stores.requests.finish(request.ref, cancelled=True, completed_at=self._clock.now())
        failpoint("after_reset_request")

    async def _end_accounts(self, network: Network) -> int:
        ended = 0
        while found := await self._stores.accounts.states(network.key, UNFINISHED, limit=ENDED_TOGETHER):
            for state in found:
                ended += await self._stores.accounts.put_state(self._given_up(network, state))
        return ended

    def _given_up(self, network: Network, state: AccountState) -> AccountState:
        return replace(
            state,
            version=state.version + 1,
            status=AccountStatus.FAILED,
            completed_at=self._clock.now(),
            last_error=f"{network.over}; the account had not been read to its end",
        )
