"""`stellarmap migrate`, `topics` and `dlq`: the store's schema, the topics, and the records that were set aside."""

import asyncio
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from stellarmap_common.cli.output import err, out, told_errors

topics = typer.Typer(no_args_is_help=True, help="The topics: what the table says, and what the broker has.")
dlq = typer.Typer(no_args_is_help=True, help="Records that no handler could take, with the reason.")


def migrate() -> None:
    """Bring the store to the newest schema; a backup of the file is made before. Safe to repeat."""
    from stellarmap_common.runtime.reading import migrate_store
    from stellarmap_common.runtime.settings import ProcessSettings

    with told_errors():
        applied = migrate_store(ProcessSettings.load())
    for name in applied:
        out.print(f"[green]✓[/green] {name}")
    if not applied:
        out.print("[green]✓[/green] the store has the newest schema")


@topics.command()
def apply() -> None:
    """Create every topic that is missing. Safe to repeat; `stellarmap up` does it at each start."""
    from stellarmap_common.runtime.settings import Settings
    from stellarmap_common.runtime.topics import apply_topics

    with told_errors():
        created = asyncio.run(apply_topics(Settings.load()))
    for name in created:
        out.print(f"[green]+[/green] {name}")
    out.print(f"{len(created)} topics created" if created else "[green]✓[/green] every topic exists")


@topics.command()
def diff() -> None:
    """Show how the broker differs from the table of topics; exit code 1 if it does."""
    from stellarmap_common.runtime.settings import Settings
    from stellarmap_common.runtime.topics import topics_diff

    with told_errors():
        differences = asyncio.run(topics_diff(Settings.load()))
    for line in differences:
        out.print(line)
    if differences:
        raise typer.Exit(1)
    out.print("[green]✓[/green] the broker has every topic as the table says")


@topics.command("list")
def list_topics() -> None:
    """Show the table of topics: who writes each, who reads it, how long it lives."""
    from stellarmap_common.events.topics import TOPICS

    table = Table("topic", "key", "partitions", "kept", "written by", "read by", box=None)
    for topic in TOPICS:
        kept = "newest of a key" if topic.retention_s is None else f"{topic.retention_s // 3_600} h"
        consumers = ", ".join(topic.consumers) or "all, no group"
        table.add_row(topic.name, topic.key, str(topic.partitions), kept, ", ".join(topic.producers), consumers)
    out.print(table)


@dlq.command("list")
def list_dead_letters(limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 50) -> None:
    """Show the newest dead letters: when, what, why."""
    from stellarmap_common.domain.address_text import redact_seeds
    from stellarmap_common.runtime.settings import ProcessSettings
    from stellarmap_common.runtime.topics import dead_letters

    with told_errors():
        entries = asyncio.run(dead_letters(ProcessSettings.load(), limit))
    table = Table("at", "id", "attempts", "reason", box=None)
    for entry in entries:
        identity = f"{entry.topic}/{entry.partition}/{entry.offset}"
        table.add_row(
            f"{entry.at:%Y-%m-%d %H:%M:%S}", identity, str(entry.attempts), escape(redact_seeds(entry.reason))
        )
    if entries:
        out.print(table)
    else:
        out.print("[green]✓[/green] no dead letters")


@dlq.command("show")
def show_dead_letter(
    identity: Annotated[str, typer.Argument(metavar="TOPIC/PARTITION/OFFSET", help="As `dlq list` prints it.")],
) -> None:
    """Show one dead letter: where it came from, its headers and its value, seeds cut out."""
    from stellarmap_common.domain.address_text import redact_seeds
    from stellarmap_common.runtime.settings import ProcessSettings
    from stellarmap_common.runtime.topics import dead_letter

    topic, _, rest = identity.partition("/")
    partition, _, offset = rest.partition("/")
    if not (partition.isdigit() and offset.isdigit()):
        raise typer.BadParameter("an id has the form TOPIC/PARTITION/OFFSET", param_hint="identity")
    with told_errors():
        entry = asyncio.run(dead_letter(ProcessSettings.load(), topic, int(partition), int(offset)))
    if entry is None:
        err.print(f"There is no dead letter {identity}. `stellarmap dlq list` shows those there are.")
        raise typer.Exit(1)
    facts = {
        "reason": redact_seeds(entry.reason),
        "attempts": entry.attempts,
        "set aside at": entry.at.isoformat(),
        "group": entry.group,
        "from": f"{entry.original_topic}/{entry.original_partition}/{entry.original_offset}",
        "key": entry.key.decode(errors="replace") if entry.key is not None else None,
    }
    for name, value in facts.items():
        out.print(f"[dim]{name:>13}[/dim]  {escape(str(value))}")
    for name, raw in entry.headers:
        out.print(f"[dim]{escape(name):>13}[/dim]  {escape(redact_seeds(raw.decode(errors='replace')))}")
    out.print(redact_seeds(entry.value.decode(errors="replace")), markup=False)
