"""`stellarmap sandbox`: the simulated network as a process of its own, and what shall go wrong at it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from starlette.applications import Starlette
from starlette.routing import Mount

from stellarmap_common.runtime.admin import admin_token
from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.folder import FolderUnusable, data_folder
from stellarmap_common.runtime.http import PortBusy, bound_socket, serving, url_of
from stellarmap_common.runtime.settings import ProcessSettings, SandboxSettings
from stellarmap_common.runtime.settings_base import InvalidSettings
from stellarmap_common.runtime.signals import stop_on_signals
from stellarmap_sandbox.faults.commands import faults
from stellarmap_sandbox.service import Sandbox, SandboxTraits, open_sandbox

app = typer.Typer(help="The simulated network, for itself.", no_args_is_help=True)
app.add_typer(faults, name="faults")

_ELSEWHERE = "the one of STELLARMAP_ADMIN_TOKEN_SHA256"


@app.callback()
def _group() -> None:
    """The simulated network, for itself."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 = any free one.")] = 8_401,
    data_dir: Annotated[Path, typer.Option(help="Folder the network is kept in.")] = Path(".data"),
    hub_children: Annotated[
        int | None, typer.Option(help="For tests: exactly so many children of the largest hub, and so another network.")
    ] = None,
) -> None:
    """Answer as Horizon, Stellar Expert and BigQuery, until Ctrl-C. Seed, size and pace: STELLARMAP_SANDBOX_… ."""
    chosen = {"http_host": host, "http_port": port, "data_dir": data_dir}
    try:
        process, settings = ProcessSettings.load().model_copy(update=chosen), SandboxSettings.load()
    except InvalidSettings as invalid:
        typer.echo(f"✗ {invalid}", err=True)
        raise typer.Exit(1) from None
    try:
        asyncio.run(_serve(process, settings, SandboxTraits(hub_children=hub_children)))
    except FolderUnusable as unusable:
        typer.echo(f"✗ {unusable}", err=True)
        raise typer.Exit(1) from None


async def _serve(process: ProcessSettings, settings: SandboxSettings, traits: SandboxTraits) -> None:
    try:
        with stop_on_signals() as stop, bound_socket(process) as bound:
            folder, admin = data_folder(process), admin_token(process)
            opening = open_sandbox(settings, folder, SystemClock(), traits, admin=admin)
            async with opening as sandbox, serving(_at_both_places(sandbox.app), bound):
                typer.echo(f"Horizon         {url_of(bound)}/horizon")
                typer.echo(f"Stellar Expert  {url_of(bound)}/expert")
                typer.echo(f"BigQuery        {url_of(bound)}/bigquery")
                typer.echo(f"Faults          {url_of(bound)}/sandbox/faults")
                typer.echo(f"Admin token     {admin.file.resolve() if admin.file else _ELSEWHERE}")
                await _tell_when_ready(sandbox, stop)
                await stop.wait()
                sandbox.let_go()
    except PortBusy as busy:
        where = f"{process.http_host}:{process.http_port}"
        raise typer.BadParameter(f"cannot listen on {where}; choose another --port (0 = any free one)") from busy


async def _tell_when_ready(sandbox: Sandbox, stop: asyncio.Event) -> None:
    """Says so once the network answers, unless the process is to stop before. Raises: NetworkNotMade."""
    ready, stopping = asyncio.create_task(sandbox.ready()), asyncio.create_task(stop.wait())
    await asyncio.wait((ready, stopping), return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        await ready
        typer.echo(f"Ready           {sandbox.world.spec.key}, ledger {sandbox.truth.ledger}")
    for task in (ready, stopping):
        task.cancel()


def _at_both_places(app: Starlette) -> Starlette:
    """Where this process has it, and where the product's process has it: clients need not know which one answers."""
    return Starlette(routes=[Mount("/sandbox", app), Mount("/", app)])
