"""`stellarmap sandbox faults`: what shall go wrong at the simulated network of a running process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from stellarmap_common.errors import StellarmapError
from stellarmap_common.runtime.settings import ProcessSettings
from stellarmap_sandbox.faults.fault import Fault, FaultSeen, FaultSet, FaultsSeen, Kind, Source

if TYPE_CHECKING:
    from stellarmap_sandbox.faults.remote import RemoteFaults

faults = typer.Typer(
    no_args_is_help=True, help="What goes wrong at the simulated network on request: see, switch on, switch off."
)
Url = Annotated[
    str, typer.Option("--url", help="The network of a `stellarmap sandbox serve`; default: of the running StellarMap.")
]


@faults.command("list")
def show(url: Url = "", *, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show what is switched on, how often it struck, and whether it is its time."""
    with _told_errors():
        seen = asyncio.run(_remote(url).seen())
    if as_json:
        typer.echo(msgspec.json.encode(seen))
    else:
        _tell(seen)


@faults.command("set")
def switch_on(  # noqa: PLR0913 - the fields of a fault
    kind: Annotated[Kind, typer.Argument(help="What goes wrong.", show_choices=True)],
    *,
    share: Annotated[float, typer.Option(min=0, max=1, help="Of the matching requests, drawn from the seed.")] = 1.0,
    times: Annotated[int | None, typer.Option(min=1, help="It is over after so many hits.")] = None,
    after: Annotated[float, typer.Option(min=0, help="It begins so many seconds from now …")] = 0,
    for_s: Annotated[float | None, typer.Option("--for", min=0, help="… lasts so many …")] = None,
    every: Annotated[float | None, typer.Option(min=0, help="… and begins again every so many.")] = None,
    source: Annotated[Source, typer.Option(help="Who is struck; both: Horizon and Stellar Expert.")] = Source.BOTH,
    path: Annotated[str, typer.Option(help="Only requests whose path contains this, e.g. /payments.")] = "",
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Retry-After of rate_limited and unavailable; how long timeout, slow_drip and slow_job take.",
        ),
    ] = None,
    ledger: Annotated[int | None, typer.Option(min=1, help="Where history begins: of history_cut.")] = None,
    factor: Annotated[float | None, typer.Option(help="How many times as much is read: of bytes_times.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed; the same one repeats the same faults.")] = None,
    only: Annotated[bool, typer.Option("--only", help="Instead of what is on, not besides it.")] = False,
    url: Url = "",
) -> None:
    """Switch a fault on, besides those that are on already; all schedules and hits begin anew.

    At most one fault strikes a request: the first one of the list whose draw says so.
    """
    with _told_errors():
        try:
            fault = Fault(
                kind=kind,
                share=share,
                times=times,
                after_s=after,
                for_s=for_s,
                every_s=every,
                source=source,
                path=path,
                seconds=seconds,
                ledger=ledger,
                factor=factor,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        _tell(asyncio.run(_added(_remote(url), fault, seed=seed, only=only)))


@faults.command("off")
def switch_off(url: Url = "") -> None:
    """Switch everything off."""
    with _told_errors():
        _tell(asyncio.run(_remote(url).put(FaultSet())))


async def _added(remote: "RemoteFaults", fault: Fault, *, seed: int | None, only: bool) -> FaultsSeen:
    before = (await remote.seen()).asked()
    kept = () if only else before.faults
    return await remote.put(FaultSet(before.seed if seed is None else seed, (*kept, fault)))


def _remote(url: str) -> "RemoteFaults":
    from stellarmap_sandbox.faults.remote import remote_faults  # noqa: PLC0415 - HTTP: `--help` must be quick

    return remote_faults(ProcessSettings.load().data_dir, url)


@contextmanager
def _told_errors() -> Iterator[None]:
    try:
        yield
    except StellarmapError as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from None


def _tell(seen: FaultsSeen) -> None:
    if not seen.faults:
        typer.echo("Nothing goes wrong: the network answers as it should.")
        return
    typer.echo(f"Seed {seen.seed}.")
    for fault in seen.faults:
        typer.echo(f"{fault.kind:<18}{fault.state:<9}{fault.hits:>9,} hits   {_described(fault)}")


def _described(fault: FaultSeen) -> str:
    parts = (
        f"{fault.share * 100:.4g} % of the requests",
        "" if fault.source is Source.BOTH else f"to {fault.source}",
        f"with {fault.path} in their path" if fault.path else "",
        "" if fault.ledger is None else f"from ledger {fault.ledger}",
        "" if fault.factor is None else f"{fault.factor:g} times the bytes",
        "" if fault.seconds is None else f"{fault.seconds:g} s",
        "" if fault.times is None else f"{fault.times:,} times",
        f"after {fault.after_s:g} s" if fault.after_s else "",
        "" if fault.for_s is None else f"for {fault.for_s:g} s",
        "" if fault.every_s is None else f"every {fault.every_s:g} s",
    )
    return ", ".join(filter(None, parts))
