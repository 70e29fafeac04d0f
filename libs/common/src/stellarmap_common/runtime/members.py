"""The members of the workspace that make up an installation: the one list of them, and how each is found.

Members are found by entry point, so that common imports none of them:
`stellarmap.services` (services), `stellarmap.sandbox` (the simulated network), `stellarmap.web` (the built web UI),
`stellarmap.cli` (commands that a member adds to `stellarmap`).
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.ports.clock import Clock
from stellarmap_common.runtime.admin import AdminToken
from stellarmap_common.runtime.resources import Example, Filling, Resources
from stellarmap_common.runtime.service import Service
from stellarmap_common.runtime.settings import COMMON_SETTINGS, SandboxSettings
from stellarmap_common.runtime.settings_base import StellarmapSettings

SERVICES = ("ingest-bigquery", "ingest-horizon", "enricher", "hva-tracker", "gateway")
"""Composed by embedded mode in this order; each is an entry point of `stellarmap.services`."""

WEB = "web"
"""The pages alone; no entry of `stellarmap.services`."""

WITH_SETTINGS = (
    "stellarmap_ingest_bigquery",
    "stellarmap_ingest_horizon",
    "stellarmap_enricher",
    "stellarmap_gateway",
    "stellarmap_sandbox",
)
"""Members that may have a `settings.py` of their own."""


class MissingMember(RuntimeError):
    """A part of StellarMap is not installed in this environment."""


class SandboxNetwork(Protocol):
    """The opened simulated network."""

    @property
    def app(self) -> Any:  # noqa: ANN401 - an ASGI app has no narrower type
        """Answers `/horizon/…`, `/expert/…`, `/bigquery/…` and `/faults` below where it is mounted."""
        ...

    async def ready(self) -> None:
        """Returns once it is made. Raises: what kept it from being made."""
        ...

    def filling(self) -> Filling | None:
        """How far it is made; None when it is."""
        ...

    def examples(self) -> tuple[Example, ...]:
        """Accounts worth seeing; empty until it is made."""
        ...

    def moving(self) -> tuple[AccountRef, ...]:
        """Accounts whose balances move all the time; empty until it is made, or where no ledger closes."""
        ...

    def let_go(self) -> None:
        """Afterwards it holds no answer: a server that stops would wait for its streams."""
        ...


OpenService = Callable[[Resources], AbstractAsyncContextManager[Service]]


class OpenSandbox(Protocol):
    """Opens the simulated network of the settings."""

    def __call__(
        self, settings: SandboxSettings, data_dir: Path, clock: Clock, *, admin: AdminToken | None
    ) -> AbstractAsyncContextManager[SandboxNetwork]: ...


def open_service_of(name: str) -> OpenService:
    """How to open the service of that name. Raises: MissingMember."""
    opener: OpenService = _loaded("stellarmap.services", name)
    return opener


def sandbox_opener() -> OpenSandbox:
    """How to open the simulated network. Raises: MissingMember."""
    opener: OpenSandbox = _loaded("stellarmap.sandbox", "sandbox")
    return opener


def web_app() -> Any:  # noqa: ANN401 - an ASGI app has no narrower type
    """The ASGI app of the built web UI. Raises: MissingMember."""
    return _loaded("stellarmap.web", "web")()


def added_commands() -> tuple[EntryPoint, ...]:
    """Groups of commands that members add to `stellarmap`, not yet loaded."""
    return tuple(entry_points(group="stellarmap.cli"))


def settings_models() -> tuple[type[StellarmapSettings], ...]:
    """Every settings model of every installed member, common's first."""
    names = [f"{member}.settings" for member in WITH_SETTINGS if find_spec(member)]
    modules = [import_module(name) for name in names if find_spec(name)]
    own = [item for module in modules for item in vars(module).values() if _is_model_of(item, module.__name__)]
    return (*COMMON_SETTINGS, *own)


def _loaded(group: str, name: str) -> Any:  # noqa: ANN401 - whatever the member registered; callers name its type
    found = next(iter(entry_points(group=group, name=name)), None)
    if found is None:
        raise MissingMember(f"{name} ({group}) is not installed here; `make run` installs every member")
    return found.load()


def _is_model_of(item: object, module: str) -> bool:
    return isinstance(item, type) and issubclass(item, StellarmapSettings) and item.__module__ == module
