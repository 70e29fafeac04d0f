"""`stellarmap migrate` and `topics`: the store's schema, and the topics."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import typer

from stellarmap_common.cli.output import out, print_columns, told_errors
from stellarmap_common.domain.words import counted

topics = typer.Typer(no_args_is_help=True, help="The topics: what the table says, and what the broker has.")


def migrate() -> None:
    """Bring the store to the newest schema; of a file a backup is made before. Safe to repeat."""
    from stellarmap_common.runtime.engines import engine_of
    from stellarmap_common.runtime.settings import Settings

    with told_errors():
        applied = asyncio.run(engine_of(Settings.load()).migrate())
    for name in applied:
        out.print(f"[green]✓[/green] {name}")
    if not applied:
        out.print("[green]✓[/green] the store has the newest schema")


class Topics(Protocol):
    """A bus, as far as its topics go."""

    async def apply_topics(self) -> tuple[str, ...]:
        """Afterwards every topic exists; the names of the new ones."""
        ...

    async def topics_diff(self) -> tuple[str, ...]:
        """One line for each way in which the broker differs from the table."""
        ...


async def _topics(does: Callable[[Topics], Awaitable[tuple[str, ...]]]) -> tuple[str, ...]:
    from stellarmap_common.runtime.engines import engine_of
    from stellarmap_common.runtime.settings import Settings

    async with engine_of(Settings.load()).open_topics() as bus:
        return await does(bus)


@topics.command()
def apply() -> None:
    """Create every topic that is missing. Safe to repeat; `stellarmap up` does it at each start, `stellarmap run` does not."""
    with told_errors():
        created = asyncio.run(_topics(lambda bus: bus.apply_topics()))
    for name in created:
        out.print(f"[green]+[/green] {name}")
    out.print(f"{counted(len(created), 'topic')} created" if created else "[green]✓[/green] every topic exists")


@topics.command()
def diff() -> None:
    """Show how the broker differs from the table of topics; exit code 1 if it does."""
    with told_errors():
        differences = asyncio.run(_topics(lambda bus: bus.topics_diff()))
    for line in differences:
        out.print(line)
    if differences:
        raise typer.Exit(1)
    out.print("[green]✓[/green] the broker has every topic as the table says")


@topics.command("list")
def list_topics() -> None:
    """Show the table of topics: who writes each, who reads it, how long it lives."""
    from stellarmap_common.events.topics import TOPICS

    rows = []
    for topic in TOPICS:
        kept = "newest of a key" if topic.retention_s is None else f"{topic.retention_s // 3_600} h"
        consumers = ", ".join(topic.consumers) or "all, no group"
        rows.append((topic.name, topic.key, str(topic.partitions), kept, ", ".join(topic.producers), consumers))
    print_columns(("topic", "key", "partitions", "kept", "written by", "read by"), rows)
