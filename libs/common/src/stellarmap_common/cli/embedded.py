"""`stellarmap up`: the whole system in this process."""

import asyncio
import sys
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from stellarmap_common.cli.output import err, out, told_errors

if TYPE_CHECKING:
    from stellarmap_common.runtime.installation import Installation
    from stellarmap_common.runtime.settings import Settings

FILL_LOOK_S = 0.25


def up() -> None:
    """Start everything in one process: web UI, API, services, and the sandbox network. Ctrl-C stops it in order."""
    # Imported here: `stellarmap --help` must not wait for the whole system.
    from stellarmap_common.observability.failpoints import arm_failpoint
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.event_loop import run
    from stellarmap_common.runtime.settings import Mode, Settings
    from stellarmap_common.runtime.settings_base import InvalidSettings

    with told_errors():
        settings = Settings.load()
        if settings.process.mode is not Mode.EMBEDDED:
            raise InvalidSettings(
                "`stellarmap up` is embedded mode, and STELLARMAP_MODE says cluster: run each service with `stellarmap run`"
            )
        configure_logs(settings.process.log_level, console=sys.stderr.isatty())
        arm_failpoint(settings.process.failpoint)
        run(_run(settings))


async def _run(settings: "Settings") -> None:
    from stellarmap_common.runtime.event_loop import keep_what_there_is
    from stellarmap_common.runtime.first_look import map_first_example
    from stellarmap_common.runtime.installation import open_installation
    from stellarmap_common.runtime.signals import stop_on_signals

    with stop_on_signals() as stop:
        async with open_installation(settings) as installation:
            out.print(f"StellarMap is at [bold]{installation.url}[/bold]", markup=True)
            out.print(f"Everything it keeps is in {settings.process.data_dir.resolve()}. Ctrl-C stops it.")
            if token := installation.resources.admin.file:
                out.print(f"The admin token is in {token.resolve()}.")
            sys.stdout.flush()
            keep_what_there_is()
            meanwhile = [
                asyncio.create_task(_show_filling(installation)),
            ]
            if not settings.networks.horizon_url_sandbox:  # else it is somebody else's network too
                meanwhile.append(asyncio.create_task(map_first_example(installation)))
            await stop.wait()
            installation.probes.stop()
            for task in meanwhile:
                task.cancel()
            await asyncio.gather(*meanwhile, return_exceptions=True)
            err.print("Stopping: finishing the steps in flight …")
    err.print("Stopped. Everything asked is kept; the next start goes on where it was.")


async def _show_filling(installation: "Installation") -> None:
    """Progress of the simulated network on the terminal, while it is being made."""
    if installation.sandbox is None or installation.sandbox.filling() is None:
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Making the sandbox network", total=None)
        while filling := installation.sandbox.filling():
            progress.update(task, completed=filling.done, total=filling.total)
            await asyncio.sleep(FILL_LOOK_S)
    out.print("The sandbox network is ready.")
    sys.stdout.flush()
