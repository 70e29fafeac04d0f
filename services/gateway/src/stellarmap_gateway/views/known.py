"""What every view of an account begins with: is it known here at all, and if not, what leads on."""

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import AccountStatus, PipelineSource
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import Run, RunState
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import Missing
from stellarmap_gateway.schemas.lineage import Refusal
from stellarmap_gateway.schemas.problem import WayOut


def name_of(gateway: Gateway, account: AccountRef) -> str:
    """The network's name, as in paths."""
    network = gateway.resources.networks.of(account.network)
    return network.segment if network else account.network


def not_mapped(gateway: Gateway, account: AccountRef) -> Missing:
    """404: nobody has asked for the account, and nothing is known of it."""
    network = gateway.resources.networks.of(account.network)
    before = f" before {network.name} was reset" if network and not network.current else ""
    return Missing(
        "not-mapped",
        f"Nobody has asked for this account{before or ' yet'}.",
        advice="POST to `way_out` to map it.",
        way_out=WayOut(method="POST", href=f"{asked_at(gateway, account)}/requests"),
    )


def unknown_request() -> Missing:
    """404: no request of that id, about this."""
    return Missing(
        "unknown-request",
        "There is no request of that id here.",
        advice="A request is known by the id and the network it was answered with.",
    )


def refuse_not_found(gateway: Gateway, account: AccountRef, state: AccountState | None) -> None:
    """Raises: Missing, when the network has never seen the account."""
    if state is None or state.status is not AccountStatus.NOT_FOUND:
        return
    raise Missing(
        "not-found",
        f"The network has no account of this address{f': {state.last_error}' if state.last_error else ''}.",
        advice="POST to `way_out` to look again.",
        way_out=WayOut(method="POST", href=f"{asked_at(gateway, account)}/retry"),
    )


def refusals_of(known: Known) -> list[Refusal]:
    """The steps that BigQuery did not answer. One that is tried again is told of when it is known who answers."""
    return [refusal for run in (known.creator_run, known.children_run) if run and (refusal := _refusal(run))]


def _refusal(run: Run) -> Refusal | None:
    progress = run.progress
    read_by_api = progress.pipeline_source is not PipelineSource.BIGQUERY
    if not progress.refusal or (run.state is RunState.OPEN and not read_by_api):
        return None
    return Refusal(step=run.ref.step, reason=progress.refusal, read_by_api=read_by_api)


def asked_at(gateway: Gateway, account: AccountRef) -> str:
    """Where the account is asked for: always in the present epoch of its network."""
    network = gateway.resources.networks.of(account.network)
    return f"/api/v1/{network.name if network else account.network}/accounts/{account.address}"
