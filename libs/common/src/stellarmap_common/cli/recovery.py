"""`stellarmap reset-stale` and `recover-stuck`: accounts that make no progress, mended at an operator's word."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stellarmap_common.cli.output import err, out, print_columns, told_errors

if TYPE_CHECKING:
    from stellarmap_common.runtime.settings import Settings

SHOWN = 50

Network = Annotated[str, typer.Option(help="public, testnet or sandbox; default: all that are offered.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def reset_stale(
    minutes: Annotated[
        int | None,
        typer.Option(min=1, help="Without progress for longer than this; default: stuck_processing_minutes, 30."),
    ] = None,
    network: Network = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make accounts ERROR that are PROCESSING without progress, and free their runs. Recovery then takes them up again."""
    _mend("reset-stale", network, {"minutes": minutes, "dry_run": dry_run}, as_json=as_json)


def recover_stuck(network: Network = "", dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Ask again for the steps of stuck accounts: at most three times, then they fail. What waits in a queue is not stuck."""
    _mend("recover-stuck", network, {"dry_run": dry_run}, as_json=as_json)


def _mend(what: str, network: str, body: dict[str, object], *, as_json: bool) -> None:
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.settings import Settings

    with told_errors():
        settings = Settings.load()
        configure_logs("WARNING", console=True)
        names = [network] if network else [str(name) for name in settings.networks.networks]
        summaries = asyncio.run(_asked(settings, what, names, body))
    if as_json:
        out.print_json(data=summaries)
        return
    for summary in summaries:
        _tell(summary)


async def _asked(settings: "Settings", what: str, names: list[str], body: dict[str, object]) -> list[Any]:
    from stellarmap_common.cli.api import open_api

    async with open_api(settings, admin=True) as api:
        return [await api.post(f"/admin/{name}/{what}", body) for name in names]


def _tell(summary: Any) -> None:  # noqa: ANN401 - JSON
    accounts = summary["accounts"]
    rows = [
        (
            each["address"],
            each["status"],
            (each["since"] or "–")[:19].replace("T", " "),
            each["done"],
            str(len(each["request_ids"])),
        )
        for each in accounts[:SHOWN]
    ]
    if rows:
        print_columns(("account", "was", "since", "done", "requests"), rows)
    counts = Counter(each["done"] for each in accounts)
    told = ", ".join(f"{count:,} {done}" for done, count in sorted(counts.items())) or "nothing is stuck"
    dry = " (dry run: nothing was changed)" if summary["dry_run"] else ""
    out.print(f"{summary['network']}: {summary['unfinished']:,} unfinished accounts looked at; {told}{dry}")
    if len(accounts) > SHOWN:
        err.print(f"The first {SHOWN} of {len(accounts):,} are shown; --json prints all.")
    if not summary["complete"]:
        err.print("There are more accounts than are looked at together: run it again.")
