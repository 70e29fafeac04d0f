"""`stellarmap run`: one service in this process, as cluster mode has them."""

import sys
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
            help="ingest-horizon, gateway (with the web UI), or web (the pages alone).",
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
    from stellarmap_common.runtime.event_loop import keep_what_there_is
    from stellarmap_common.runtime.installation import open_installation
    from stellarmap_common.runtime.settings import InvalidSettings, Mode
    from stellarmap_common.runtime.signals import stop_on_signals

    if settings.process.mode is not Mode.CLUSTER:
        raise InvalidSettings(
            "`stellarmap run` runs one service of cluster mode: set STELLARMAP_MODE=cluster, and where Kafka and Cassandra "
            "are. `stellarmap up` runs everything in one process"
        )
    with stop_on_signals() as stop:
        async with open_installation(settings, (service,)) as installation:
            _tell(service, installation.url)
            keep_what_there_is()
            await stop.wait()
            installation.probes.stop()
            err.print("Stopping: finishing the steps in flight …")
    err.print("Stopped.")


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
