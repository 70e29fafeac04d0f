"""What `stellarmap doctor` checks. Each check really tries, and says how to mend what it found."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path

from stellarmap_common.adapters.sqlite.import_store import ImportUnderWay
from stellarmap_common.domain.network import NetworkName
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import StellarmapError
from stellarmap_common.ports.config_store import ConfigChange
from stellarmap_common.runtime.config_changes import key_states
from stellarmap_common.runtime.engines import engine_of
from stellarmap_common.runtime.http import PortBusy, bound_socket
from stellarmap_common.runtime.members import SERVICES, MissingMember, sandbox_opener, web_app
from stellarmap_common.runtime.outside import open_outside
from stellarmap_common.runtime.running import running_url
from stellarmap_common.runtime.settings import Mode, Settings

RESTORE = "`stellarmap restore SOURCE` brings a backup back; STELLARMAP_DATA_DIR names another folder to start anew in."
CLUSTER = (
    "STELLARMAP_KAFKA_… and STELLARMAP_CASSANDRA_… say where the servers are; `stellarmap migrate` and "
    "`stellarmap topics apply` prepare them."
)
READ_ONLY = "Let this user write to the data folder: what is in it can only be opened then."
ENOUGH_BYTES = 2 * 1024**3
_BUS = {Mode.EMBEDDED: "Event log", Mode.CLUSTER: "Kafka"}
URL_SETTINGS = {
    NetworkName.PUBLIC: "STELLARMAP_HORIZON_URL_PUBLIC",
    NetworkName.TESTNET: "STELLARMAP_HORIZON_URL_TESTNET",
    NetworkName.SANDBOX: "STELLARMAP_HORIZON_URL_SANDBOX",
}


class Verdict(StrEnum):
    """What came of a check."""

    GOOD = "good"
    NOTE = "note"  # something is not there that this installation can do without
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    name: str
    verdict: Verdict
    found: str
    mend: str = ""


async def check_installation(settings: Settings, *, offline: bool) -> tuple[Check, ...]:
    """Every check, in the order in which a start would meet it."""
    found = [_members(), _web(), _folder(settings), _port(settings), await _store(settings), await _bus(settings)]
    found.append(await _mode(settings))
    if not offline:
        found += [check async for check in _sources(settings)]
    return tuple(found)


def _members() -> Check:
    installed = {entry.name for entry in entry_points(group="stellarmap.services")}
    missing = [name for name in SERVICES if name not in installed]
    if missing:
        return Check(
            "Services", Verdict.BAD, f"not installed: {', '.join(missing)}", "Run `make run` in the repository."
        )
    return Check("Services", Verdict.GOOD, ", ".join(SERVICES))


def _web() -> Check:
    try:
        web_app()
        sandbox_opener()
    except MissingMember as error:
        return Check("Web UI and sandbox", Verdict.BAD, str(error), "Run `make run` in the repository.")
    return Check("Web UI and sandbox", Verdict.GOOD, "installed")


def _folder(settings: Settings) -> Check:
    folder = settings.process.data_dir.resolve()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if not _writable(existing):
        return Check(
            "Data folder", Verdict.BAD, f"{folder} cannot be written", "Set STELLARMAP_DATA_DIR to another folder."
        )
    if free < ENOUGH_BYTES:
        told = f"{folder} has {free / 1024**3:.1f} GiB left"
        return Check(
            "Data folder", Verdict.NOTE, told, "Make room: a network of 10 million accounts takes several GiB."
        )
    return Check("Data folder", Verdict.GOOD, f"{folder}, {free / 1024**3:.0f} GiB free")


def _writable(folder: Path) -> bool:
    probe = folder / ".stellarmap-probe"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _port(settings: Settings) -> Check:
    url = running_url(settings.process.data_dir)
    if url:
        return Check("HTTP", Verdict.GOOD, f"StellarMap runs at {url}")
    try:
        with bound_socket(settings.process):
            return Check("HTTP", Verdict.GOOD, f"port {settings.process.http_port} is free")
    except PortBusy as error:
        return Check("HTTP", Verdict.BAD, str(error))


async def _store(settings: Settings) -> Check:
    return await _told("Store", engine_of(settings).store_told, settings)


async def _bus(settings: Settings) -> Check:
    return await _told(_BUS[settings.process.mode], engine_of(settings).bus_told, settings)


async def _mode(settings: Settings) -> Check:
    """By which route lineage is read, which nobody may have chosen."""
    stored: tuple[ConfigChange, ...] = ()
    with suppress(StellarmapError):  # of the store another check tells; until then the environment's holds
        async with engine_of(settings).open_to_look() as stores:
            stored = await stores.config.stored()
    mode = next(state for state in key_states(stored, settings) if state.key.name == "pipeline_mode")
    return Check("Pipeline mode", Verdict.GOOD, f"{mode.value}. {mode.reason}")


async def _told(name: str, told: Callable[[], Awaitable[str]], settings: Settings) -> Check:
    try:
        return Check(name, Verdict.GOOD, await told())
    except ImportUnderWay as error:  # it says what to do
        return Check(name, Verdict.BAD, str(error))
    except StellarmapError as error:
        return Check(name, Verdict.BAD, str(error), _mend(settings))


def _mend(settings: Settings) -> str:
    if settings.process.mode is Mode.CLUSTER:
        return CLUSTER
    folder = settings.process.data_dir
    return READ_ONLY if folder.exists() and not _writable(folder) else RESTORE


async def _sources(settings: Settings) -> AsyncIterator[Check]:
    """Calls each real network's sources once; the sandbox answers only while it runs."""
    async with open_outside(settings) as (networks, sources):
        for network in networks:
            if network.name is NetworkName.SANDBOX and not settings.networks.horizon_url_sandbox:
                yield Check("Horizon of sandbox", Verdict.GOOD, "in this process, while StellarMap runs")
                continue
            try:
                root = await sources.horizon(network.key).root(Lane.USER)
            except StellarmapError as error:
                mend = f"The network cannot be mapped until it answers; {URL_SETTINGS[network.name]} sets another URL."
                yield Check(f"Horizon of {network.name}", Verdict.NOTE, str(error), mend)
                continue
            latest = root.get("history_latest_ledger")
            yield Check(
                f"Horizon of {network.name}",
                Verdict.GOOD,
                f"{network.horizon_url}, ledger {latest:,}" if isinstance(latest, int) else network.horizon_url,
            )
