"""The networks, and whether each can be asked now."""

from stellarmap_common.domain.network import FIRST_EPOCH, NetworkName
from stellarmap_common.ports.networks import Network
from stellarmap_common.runtime.resources import Filling
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.reachability import Seen, url_setting
from stellarmap_gateway.schemas.installation import EpochView, Fill, NetworkList, NetworkState, NetworkView
from stellarmap_gateway.views.routes import routes_of


async def network_list(gateway: Gateway) -> NetworkList:
    """Every network, in the order of the setting; the first one is the default."""
    views = [network_view(gateway, network) for network in gateway.resources.networks]
    mode = gateway.resources.config().pipeline_mode
    return NetworkList(as_of=gateway.resources.clock.now(), default=views[0].name, pipeline_mode=mode, networks=views)


def network_view(gateway: Gateway, network: Network) -> NetworkView:
    """One network. Nothing is asked for it: a loop checks the networks that somebody looks at."""
    filling, seen = gateway.reachability.filling(network), gateway.reachability.seen(network)
    state = _state(gateway, network, filling, seen)
    ways = routes_of(network, gateway.resources.config())
    return NetworkView(
        name=network.name,
        key=network.key,
        passphrase=network.passphrase,
        genesis=network.genesis.address,
        state=state,
        detail=gateway.reachability.hindrance(network),
        horizon_url=network.horizon_url,
        horizon_setting=url_setting(network.name),
        horizon_reachable=seen.reachable if seen else None,
        horizon_checked_at=seen.at if seen else None,
        advice=advice_for(network) if state is NetworkState.UNREACHABLE else None,
        fill=fill_view(filling),
        simulated=network.name is NetworkName.SANDBOX,
        epoch=network.epoch,
        routes=list(ways.routes),
        bigquery=ways.bigquery,
        route_reason=ways.reason,
        epochs=[_epoch(each) for each in reversed(gateway.resources.networks.epochs_of(network.name))],
    )


def _epoch(network: Network) -> EpochView:
    return EpochView(
        epoch=network.epoch or FIRST_EPOCH,
        key=network.key,
        segment=network.segment,
        current=network.current,
        began_at=network.began_at,
        reset_at=network.reset_at,
        reset_reason=network.reset_reason or None,
    )


def advice_for(network: Network) -> str:
    """What is done while a network cannot be read, and what to do if that lasts. What is wrong may be anything."""
    return (
        "It is asked again by itself, and what waits goes on then; what is mapped stays readable. "
        f"If it stays so, set {url_setting(network.name)} to another Horizon, and start again."
    )


def fill_view(filling: Filling | None) -> Fill | None:
    """How far the sandbox is made."""
    return Fill(accounts=filling.done, of=filling.total) if filling else None


def _state(gateway: Gateway, network: Network, filling: Filling | None, seen: Seen | None) -> NetworkState:
    if filling:
        return NetworkState.FILLING
    if seen:
        return NetworkState.READY if seen.reachable else NetworkState.UNREACHABLE
    in_this_process = (
        network.name is NetworkName.SANDBOX and not gateway.resources.settings.networks.horizon_url_sandbox
    )
    return NetworkState.READY if in_this_process else NetworkState.UNCHECKED
