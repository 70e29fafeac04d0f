"""`stellarmap doctor`: checks everything an installation depends on, and says how to mend what is wrong."""

import asyncio
from typing import Annotated

import typer
from rich.markup import escape

from stellarmap_common.cli.output import out, told_errors


def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not call Horizon or Stellar Expert.")] = False,
) -> None:
    """Check everything this installation depends on, and say how to mend it. Exit code 1 if something must be mended."""
    from stellarmap_common.runtime.checks import Verdict, check_installation  # `--help` must be quick
    from stellarmap_common.runtime.settings import Settings

    marks = {Verdict.GOOD: "[green]✓[/green]", Verdict.NOTE: "[yellow]![/yellow]", Verdict.BAD: "[red]✗[/red]"}
    with told_errors():
        checks = asyncio.run(check_installation(Settings.load(), offline=offline))
    for check in checks:
        out.print(f"{marks[check.verdict]} [bold]{check.name}[/bold]  {escape(check.found)}")
        if check.mend:
            out.print(f"    {check.mend}", markup=False)
    if any(check.verdict is Verdict.BAD for check in checks):
        raise typer.Exit(1)
