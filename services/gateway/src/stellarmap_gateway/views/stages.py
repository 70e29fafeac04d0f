"""The eight stages of one request."""

from collections.abc import Sequence

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import STAGES, StageState
from stellarmap_common.events.facts import StageExecuted
from stellarmap_common.ports.request_store import RequestRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.requests import Stage, Stages
from stellarmap_gateway.views.known import not_mapped, refuse_not_found, unknown_request
from stellarmap_gateway.views.scope import scope_of

REASON = "reason"  # key in a stage's detail
_ENDED = frozenset({StageState.DONE, StageState.FAILED})


async def stages_of(gateway: Gateway, account: AccountRef, request_id: str | None) -> Stages:
    """The stages of that request, or of the latest one. Raises: Missing, when nobody asked for the account."""
    state = await gateway.stores.accounts.state_of(account)
    refuse_not_found(gateway, account, state)
    if request_id is not None:
        await _known_request(gateway, account, request_id)
    executions = await gateway.stores.stages.stages_of(account, request_id)
    if state is None and not executions:
        raise not_mapped(gateway, account)
    latest = executions[0].request_id if executions else (state.request_id if state else "")
    return Stages(
        **scope_of(gateway, account.network),
        address=account.address,
        request_id=request_id or latest or None,
        stages=stages_view(executions),
    )


async def _known_request(gateway: Gateway, account: AccountRef, request_id: str) -> None:
    """Raises: Missing. An id that is no request of ours might be anything: it must not come back in an answer."""
    request = await gateway.stores.requests.request(RequestRef(account.network, request_id))
    if request is None or request.asked != account:
        raise unknown_request()


def stages_view(executions: Sequence[StageExecuted]) -> list[Stage]:
    """All eight, also those that nothing was recorded of."""
    executed = {execution.stage: execution for execution in executions}
    return [_stage(number, name, executed.get(number)) for number, name in STAGES.items()]


def _stage(number: int, name: str, executed: StageExecuted | None) -> Stage:
    if executed is None:
        return Stage(
            stage=number,
            name=name,
            state=StageState.PENDING,
            reason=None,
            attempt=0,
            at=None,
            duration_ms=None,
            error=None,
            detail={},
        )
    skipped = executed.state is StageState.SKIPPED
    return Stage(
        stage=number,
        name=name,
        state=executed.state,
        reason=str(executed.detail.get(REASON) or executed.error or "") if skipped else None,
        attempt=executed.attempt,
        at=executed.at,
        duration_ms=executed.duration_ms if executed.state in _ENDED else None,
        error=executed.error,
        detail=executed.detail,
    )
