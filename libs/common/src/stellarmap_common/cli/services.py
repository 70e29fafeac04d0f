"""`stellarmap run`: one service in this process, as cluster mode has them."""

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from stellarmap_common.cli.output import err, out, told_errors

if TYPE_CHECKING:
    from stellarmap_common.runtime.settings import Settings


def run(
    service: Annotated[
        str,
        typer.Argument(
            envvar="STELLARMAP_SERVICE",  # a container's image names its service so
            help="ingest-horizon, ingest-bigquery, enricher, hva-tracker, gateway (with the web UI), or web (the pages alone).",
        ),
    ],
) -> None:
    """Run one service of cluster mode. Start as many replicas of it as you like; SIGTERM stops one in order.

    `/livez`, `/readyz` and `/metrics` answer at STELLARMAP_HTTP_HOST:STELLARMAP_HTTP_PORT. Before the first start, and after
    each upgrade: `stellarmap migrate` and `stellarmap topics apply`.
    """
    # Imported here: `stellarmap --help` must not wait for the whole system.
    from stellarmap_common.observability.failpoints import arm_failpoint
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.event_loop import run as run_loop
    from stellarmap_common.runtime.members import SERVICES, WEB
    from stellarmap_common.runtime.settings import Settings

    if service not in {*SERVICES, WEB}:
        raise typer.BadParameter(f"there are {', '.join(SERVICES)} and {WEB}", param_hint="service")
    with told_errors():
        settings = Settings.load()
        configure_logs(settings.process.log_level, console=sys.stderr.isatty())
        arm_failpoint(settings.process.failpoint)
        run_loop(_serve_pages(settings) if service == WEB else _run(settings, service))


async def _run(settings: "Settings", service: str) -> None:
    from stellarmap_common.runtime.settings import Mode
    from stellarmap_common.runtime.settings_base import InvalidSettings
    from stellarmap_common.runtime.signals import stop_on_signals

    if settings.process.mode is not Mode.CLUSTER:
        raise InvalidSettings(
            "`stellarmap run` runs one service of cluster mode: set STELLARMAP_MODE=cluster, and where Kafka and Cassandra "
            "are. `stellarmap up` runs everything in one process"
        )
    with stop_on_signals() as stop:
        started = asyncio.Event()
        working = asyncio.create_task(_work(settings, service, started, stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not started.is_set():
            working.cancel()  # it waits for servers, or for others to hand over to it: it is not needed any more
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await working
    err.print("Stopped.")


async def _work(settings: "Settings", service: str, started: asyncio.Event, stop: asyncio.Event) -> None:
    from stellarmap_common.runtime.event_loop import keep_what_there_is
    from stellarmap_common.runtime.installation import open_installation

    async with open_installation(settings, (service,)) as installation:
        started.set()
        _tell(service, installation.url)
        keep_what_there_is()
        await stop.wait()
        installation.probes.stop()
        err.print("Stopping: finishing the steps in flight …")


async def _serve_pages(settings: "Settings") -> None:
    from stellarmap_common.runtime.pages import serving_pages
    from stellarmap_common.runtime.signals import stop_on_signals

    with stop_on_signals() as stop:
        async with serving_pages(settings) as url:
            _tell("web", url)
            await stop.wait()


def _tell(service: str, url: str) -> None:
    out.print(f"{service} is at [bold]{url}[/bold]", markup=True)
    sys.stdout.flush()
