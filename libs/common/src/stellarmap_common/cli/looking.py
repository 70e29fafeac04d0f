"""`stellarmap lineage` and `digest`: what is stored, read from the files whether or not a process holds them."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from stellarmap_common.cli.output import err, out, print_columns, told_errors

if TYPE_CHECKING:
    from stellarmap_common.domain.creation import Creation
    from stellarmap_common.lineage.digest import Digest
    from stellarmap_common.runtime.reading import StoredLineage
    from stellarmap_common.runtime.settings import Settings

MORE_PAGES = 10


def lineage(
    address: Annotated[str, typer.Argument(help="The account's address, G….")],
    network: Annotated[str, typer.Option(help="public, testnet or sandbox; default: the first one offered.")] = "",
    children: Annotated[int, typer.Option(min=0, max=100_000, help="How many children to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the stored lineage of an account: its chain to genesis, and what it created."""
    from stellarmap_common.runtime.settings import Settings  # `--help` must be quick

    with told_errors():
        stored, pages = asyncio.run(_lineage(Settings.load(), network, address, children))
    if as_json:
        out.print_json(data=_json(stored))
    else:
        tell_lineage(stored)
        if stored.walk.hops and not stored.complete:
            where = f" --network {network}" if network else ""
            more = f"stellarmap request {stored.account.address}{where} --pages {max(2 * pages, MORE_PAGES)}"
            err.print(f"To read more of its children: {more}")
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
    rows = [(each.network, f"{each.creations:,}", f"{each.ends:,}", each.facts, each.exact) for each in digests]
    print_columns(("network", "creations", "merges", "facts", "exact"), rows)


async def _lineage(settings: "Settings", network: str, text: str, children: int) -> "tuple[StoredLineage, int]":
    """What is stored, and how many pages of its children were read."""
    from stellarmap_common.domain.status import Step
    from stellarmap_common.ports.run_store import RunRef
    from stellarmap_common.runtime.reading import open_reading

    async with open_reading(settings) as reading:
        account = reading.account(network, text)
        run = await reading.stores.runs.run_of(RunRef(account, Step.CHILDREN))
        return await reading.lineage(account, children), run.progress.pages if run else 0


async def _digests(settings: "Settings", network: str) -> "list[Digest]":
    from stellarmap_common.lineage.digest import digest_of
    from stellarmap_common.runtime.reading import open_reading

    async with open_reading(settings) as reading:
        wanted = [reading.network(network)] if network else list(reading.networks)
        return [await digest_of(reading.stores.creations, each.key) for each in wanted]


def tell_lineage(stored: "StoredLineage") -> None:
    """Prints the chain as a numbered list from genesis down to the account, then its children. No address is cut."""
    hops = stored.walk.hops
    state = stored.walk.state if not stored.walk.reason else f"{stored.walk.state}: {stored.walk.reason}"
    out.print(Text(f"{stored.account.network} · {state}", style="dim"))
    width = len(str(max(len(hops) - 1, 0)))
    under = " " * (width + 2)
    for number, hop in enumerate(reversed(hops)):  # genesis is 0: the last number is that of the hops
        _tell(f"{number:>{width}}  ", under, hop.creation, "bold yellow" if hop is hops[0] else "yellow")
        if hop.end:
            out.print(Text(f"{under}merged into {hop.end.merged_into}", style="red"))
    more = stored.total - len(stored.children)
    ends = [f"+ {more:,} more: --children {stored.total} shows them"] if more > 0 else []
    if not stored.complete:
        ends.append("not all children were read yet")
    elif not stored.exact:
        ends.append("at least these: its source does not tell of all")
    last = len(stored.children) + len(ends)
    for number, child in enumerate(stored.children, start=1):
        rail, below = ("└── ", "    ") if number == last else ("├── ", "│   ")
        _tell(under + rail, under + below, child, "cyan")
    for number, end in enumerate(ends, start=len(stored.children) + 1):
        out.print(Text(f"{under}{'└── ' if number == last else '├── '}{end}", style="dim"))


def _tell(rail: str, under: str, creation: "Creation", style: str) -> None:
    """One creation on a line; on a terminal too narrow for that, its facts on a line of their own."""
    name = Text.assemble((rail, "dim"), (creation.account, style))
    facts = Text(_facts(creation), style="dim")
    line = Text.assemble(name, "  ", facts)
    if out.is_terminal and line.cell_len > out.width:
        out.print(name)
        out.print(Text.assemble((under, "dim"), facts))
    else:
        out.print(line)


def _facts(creation: "Creation") -> str:
    from stellarmap_common.domain.amounts import decimal_from_stroops

    when = f"{creation.created_at:%Y-%m-%d}" if creation.created_at else "time unknown"
    facts = [when, f"ledger {creation.ledger:,}" if creation.placed else "", str(creation.kind).replace("_", " ")]
    if creation.starting_balance_stroops is not None:
        facts.append(f"{decimal_from_stroops(creation.starting_balance_stroops)} XLM")
    if not creation.exact:
        facts.append("provisional")
    return " · ".join(filter(None, facts))


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
        "exact": stored.exact,
    }
