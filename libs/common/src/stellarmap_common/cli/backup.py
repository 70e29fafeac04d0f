"""`stellarmap backup` and `restore`: all that an installation keeps, copied while it runs, and brought back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

from stellarmap_common.cli.output import err, out, told_errors

if TYPE_CHECKING:
    from stellarmap_common.runtime.backup import Manifest, Told


def backup(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[DEST]", help="A folder to make; default: stellarmap-backup-<time> in this folder."),
    ] = None,
) -> None:
    """Copy everything this installation keeps into a new folder, also while it runs and writes. Ctrl-C leaves nothing."""
    from stellarmap_common.runtime.backup import back_up  # `--help` must be quick
    from stellarmap_common.runtime.clock import SystemClock
    from stellarmap_common.runtime.settings import ProcessSettings

    chosen = target or Path(f"stellarmap-backup-{SystemClock().now():%Y%m%dT%H%M%SZ}")
    with _told("Nothing was kept."), _shown() as told:
        manifest = back_up(ProcessSettings.load(), chosen, told)
    out.print(f"[green]✓[/green] {_said(manifest)}; all of it checked.")
    out.print(f"It is in {chosen.absolute()}. `stellarmap restore {chosen}` brings it back.", markup=False)


def restore(source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The folder that a backup made.")]) -> None:
    """Bring a backup into the data folder, which must be empty and nobody's. Ctrl-C leaves nothing."""
    from stellarmap_common.runtime.backup import restore as bring_back  # `--help` must be quick
    from stellarmap_common.runtime.settings import ProcessSettings

    with _told("Nothing was restored."), _shown() as told:
        process = ProcessSettings.load()
        manifest = bring_back(process, source, told)
    out.print(f"[green]✓[/green] {_said(manifest)}; every file is as it was.")
    out.print(f"It is in {process.data_dir.absolute()}. `stellarmap up` goes on from there.", markup=False)


def _said(manifest: "Manifest") -> str:
    networks = ", ".join(manifest.networks) or "no network yet"
    return f"{manifest.bytes / 1024**2:,.1f} MiB of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC ({networks})"


@contextmanager
def _told(interrupted: str) -> Iterator[None]:
    """Errors as one sentence; Ctrl-C says what it left: nothing."""
    try:
        with told_errors():
            yield
    except KeyboardInterrupt:
        err.print(f"Interrupted. {interrupted}")
        raise typer.Exit(130) from None


@contextmanager
def _shown() -> "Iterator[Told]":
    """Progress on the terminal, for as long as it is told."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Looking", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        yield told
