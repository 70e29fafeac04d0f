"""`stellarmap lineage` and `digest`: what is stored, read from the files whether or not a process holds them."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from stellarmap_common.cli.output import err, out, told_errors

if TYPE_CHECKING:
    from stellarmap_common.domain.creation import Creation, Incarnation
    from stellarmap_common.lineage.digest import Digest
    from stellarmap_common.runtime.reading import StoredLineage
    from stellarmap_common.runtime.settings import Settings


def lineage(
    address: Annotated[str, typer.Argument(help="The account's address, G….")],
    network: Annotated[str, typer.Option(help="public, testnet or sandbox; default: the first one offered.")] = "",
    children: Annotated[int, typer.Option(min=0, max=100_000, help="How many children to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the stored lineage of an account: its chain to genesis, and what it created."""
    from stellarmap_common.runtime.settings import Settings  # `--help` must be quick

    with told_errors():
        stored = asyncio.run(_lineage(Settings.load(), network, address, children))
    if as_json:
        out.print_json(data=_json(stored))
    else:
        out.print(_tree(stored))
    if not stored.walk.hops:
        err.print(f"Nothing is mapped yet. Ask for it: stellarmap request {stored.account.address}")
        raise typer.Exit(1)


def digest(
    network: Annotated[str, typer.Option(help="Only this network; default: all that are offered.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print one short text for all facts stored of each network: equal texts mean equal facts."""
    from stellarmap_common.runtime.settings import Settings  # `--help` must be quick

    with told_errors():
        digests = asyncio.run(_digests(Settings.load(), network))
    if as_json:
        import msgspec

        out.print_json(data=msgspec.to_builtins(digests))
        return
    table = Table("network", "creations", "merges", "facts", "exact", box=None)
    for each in digests:
        table.add_row(each.network, f"{each.creations:,}", f"{each.ends:,}", each.facts, each.exact)
    out.print(table)


async def _lineage(settings: "Settings", network: str, text: str, children: int) -> "StoredLineage":
    from stellarmap_common.runtime.reading import open_reading

    async with open_reading(settings) as reading:
        return await reading.lineage(reading.account(network, text), children)


async def _digests(settings: "Settings", network: str) -> "list[Digest]":
    from stellarmap_common.lineage.digest import digest_of
    from stellarmap_common.runtime.reading import open_reading

    async with open_reading(settings) as reading:
        wanted = [reading.network(network)] if network else list(reading.networks)
        return [await digest_of(reading.stores.creations, each.key) for each in wanted]


def _tree(stored: "StoredLineage") -> Tree:
    """Genesis at the top, the account below its ancestors, its children below it."""
    state = stored.walk.state if not stored.walk.reason else f"{stored.walk.state}: {stored.walk.reason}"
    root = Tree(Text(f"{stored.account.network} · {state}", style="dim"), guide_style="dim")
    at = root
    for hop in reversed(stored.walk.hops):
        mine = hop is stored.walk.hops[0]
        at = at.add(_hop(hop, "bold yellow" if mine else "yellow"))
    for child in stored.children:
        at.add(_creation(child, "cyan"))
    more = stored.total - len(stored.children)
    if more > 0 or not stored.complete:
        at.add(Text(f"+ {max(more, 0):,} more{'' if stored.complete else ', at least'}", style="dim"))
    return root


def _hop(life: "Incarnation", style: str) -> Text:
    text = _creation(life.creation, style)
    if life.end:
        text.append(f"  merged into {life.end.merged_into}", style="red")
    return text


def _creation(creation: "Creation", style: str) -> Text:
    from stellarmap_common.domain.amounts import decimal_from_stroops

    text = Text(creation.account, style=style)
    when = f"{creation.created_at:%Y-%m-%d}" if creation.created_at else "time unknown"
    facts = [when, f"ledger {creation.ledger:,}" if creation.placed else "", str(creation.kind).replace("_", " ")]
    if creation.starting_balance_stroops is not None:
        facts.append(f"{decimal_from_stroops(creation.starting_balance_stroops)} XLM")
    if not creation.exact:
        facts.append("provisional")
    return text.append("  " + " · ".join(filter(None, facts)), style="dim")


def _json(stored: "StoredLineage") -> dict[str, Any]:
    import msgspec

    return {
        "network": stored.account.network,
        "address": stored.account.address,
        "lineage": stored.walk.state,
        "reason": stored.walk.reason,
        "hops": [
            {**msgspec.to_builtins(hop.creation), "exact": hop.creation.exact, "end": msgspec.to_builtins(hop.end)}
            for hop in stored.walk.hops
        ],
        "children": [msgspec.to_builtins(child) for child in stored.children],
        "total": stored.total,
        "complete": stored.complete,
    }
