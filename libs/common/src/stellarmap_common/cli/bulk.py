"""`stellarmap request --bulk`: many accounts in the second lane, from a file or the standard input, one an entry a line."""

import asyncio
import hashlib
import json
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stellarmap_common.cli.output import WaitTeller, err, out
from stellarmap_common.errors import PermanentError, RateLimited

if TYPE_CHECKING:
    from stellarmap_common.runtime.running import LocalApi
    from stellarmap_common.runtime.settings import Settings

TOGETHER = 1_000
MAX_BYTES = 240 * 1024  # of the entries of one call; its body may have 256 KiB
LOOK_S = 0.25
SHOWN = 20


async def request_in_bulk(
    settings: "Settings", network: str, source: str, ask: Mapping[str, object], *, wait: bool
) -> dict[str, Any]:
    """Afterwards every account of the file is asked for, and read too if that is waited for. What became of each entry.

    The same entries again within a day are the same requests, so an interrupted command is resumed by repeating it.
    """
    from stellarmap_common.cli.api import open_api

    parts = _parts(_entries(source))
    found: dict[str, Any] = {"network": network, "queued": [], "known": [], "duplicate": [], "invalid": []}
    async with open_api(settings) as api:
        for before, part in parts:
            body = {"addresses": [entry for _, entry in part], **ask}
            answer = await _asked(api, network, body, before)
            for group in ("queued", "known", "duplicate"):
                found[group] += answer[group]
            found["invalid"] += [{**each, "index": part[each["index"]][0]} for each in answer["invalid"]]
        if wait:
            await _watch(api, network, [each["request_id"] for each in found["queued"]])
    return found


async def _asked(api: "LocalApi", network: str, body: Mapping[str, object], before: int) -> Any:  # noqa: ANN401 - JSON
    """The answer to one part, however long the limit of bulk requests makes it wait."""
    while True:
        try:
            return await api.post(f"/{network}/requests:bulk", body, {"Idempotency-Key": _key(network, body)})
        except RateLimited as limited:
            err.print(
                f"{before:,} entries are asked for. {limited} Ctrl-C stops waiting; the same command goes on later."
            )
            await asyncio.sleep(limited.retry_after_s or LOOK_S)


def tell_bulk(found: Mapping[str, Any], *, waited: bool) -> None:
    """Prints the groups."""
    state = "mapped" if waited else "queued"
    out.print(f"{len(found['queued']):>7,} {state}")
    out.print(f"{len(found['known']):>7,} known already")
    out.print(f"{len(found['duplicate']):>7,} duplicate")
    out.print(f"{len(found['invalid']):>7,} invalid")
    for each in found["invalid"][:SHOWN]:
        entry = "(not shown: it may hold a secret seed)" if each["input"] is None else each["input"]
        err.print(f"[dim]line {each['index'] + 1}[/dim] {escape(entry)}: {each['reason']}")
    if len(found["invalid"]) > SHOWN:
        err.print(f"… and {len(found['invalid']) - SHOWN:,} more; --json prints all.")


def _entries(source: str) -> list[tuple[int, str]]:
    """The lines that are neither empty nor comments, each with how many lines stand before it."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(f"{source} cannot be read: {error}") from None
    entries = [(index, line) for index, line in enumerate(text.splitlines()) if _is_entry(line)]
    if not entries:
        raise PermanentError(f"{'The standard input' if source == '-' else source} holds no accounts.")
    return entries


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _parts(entries: Sequence[tuple[int, str]]) -> list[tuple[int, list[tuple[int, str]]]]:
    """The entries in parts that one call takes, each with how many entries stand before it."""
    parts: list[tuple[int, list[tuple[int, str]]]] = [(0, [])]
    size = 0
    for number, (index, entry) in enumerate(entries):
        length = len(json.dumps(entry)) + 1
        if len(parts[-1][1]) == TOGETHER or (size + length > MAX_BYTES and parts[-1][1]):
            parts.append((number, []))
            size = 0
        parts[-1][1].append((index, entry))
        size += length
    return parts


def _key(network: str, body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps([network, body], sort_keys=True).encode()).hexdigest()


async def _watch(api: "LocalApi", network: str, request_ids: Sequence[str]) -> None:
    """Looks at them in their order, which is about the order they are worked off in."""
    left = deque(request_ids)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    teller = WaitTeller(network)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Mapping (Ctrl-C leaves it to the system)", total=len(left))
        while left:
            try:
                status = await api.get(f"/{network}/requests/{left[0]}")
            except RateLimited as limited:
                await asyncio.sleep(limited.retry_after_s or LOOK_S)
                continue
            if status["completed"]:
                left.popleft()
                progress.update(task, advance=1)
            else:
                teller.look(status["queue"])
                await asyncio.sleep(LOOK_S)
