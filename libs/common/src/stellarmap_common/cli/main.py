"""The command line `stellarmap`: one file a group of commands; each imports what it needs only when it is called."""

from typing import Annotated

import typer

from stellarmap_common.cli import (
    asking,
    backup,
    config,
    dead_letters,
    doctor,
    embedded,
    looking,
    recovery,
    services,
    settings,
    standings,
    storage,
)
from stellarmap_common.runtime.members import added_commands

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a traceback must not show values: one might be a secret
    rich_markup_mode="rich",
    help="Who created this Stellar account, all the way back to genesis; and what did it create?",
)
app.command("up")(embedded.up)
app.command("run")(services.run)
app.command("request")(asking.request)
app.command("lineage")(looking.lineage)
app.command("digest")(looking.digest)
app.add_typer(standings.standings, name="standings")
app.command("migrate")(storage.migrate)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(storage.topics, name="topics")
app.add_typer(dead_letters.dlq, name="dlq")
app.command("reset-stale")(recovery.reset_stale)
app.command("recover-stuck")(recovery.recover_stuck)
app.command("doctor")(doctor.doctor)
app.add_typer(config.config, name="config")
app.add_typer(settings.settings, name="settings")
for command in added_commands():
    app.add_typer(command.load(), name=command.name)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"stellarmap {version('stellarmap-common')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Settings are read from STELLARMAP_… variables and from `.env`; `stellarmap settings example` lists them."""
