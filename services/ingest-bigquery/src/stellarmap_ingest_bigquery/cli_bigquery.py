"""`stellarmap bigquery`: what its queries would cost, asked of BigQuery itself."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from stellarmap_common.errors import StellarmapError

if TYPE_CHECKING:
    from stellarmap_ingest_bigquery.estimates import Estimate

app = typer.Typer(no_args_is_help=True, help="BigQuery: what its queries would cost.")


@app.callback()
def _group() -> None:
    """BigQuery: what its queries would cost."""


@app.command()
def estimate(
    network: Annotated[str, typer.Option(help="public, or sandbox while StellarMap runs.")] = "public",
) -> None:
    """Show what each query would read and cost now, and which the cost guard would refuse. It costs nothing itself."""
    try:
        asyncio.run(_show(network))
    except StellarmapError as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from None


async def _show(network: str) -> None:
    from stellarmap_ingest_bigquery.estimates import open_estimates  # noqa: PLC0415 - `--help` must be quick

    async with open_estimates(network) as (notes, found):
        for note in notes:
            typer.echo(f"! {note}", err=True)
        typer.echo(f"{'query':<20} {'reads':>14} {'costs':>10}   of what")
        async for each in found:
            typer.echo(_line(each))


def _line(found: "Estimate") -> str:
    refused = f" ✗ {found.refusal}" if found.refusal else ""
    return f"{found.query:<20} {found.size / 1e9:>11,.3f} GB {f'${found.usd:,.4f}':>10}   {found.about}{refused}"
