"""`stellarmap migrate` and `topics`: the store's schema, and the topics."""

import asyncio

import typer

from stellarmap_common.cli.output import counted, out, print_columns, told_errors

topics = typer.Typer(no_args_is_help=True, help="The topics: what the table says, and what the broker has.")


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
    out.print(f"{counted(len(created), 'topic')} created" if created else "[green]✓[/green] every topic exists")


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

    rows = []
    for topic in TOPICS:
        kept = "newest of a key" if topic.retention_s is None else f"{topic.retention_s // 3_600} h"
        consumers = ", ".join(topic.consumers) or "all, no group"
        rows.append((topic.name, topic.key, str(topic.partitions), kept, ", ".join(topic.producers), consumers))
    print_columns(("topic", "key", "partitions", "kept", "written by", "read by"), rows)
