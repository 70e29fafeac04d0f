"""The networks of an installation, made from its settings."""

from collections.abc import Callable

from stellarmap_common.adapters.stellar.genesis import genesis_of
from stellarmap_common.domain.network import (
    FIRST_EPOCH,
    PUBLIC_PASSPHRASE,
    RESETS,
    TESTNET_PASSPHRASE,
    AccountRef,
    Address,
    NetworkKey,
    NetworkName,
    epoch_key,
    sandbox_key,
    sandbox_passphrase,
)
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.runtime.settings import Settings


def build_networks(settings: Settings, genesis_of: Callable[[str], Address], own_url: str) -> Networks:
    """The offered networks in the order of the settings; `own_url` is where this process answers for the sandbox.

    Those that reset are in their first epoch until `Networks.learn` is told of another.
    """
    return Networks(tuple(_network(name, settings, genesis_of, own_url) for name in settings.networks.networks))


def networks_of(settings: Settings, own_url: str = "") -> Networks:
    """The networks of the settings, for those who only look; without `own_url` nothing answers for the sandbox."""
    return build_networks(settings, genesis_of, own_url)


def _network(name: NetworkName, settings: Settings, genesis_of: Callable[[str], Address], own_url: str) -> Network:
    urls, key = settings.networks, _key(name, settings)
    passphrase = _passphrase(key, name)
    horizon_url, expert_url, max_per_hour = {
        NetworkName.PUBLIC: (urls.horizon_url_public, urls.expert_url_public, 0),
        NetworkName.TESTNET: (urls.horizon_url_testnet, urls.expert_url_testnet, 0),
        NetworkName.SANDBOX: (
            urls.horizon_url_sandbox or f"{own_url}/sandbox/horizon",
            urls.expert_url_sandbox or f"{own_url}/sandbox/expert",
            settings.sandbox.sandbox_max_per_hour,
        ),
    }[name]
    return Network(
        name=name,
        key=key,
        passphrase=passphrase,
        genesis=AccountRef(key, genesis_of(passphrase)),
        horizon_url=horizon_url,
        expert_url=expert_url,
        bigquery_project=_project(name, settings),
        bigquery_url=_bigquery_url(name, settings, own_url),
        max_per_hour=max_per_hour,
        epoch=FIRST_EPOCH if name in RESETS else None,
    )


def _project(name: NetworkName, settings: Settings) -> str:
    """Hubble holds the public network alone; the sandbox has one of its own, even where credentials exist."""
    if name is NetworkName.SANDBOX:
        return NetworkName.SANDBOX
    return settings.bigquery.bigquery_project if name is NetworkName.PUBLIC else ""


def _bigquery_url(name: NetworkName, settings: Settings, own_url: str) -> str:
    if name is NetworkName.SANDBOX:
        return settings.bigquery.bigquery_url_sandbox or f"{own_url}/sandbox/bigquery"
    return settings.bigquery.bigquery_api_endpoint


def _key(name: NetworkName, settings: Settings) -> NetworkKey:
    if name is NetworkName.SANDBOX:
        return sandbox_key(settings.sandbox.sandbox_seed, settings.sandbox.sandbox_accounts)
    return epoch_key(name, FIRST_EPOCH) if name in RESETS else NetworkKey(name)


def _passphrase(key: NetworkKey, name: NetworkName) -> str:
    if name is NetworkName.SANDBOX:
        return sandbox_passphrase(key)
    return TESTNET_PASSPHRASE if name is NetworkName.TESTNET else PUBLIC_PASSPHRASE
