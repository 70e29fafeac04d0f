"""`stellarmap request`: asks for a lineage, by the API of the running process, or of one started for it."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stellarmap_common.cli.output import WaitTeller, err, out, told_errors
from stellarmap_common.domain.words import counted
from stellarmap_common.errors import RateLimited, TransientError

if TYPE_CHECKING:
    from stellarmap_common.runtime.running import LocalApi
    from stellarmap_common.runtime.settings import Settings

LOOK_S = 0.25
TRY_AGAIN = frozenset({"FAILED", "ERROR"})
FAILED = TRY_AGAIN | {"NOT_FOUND"}


def request(
    address: Annotated[str, typer.Argument(help="The account's address, G…, or anything it was pasted as.")] = "",
    bulk: Annotated[
        str,
        typer.Option(
            "--bulk", metavar="FILE|-", help="Ask for every account of a file (-: standard input), one a line."
        ),
    ] = "",
    network: Annotated[str, typer.Option(help="public, testnet or sandbox; default: the first one offered.")] = "",
    budget: Annotated[int | None, typer.Option(min=0, help="Children that may be expanded.")] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="Generations of children to expand.")] = None,
    pages: Annotated[int | None, typer.Option(min=1, help="Pages of its own children to read, 200 a page.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Run steps again that have failed.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until the request is done.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the request as JSON when it is done.")] = False,
) -> None:
    """Ask for the lineage of an account, or of many with --bulk, and watch it grow.

    Exit code 1: it failed or was refused, or the network does not have the account.
    """
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.settings import Settings

    if bool(address) == bool(bulk) or (bulk and retry):
        raise typer.BadParameter("name one account, or a file with --bulk; --retry is about one account")
    wanted = {"budget": budget, "depth": depth, "pages": pages, "retry": retry or None}
    ask = {name: value for name, value in wanted.items() if value is not None}
    with told_errors():
        settings = Settings.load()
        configure_logs("WARNING", console=True)
        name = network or str(settings.networks.networks[0])
        if bulk:
            invalid = _ask_in_bulk(settings, name, bulk, ask, wait=wait, as_json=as_json)
            raise typer.Exit(1 if invalid else 0)
        status = asyncio.run(_request(settings, name, address, ask, wait=wait))
    if as_json:
        out.print_json(data=status)
    else:
        out.print(_summary(status))
    if status["completed"] and status["lineage"]["state"] != "genesis" and not as_json:
        err.print(f"The chain ends early: {status['lineage']['reason'] or status['lineage']['state']}", markup=False)
    if status["status"] in TRY_AGAIN:
        err.print(
            f"It failed, and is not asked for again by itself: `stellarmap request {status['address']} --network {name} "
            "--retry` does.",
            markup=False,
        )
    if status["status"] in FAILED:
        raise typer.Exit(1)


def _ask_in_bulk(
    settings: "Settings", network: str, source: str, ask: Mapping[str, object], *, wait: bool, as_json: bool
) -> int:
    """How many entries were invalid; all others are asked for."""
    from stellarmap_common.cli.bulk import request_in_bulk, tell_bulk

    found = asyncio.run(request_in_bulk(settings, network, source, ask, wait=wait))
    if as_json:
        out.print_json(data=found)
    else:
        tell_bulk(found, waited=wait)
    return len(found["invalid"])


async def _request(settings: "Settings", network: str, text: str, ask: Mapping[str, object], *, wait: bool) -> Any:  # noqa: ANN401 - JSON
    from stellarmap_common.cli.api import open_api

    asked = ""
    try:
        async with open_api(settings) as api:
            named = await api.post(f"/{network}/resolve", {"text": text})
            opened = await api.post(f"/{network}/accounts/{named['address']}/requests", ask)
            asked = named["address"]
            status = opened if "completed" in opened else _answered(opened)
            return await _followed(api, network, status) if wait else status
    except TransientError as error:
        if not asked:
            raise
        raise TransientError(f"{str(error).rstrip(' .:')}. {_kept(asked, network)}") from None
    except asyncio.CancelledError:  # Ctrl-C
        if asked:
            err.print(f"{_kept(asked, network)}.", markup=False)
        raise


def _kept(address: str, network: str) -> str:
    return (
        "The request is kept, and goes on while StellarMap runs (`stellarmap up`); "
        f"look with `stellarmap lineage {address} --network {network}`"
    )


def _answered(stored: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """What is stored already, in the form of a request that is done."""
    children = stored["children"]
    return {
        "address": stored["address"],
        "request_id": stored["request_id"],
        "status": stored["status"],
        "completed": True,
        "lineage": {
            "state": stored["lineage"],
            "hops": len(stored["ancestors"]),
            "reason": stored["creator_unknown_reason"],
        },
        "expansion": {"children": children["total"], "children_complete": children["complete"], "granted": 0},
    }


async def _followed(api: "LocalApi", network: str, status: Any) -> Any:  # noqa: ANN401 - JSON
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    teller = WaitTeller(network)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(_progress(status), total=None)
        while not status["completed"]:
            teller.look(status["queue"])
            await asyncio.sleep(LOOK_S)
            try:
                status = await api.get(f"/{network}/requests/{status['request_id']}")
            except RateLimited as limited:  # several of these commands share one limit, with the browser too
                await asyncio.sleep(limited.retry_after_s or LOOK_S)
            progress.update(task, description=_progress(status))
    return status


def _progress(status: Any) -> str:  # noqa: ANN401 - JSON
    return f"{_summary(status)} (Ctrl-C leaves it to the system)"


def _summary(status: Any) -> str:  # noqa: ANN401 - JSON
    lineage, expansion = status["lineage"], status["expansion"]
    children = counted(expansion["children"], "child", "children")
    least = "" if expansion["children_complete"] else "at least "
    hops = counted(lineage["hops"], "hop")
    return f"{status['address']}: {hops}, {lineage['state']}; {least}{children}; {expansion['granted']} expanded"
