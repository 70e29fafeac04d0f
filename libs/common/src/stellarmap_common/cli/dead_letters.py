"""`stellarmap dlq`: the records that were set aside, and giving them back to the group that could not handle them."""

import asyncio
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.markup import escape
from rich.progress import track

from stellarmap_common.cli.output import err, out, print_columns, told_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stellarmap_common.ports.dead_letters import DeadLetterEntry, DeadLetterId
    from stellarmap_common.runtime.settings import Settings

TOGETHER = 200  # what one call of the API takes
FORM = "TOPIC:PARTITION:OFFSET"

dlq = typer.Typer(no_args_is_help=True, help="Records that no handler could take: look at them, and give them back.")
Group = Annotated[str | None, typer.Option(help="Of this group alone, e.g. ingest-horizon.")]
Topic = Annotated[str | None, typer.Option(help="Of this topic alone: the original, or the dead-letter topic.")]


@dlq.command("list")
def list_dead_letters(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 50,
    group: Group = None,
    topic: Topic = None,
) -> None:
    """Show the newest dead letters: when, what, why, and whether they were replayed."""
    from stellarmap_common.runtime.settings import Settings

    with told_errors():
        entries = asyncio.run(_entries(Settings.load(), limit, group, topic))
    if entries:
        _tell(entries)
    else:
        out.print("[green]✓[/green] no dead letters")


@dlq.command("show")
def show_dead_letter(
    identity: Annotated[str, typer.Argument(metavar=FORM, help="As `dlq list` prints it.")],
) -> None:
    """Show one dead letter: where it came from, its headers and its value, seeds cut out."""
    from stellarmap_common.domain.address_text import redact_seeds
    from stellarmap_common.runtime.settings import Settings

    dead_letter = _id(identity)
    with told_errors():
        entry = asyncio.run(_entry(Settings.load(), dead_letter))
    if entry is None:
        _refuse(f"There is no dead letter {identity}. `stellarmap dlq list` shows those there are.")
    facts = {
        "reason": redact_seeds(entry.reason),
        "attempts": entry.attempts,
        "set aside at": entry.at.isoformat(),
        "replayed at": entry.replayed_at.isoformat() if entry.replayed_at else "never",
        "group": entry.group,
        "from": f"{entry.original_topic}:{entry.original_partition}:{entry.original_offset}",
        "key": redact_seeds(entry.key.decode(errors="replace")) if entry.key is not None else None,
    }
    for name, value in facts.items():
        out.print(f"[dim]{name:>13}[/dim]  {escape(str(value))}")
    for name, raw in entry.headers:
        shown = escape(redact_seeds(raw.decode(errors="replace")))
        out.print(f"[dim]{escape(redact_seeds(name)):>13}[/dim]  {shown}")
    out.print(redact_seeds(entry.value.decode(errors="replace")), markup=False)


@dlq.command("replay")
def replay_dead_letters(
    ids: Annotated[list[str] | None, typer.Argument(metavar=f"[{FORM}]…", help="As `dlq list` prints them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every one that was not replayed yet.")] = False,
    group: Group = None,
    topic: Topic = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show which ones it would be.")] = False,
) -> None:
    """Give dead letters back to the group that could not handle them, once the reason is mended.

    Each is handled as if it came for the first time; one that fails again becomes a new dead letter. Safe to repeat. In
    embedded mode the running process does it: start it with `stellarmap up`. The admin token is read from its data folder,
    or from STELLARMAP_ADMIN_TOKEN.
    """
    from stellarmap_common.runtime.settings import Settings

    wanted = [_id(text) for text in ids or ()]
    if bool(wanted) == every:
        raise typer.BadParameter("name dead letters by their ids, or all of them with --all", param_hint="ids")
    if wanted and (group or topic):
        raise typer.BadParameter("--group and --topic go with --all")
    with told_errors():
        settings = Settings.load()
        if dry_run:
            _tell_plan(*asyncio.run(_plan(settings, wanted, group, topic)))
            return
        replayed, gone = asyncio.run(_replay(settings, wanted, group, topic))
    out.print(f"[green]✓[/green] {replayed} given back; `stellarmap dlq list` shows what fails again")
    if gone:
        _refuse(f"These are no dead letters any more: {', '.join(gone)}")


async def _replay(
    settings: "Settings", wanted: "Sequence[DeadLetterId]", group: str | None, topic: str | None
) -> tuple[int, list[str]]:
    """How many were given back, in parts with progress, and which are gone. None wanted: all that were not replayed yet."""
    from stellarmap_common.cli.api import open_api

    ids = wanted or [entry.id for entry in (await _plan(settings, (), group, topic))[0]]
    parts = [ids[at : at + TOGETHER] for at in range(0, len(ids), TOGETHER)]
    async with open_api(settings, admin=True, else_refuse="nobody could handle what is replayed") as api:
        answers = [
            await api.post("/admin/dead-letters/replay", {"ids": [str(dead_letter) for dead_letter in part]})
            for part in track(parts, "Giving back", console=err, transient=True, disable=len(parts) <= 1)
        ]
    return sum(each["replayed"] for each in answers), [name for each in answers for name in each["gone"]]


async def _plan(
    settings: "Settings", wanted: "Sequence[DeadLetterId]", group: str | None, topic: str | None
) -> "tuple[Sequence[DeadLetterEntry], Sequence[DeadLetterId]]":
    """What would be replayed, and what is gone."""
    from stellarmap_common.runtime.engines import engine_of

    async with engine_of(settings).open_dead_letters() as letters:
        if wanted:
            found = {dead_letter: await letters.entry(*dead_letter) for dead_letter in wanted}
            return [entry for entry in found.values() if entry], [name for name, entry in found.items() if not entry]
        plan: list[DeadLetterEntry] = []
        before = None
        while page := await letters.entries(limit=TOGETHER, before=before, group=group, topic=topic):
            plan += [entry for entry in page if entry.replayed_at is None]
            before = page[-1].mark
        return plan, ()


def _tell_plan(plan: "Sequence[DeadLetterEntry]", gone: "Sequence[DeadLetterId]") -> None:
    if plan:
        _tell(plan)
    out.print(f"{len(plan)} would be given back")
    if gone:
        _refuse(f"These are no dead letters: {', '.join(map(str, gone))}")


async def _entries(
    settings: "Settings", limit: int, group: str | None, topic: str | None
) -> "tuple[DeadLetterEntry, ...]":
    from stellarmap_common.runtime.engines import engine_of

    async with engine_of(settings).open_dead_letters() as letters:
        return await letters.entries(limit=limit, group=group, topic=topic)


async def _entry(settings: "Settings", dead_letter: "DeadLetterId") -> "DeadLetterEntry | None":
    from stellarmap_common.runtime.engines import engine_of

    async with engine_of(settings).open_dead_letters() as letters:
        return await letters.entry(*dead_letter)


def _tell(entries: "Sequence[DeadLetterEntry]") -> None:
    from stellarmap_common.domain.address_text import redact_seeds

    rows = [
        (
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            str(entry.id),
            str(entry.attempts),
            f"{entry.replayed_at:%Y-%m-%d %H:%M:%S}" if entry.replayed_at else "no",
            redact_seeds(entry.reason),
        )
        for entry in entries
    ]
    print_columns(("at", "id", "attempts", "replayed", "reason"), rows)


def _id(text: str) -> "DeadLetterId":
    from stellarmap_common.ports.dead_letters import DeadLetterId

    found = DeadLetterId.parse(text)
    if found is None:
        raise typer.BadParameter(f"an id has the form {FORM}, as `stellarmap dlq list` prints it", param_hint="ids")
    return found


def _refuse(message: str) -> NoReturn:
    err.print(message, markup=False)
    raise typer.Exit(1)
