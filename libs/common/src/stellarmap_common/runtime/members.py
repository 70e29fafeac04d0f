"""The members of the workspace that make up an installation: the one list of them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec

from stellarmap_common.runtime.resources import Resources
from stellarmap_common.runtime.service import Service
from stellarmap_common.runtime.settings import COMMON_SETTINGS, StellarmapSettings

OpenService = Callable[[Resources], AbstractAsyncContextManager[Service]]

SERVICES = ("ingest-horizon", "gateway")
"""Composed by embedded mode in this order; each is an entry point of `stellarmap.services`."""

WITH_SETTINGS = ("stellarmap_ingest_horizon", "stellarmap_gateway", "stellarmap_sandbox")
"""Members that may have a `settings.py` of their own."""


class MissingMember(RuntimeError):
    """A part of StellarMap is not installed in this environment."""


def open_service_of(name: str) -> OpenService:
    """How to open the service of that name. Raises: MissingMember."""
    found = next(iter(entry_points(group="stellarmap.services", name=name)), None)
    if found is None:
        raise MissingMember(f"the service {name} is not installed here; run `make` once to install every member")
    opener: OpenService = found.load()
    return opener


def settings_models() -> tuple[type[StellarmapSettings], ...]:
    """Every settings model of every installed member, common's first."""
    names = [f"{member}.settings" for member in WITH_SETTINGS if find_spec(member)]
    modules = [import_module(name) for name in names if find_spec(name)]
    own = [item for module in modules for item in vars(module).values() if _is_model_of(item, module.__name__)]
    return (*COMMON_SETTINGS, *own)


def _is_model_of(item: object, module: str) -> bool:
    return isinstance(item, type) and issubclass(item, StellarmapSettings) and item.__module__ == module
