"""`stellarmap sandbox serve`: the simulated network as a process of its own."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from stellarmap_common.runtime.clock import SystemClock
from stellarmap_common.runtime.http import PortBusy, bound_socket, serving, url_of
from stellarmap_common.runtime.settings import InvalidSettings, ProcessSettings, SandboxSettings
from stellarmap_common.runtime.signals import stop_on_signals
from stellarmap_sandbox.service import Sandbox, SandboxTraits, open_sandbox

app = typer.Typer(help="The simulated network, for itself.", no_args_is_help=True)


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
    """Answer as Horizon and as Stellar Expert, until Ctrl-C. Seed, size and pace: STELLARMAP_SANDBOX_… ."""
    chosen = {"http_host": host, "http_port": port, "data_dir": data_dir}
    try:
        process, settings = ProcessSettings.load().model_copy(update=chosen), SandboxSettings.load()
    except InvalidSettings as invalid:
        typer.echo(f"✗ {invalid}", err=True)
        raise typer.Exit(1) from None
    asyncio.run(_serve(process, settings, SandboxTraits(hub_children=hub_children)))


async def _serve(process: ProcessSettings, settings: SandboxSettings, traits: SandboxTraits) -> None:
    try:
        with stop_on_signals() as stop, bound_socket(process) as bound:
            opening = open_sandbox(settings, process.data_dir, SystemClock(), traits)
            async with opening as sandbox, serving(sandbox.app, bound):
                typer.echo(f"Horizon         {url_of(bound)}/horizon")
                typer.echo(f"Stellar Expert  {url_of(bound)}/expert")
                await _tell_when_ready(sandbox, stop)
                await stop.wait()
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
