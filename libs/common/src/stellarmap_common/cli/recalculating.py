"""What `stellarmap standings recalculate` does: asks page by page, and waits until the tracker has told the last of it."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stellarmap_common.cli.output import err, out, print_columns
from stellarmap_common.domain.words import counted
from stellarmap_common.errors import RateLimited

if TYPE_CHECKING:
    from stellarmap_common.runtime.running import LocalApi

LOOK_S = 0.25
WAITED_S = 60.0  # for the tracker, once it was asked for everything
SHOWN = 50


async def recalculated(api: "LocalApi", network: str, asked: Mapping[str, object]) -> dict[str, Any]:
    """All pages as one: who was looked at, of whom something is told, and whether all of it is told by now."""
    accounts: list[Any] = []
    standing, cursor = 0, None
    last: tuple[str, str] | None = None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Looking at standings (Ctrl-C: run it again to go on)", total=None)
        while True:
            page = await _patiently(api, f"/admin/{network}/standings/recalculate", {**asked, "cursor": cursor})
            accounts += page["accounts"]
            standing += page["standing"]
            if page["cause"]:
                last = (page["accounts"][-1]["address"], page["cause"])
            progress.update(task, total=max(page["ranked"], standing), completed=standing)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        progress.update(task, description="Waiting for the tracker", total=None)
        told = last is None or await _told(api, network, *last)
    return {
        "network": page["network"],
        "dry_run": page["dry_run"],
        "standing": standing,
        "accounts": accounts,
        "told": told,
    }


def tell_recalculated(found: Mapping[str, Any]) -> None:
    """The same for people."""
    accounts = found["accounts"]
    rows = [(each["address"], ", ".join(f"{xlm:,}" for xlm in each["thresholds_xlm"])) for each in accounts[:SHOWN]]
    if rows:
        print_columns(("account", "threshold XLM"), rows)
    if len(accounts) > SHOWN:
        err.print(f"The first {SHOWN} of {len(accounts):,} are shown; --json prints all.")
    dry = " (dry run: nothing was changed)" if found["dry_run"] else ""
    verb = "would be recorded" if found["dry_run"] else "recorded"
    out.print(
        f"{found['network']}: {counted(found['standing'], 'standing account')} looked at; {len(accounts):,} {verb}{dry}"
    )
    if not found["told"]:
        err.print(
            f"The tracker has not told all of it within {WAITED_S:.0f} s: it does as soon as it runs and is not behind."
        )


async def _patiently(api: "LocalApi", path: str, body: object) -> Any:  # noqa: ANN401 - JSON
    while True:
        try:
            return await api.post(path, body)
        except RateLimited as limited:
            await asyncio.sleep(limited.retry_after_s or LOOK_S)


async def _told(api: "LocalApi", network: str, address: str, cause: str) -> bool:
    """True once the tracker has told what was asked for last: it does one after another."""
    loop = asyncio.get_running_loop()
    end = loop.time() + WAITED_S
    while loop.time() < end:
        try:
            page = await api.get(f"/{network}/accounts/{address}/standing-changes?limit=50")
            if any(change["cause"] == cause for change in page["changes"]):
                return True
        except RateLimited as limited:
            await asyncio.sleep(limited.retry_after_s or LOOK_S)
        await asyncio.sleep(LOOK_S)
    return False
