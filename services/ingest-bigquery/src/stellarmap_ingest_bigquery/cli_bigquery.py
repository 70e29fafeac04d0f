"""`stellarmap bigquery`: what its queries would cost, asked of BigQuery itself; and the seed of standings."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from stellarmap_common.errors import StellarmapError

if TYPE_CHECKING:
    from stellarmap_ingest_bigquery.estimates import Estimate

app = typer.Typer(no_args_is_help=True, help="BigQuery: what its queries would cost, and the seed of standings.")
Network = Annotated[str, typer.Option(help="public, or sandbox while StellarMap runs.")]


@app.callback()
def _group() -> None:
    """BigQuery: what its queries would cost, and the seed of standings."""


@app.command()
def estimate(network: Network = "public") -> None:
    """Show what each query would read and cost now, and which the cost guard would refuse. It costs nothing itself."""
    try:
        asyncio.run(_show(network))
    except StellarmapError as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def seed(
    network: Network = "public",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would cost, and ask for nothing.")] = False,
) -> None:
    """Read the balances of all large accounts now, so that ranks are those of the whole network. It is done daily anyway.

    The cost guard holds. Where no StellarMap runs one is started for it.
    """
    try:
        asyncio.run(_seed(network, dry_run=dry_run))
    except StellarmapError as error:
        typer.echo(f"✗ {error}", err=True)
        raise typer.Exit(1) from None


async def _seed(network: str, *, dry_run: bool) -> None:
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.settings import Settings
    from stellarmap_ingest_bigquery.seeding.asking import seed_estimate, seeded

    settings = Settings.load()
    configure_logs("WARNING", console=True)
    if dry_run:
        typer.echo(_line(await seed_estimate(settings, network)))
        return
    done = await seeded(settings, network, lambda told: typer.echo(told, err=True))
    covers = done["covers"]
    if covers is None:
        typer.echo(f"✓ {network} has no account that is large enough to be ranked")
        return
    typer.echo(
        f"✓ {done['told']:,} accounts of {network} have {covers['from_xlm']:,} XLM or more: ranks are those of the network as of "
        f"ledger {covers['ledger']:,}"
    )


async def _show(network: str) -> None:
    from stellarmap_ingest_bigquery.estimates import open_estimates

    async with open_estimates(network) as (notes, found):
        for note in notes:
            typer.echo(f"! {note}", err=True)
        typer.echo(f"{'query':<20} {'reads':>14} {'costs':>10}   of what")
        async for each in found:
            typer.echo(_line(each))


def _line(found: "Estimate") -> str:
    refused = f" ✗ {found.refusal}" if found.refusal else ""
    return f"{found.query:<20} {found.size / 1e9:>11,.3f} GB {f'${found.usd:,.4f}':>10}   {found.about}{refused}"
