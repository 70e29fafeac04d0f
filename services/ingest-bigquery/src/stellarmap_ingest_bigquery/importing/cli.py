"""`stellarmap import network`: every creation and merge of a network, stored at once."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from stellarmap_common.domain.words import counted
from stellarmap_common.errors import StellarmapError

if TYPE_CHECKING:
    from stellarmap_common.runtime.settings import Settings
    from stellarmap_ingest_bigquery.importing.importer import Outcome
    from stellarmap_ingest_bigquery.importing.rows import RowSource

CLOCKS_DIFFER = timedelta(seconds=1)  # a job is named by milliseconds
REJECTED, INTERRUPTED = 3, 130  # exit codes
OF_FILE = "--from"

app = typer.Typer(help="Whole networks at once.", no_args_is_help=True)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@app.callback()
def _group() -> None:
    """Whole networks at once."""


@app.command()
def network(
    name: Annotated[str, typer.Option("--network", help="Which network.")] = "public",
    file: Annotated[
        Path | None,
        typer.Option(OF_FILE, help="A .parquet or .csv file of its rows, as docs/import.md tells; else BigQuery."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what happened from this day on (UTC).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would take, and store nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Store every creation and merge of a network. Stopped or killed, the same command goes on where it was.

    It needs the store for itself: of one process, stop `stellarmap up` first. Exit code 3: some rows were no facts.
    """
    from stellarmap_common.observability.failpoints import arm_failpoint
    from stellarmap_common.runtime.settings import Settings

    begin = since.replace(tzinfo=UTC) if since else None
    with _told_errors():
        settings = Settings.load()
        arm_failpoint(settings.process.failpoint)
        outcome = asyncio.run(_import(settings, name, file, begin, dry_run=dry_run, yes=yes))
    if outcome and outcome.state.rejected:
        raise typer.Exit(REJECTED)


async def _import(
    settings: "Settings", name: str, file: Path | None, since: datetime | None, *, dry_run: bool, yes: bool
) -> "Outcome | None":
    from stellarmap_common.runtime.importing import open_importing
    from stellarmap_ingest_bigquery.importing.files import open_file
    from stellarmap_ingest_bigquery.importing.importer import Importer, begun

    if file is None:
        return await _import_hubble(settings, name, since, dry_run=dry_run, yes=yes)
    source = open_file(file)
    if dry_run:
        _tell_estimate(settings, source, 0)
        return None
    async with open_importing(settings) as opened:
        chosen = opened.network(name)
        before = await opened.stores.imports.state_of(chosen.key)
        _tell_estimate(settings, source, begun(before, chosen, source, since).rows)
        if not (yes or _confirmed()):
            return None
        async with opened.alone(chosen):
            with _shown(source) as shown:
                outcome = await Importer(opened.stores, chosen, _rejects_of(file), shown, alone=True).run(source, since)
    _tell_outcome(outcome, _rejects_of(file))
    return outcome


async def _import_hubble(
    settings: "Settings", name: str, since: datetime | None, *, dry_run: bool, yes: bool
) -> "Outcome | None":
    from stellarmap_common.runtime.importing import open_importing
    from stellarmap_ingest_bigquery.importing.asking import open_asking
    from stellarmap_ingest_bigquery.importing.importer import Importer, begun

    async with open_asking(settings, name, since) as asking:
        for line in asking.told:
            out.print(line, markup=False)
        if dry_run:
            return None
        async with open_importing(settings) as opened:
            chosen = opened.network(name)
            if not (
                yes or typer.confirm("Ask BigQuery, and import?", err=True)
            ):  # without a terminal it is not paid for
                return None
            async with opened.alone(chosen):
                asked_at = datetime.now(UTC)
                source = await asking.rows(opened.stores)
                if source.asked_at < asked_at - CLOCKS_DIFFER:
                    out.print(
                        f"BigQuery still keeps its answer of {source.asked_at:%Y-%m-%d %H:%M} UTC: nothing is asked or paid "
                        "again. What happened since is read by the next import, a day after it."
                    )
                before = await opened.stores.imports.state_of(chosen.key)
                _tell_estimate(settings, source, begun(before, chosen, source, since).rows)
                with _shown(source) as shown:
                    importer = Importer(opened.stores, chosen, _rejects_of(None), shown, alone=True)
                    outcome = await importer.run(source, since)
    _tell_outcome(outcome, _rejects_of(None))
    return outcome


def _rejects_of(file: Path | None) -> Path:
    return Path(f"{file.name if file else 'network'}.rejects.jsonl").absolute()


def _confirmed() -> bool:
    return not sys.stdin.isatty() or typer.confirm("Import?", err=True)


def _tell_estimate(settings: "Settings", source: "RowSource", stored: int) -> None:
    from stellarmap_ingest_bigquery.importing.estimate import estimate_of
    from stellarmap_ingest_bigquery.importing.importer import rows_of

    rows = rows_of(source)
    about = estimate_of(max(rows - stored, 0), settings.process.mode)
    known = "" if source.rows is not None else "about "
    size = f", {_bytes(source.size)}" if source.size else ""
    out.print(f"{source.name}: {known}{counted(rows, 'row')}{size}", markup=False)
    if stored:
        out.print(f"{stored:,} of them {'is' if stored == 1 else 'are'} stored already: it goes on there.")
    if about.rows:
        besides = "" if source.size else ", besides the time that BigQuery takes to send them"
        out.print(f"About {_minutes(about.seconds)} of writing{besides}, and {_bytes(about.disk)} of the store's disk.")


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.0f} minutes" if seconds >= 2 * 60 else counted(max(round(seconds), 1), "second")


def _bytes(count: int) -> str:
    """In GiB from one GiB on."""
    return f"{count / 1024**3:,.1f} GiB" if count >= 1024**3 else f"{max(count / 1024**2, 1):,.0f} MiB"


def _tell_outcome(outcome: "Outcome", rejects: Path) -> None:
    state = outcome.state
    out.print(
        f"[green]✓[/green] {counted(state.rows, 'row is', 'rows are')} stored"
        f"{f', {outcome.skipped:,} left out' if outcome.skipped else ''}"
    )
    if state.whole_to:
        out.print(
            f"{state.network} is whole up to ledger {state.whole_to:,}: what is older is answered from the store."
        )
    else:
        out.print(
            f"{state.network} is not whole: what is stored helps, and accounts are asked for as before. A file of all of "
            "history, without --since, would make it so."
        )
    if state.rejected:
        _tell_rejects(outcome, rejects)


def _tell_rejects(outcome: "Outcome", rejects: Path) -> None:
    no_facts = counted(outcome.state.rejected, "row was no fact", "rows were no facts")
    err.print(
        f"[yellow]![/yellow] {no_facts}, so by this import nothing more is whole. Mend "
        "them, and import the file again (docs/import.md says how to export one): what is stored stays. They are in "
        f"{escape(str(rejects))}.{' The first of this run:' if outcome.first_rejects else ''}"
    )
    for reject in outcome.first_rejects:
        err.print(f"  row {reject.row:,}: {reject.reason}", markup=False)


class _Shown:
    """Progress on the terminal."""

    def __init__(self, progress: Progress, source: "RowSource") -> None:
        self._progress = progress
        self._size = source.size
        self._total = source.rows
        self._task = progress.add_task("rows", total=source.rows, mib="", rejected="")

    def rows(self, done: int, rejected: int) -> None:
        mib = f"{self._size * done / self._total / 1024**2:,.0f} MiB" if self._total else ""
        told = f"{rejected:,} rejected" if rejected else ""
        self._progress.update(self._task, completed=done, mib=mib, rejected=told)

    def part(self, what: str) -> None:
        self._progress.update(self._task, description=what)


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")


@contextmanager
def _shown(source: "RowSource") -> Iterator[_Shown]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TextColumn("{task.fields[mib]} {task.fields[rejected]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        yield _Shown(progress, source)


@contextmanager
def _told_errors() -> Iterator[None]:
    """Errors as one sentence; Ctrl-C says what it left."""
    try:
        yield
    except StellarmapError as error:
        err.print(f"[red]✗[/red] {escape(str(error))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print("Interrupted. What was stored is kept: the same command goes on there.")
        raise typer.Exit(INTERRUPTED) from None


if __name__ == "__main__":
    app()
