"""Imports of whole networks: the store they are made into, and what keeps two from importing one network at once."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from uuid import uuid4

from stellarmap_common.errors import StellarmapError
from stellarmap_common.ports.clock import Clock
from stellarmap_common.ports.lease_store import LeaseStore
from stellarmap_common.ports.networks import Network, Networks
from stellarmap_common.ports.stores import Stores
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.engines import engine_of
from stellarmap_common.runtime.epochs import Epochs
from stellarmap_common.runtime.networks import networks_of
from stellarmap_common.runtime.reading import Reading
from stellarmap_common.runtime.settings import Settings
from stellarmap_common.runtime.standby import LEASE_S, LeaseHeld, LeaseLost, Standby


class ImportElsewhere(StellarmapError):
    """Another process imports this network, or may by now; the message says which, and what to do."""


class Importing(Reading):
    """The stores, opened to import into."""

    def __init__(self, stores: Stores, networks: Networks, *, shared: bool) -> None:
        super().__init__(stores, networks)
        self._shared = shared

    def alone(self, network: Network) -> AbstractAsyncContextManager[None]:
        """While open nobody else imports this network. Raises: ImportElsewhere, StoreUnavailable."""
        if not self._shared:
            return nullcontext()  # the data folder is ours
        return sole_import(self.stores.leases, SystemClock(), network)


@asynccontextmanager
async def open_importing(settings: Settings) -> AsyncIterator[Importing]:
    """The store of the installation, for an import. Raises: LogInUse, SchemaRefused, StoreUnavailable."""
    engine = engine_of(settings)
    async with engine.open_import() as stores:
        networks = networks_of(settings)
        await Epochs(networks, stores.epochs).learn()
        yield Importing(stores, networks, shared=engine.shared)


@asynccontextmanager
async def sole_import(leases: LeaseStore, clock: Clock, network: Network) -> AsyncIterator[None]:
    """While open no other process imports this network: of several that begin at once one does.

    Raises: ImportElsewhere, at once, or where it cannot be kept from another any longer; StoreUnavailable.
    """
    began = f"since {clock.now():%Y-%m-%d %H:%M:%S} UTC"
    us = f"process {os.getpid()} on {socket.gethostname()}, {began}, {uuid4().hex[:8]}"  # nobody else's, in containers too
    try:
        async with Standby(leases, clock, lease_of(network), us).holding():
            yield
    except LeaseHeld as held:
        who = held.lease.holder if held.lease else "a process that has ended meanwhile"
        raise ImportElsewhere(
            f"{network.name} is being imported by another process ({who}). Nothing was stored by this one. Wait for the "
            f"end of that one, or end it; if it is gone already, run this command again in {LEASE_S:.0f} s."
        ) from None
    except LeaseLost:
        raise ImportElsewhere(
            f"Another process may import {network.name} by now: that this one does could not be written down in time, "
            "because the store did not answer or the process was held up. What was stored is kept: run this command "
            "again, it goes on there."
        ) from None


def lease_of(network: Network) -> str:
    """The name of the lease of whoever imports it."""
    return f"import {network.key}"
