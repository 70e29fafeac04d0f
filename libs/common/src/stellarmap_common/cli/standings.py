"""`stellarmap standings`: the board of high-value accounts and what changed of it, by the API of the running process."""

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from stellarmap_common.cli.output import err, out, plain, print_columns, told_errors
from stellarmap_common.domain.standing import ChangeType
from stellarmap_common.domain.words import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from stellarmap_common.runtime.running import LocalApi
    from stellarmap_common.runtime.settings import Settings

TOGETHER = 500  # changes that one call of the API gives
UNKNOWN = "–"
COLUMNS = (
    *("network", "id", "changed_at", "ledger", "address", "home_domain", "type", "reason"),
    *("threshold_xlm", "thresholds_xlm", "old_rank", "new_rank", "rank_change"),
    *("old_balance_xlm", "new_balance_xlm", "balance_change_pct", "cause"),
)


class Period(StrEnum):
    """What badges compare with."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


standings = typer.Typer(no_args_is_help=True, help="High-value accounts: who stands where, and how that changed.")
Network = Annotated[str, typer.Option(help="public, testnet or sandbox; default: the first one offered.")]
Threshold = Annotated[int | None, typer.Option(help="In XLM, one of those that accounts are ranked by.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="For spreadsheets.")]


@standings.command("show")
def show(
    network: Network = "",
    threshold: Threshold = None,
    period: Annotated[Period, typer.Option(help="What ranks and balances are compared with.")] = Period.DAY,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many ranks.")] = 20,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the board: the largest balances first, each with what changed of it within the period."""
    asked = {"threshold": threshold, "period": period, "limit": limit}
    with told_errors():
        if as_csv:
            typer.echo(_ask(network, lambda api, name: api.text(_path(f"/{name}/standings/export", asked))), nl=False)
            return
        board = _ask(network, lambda api, name: api.get(_path(f"/{name}/standings", asked)))
    if as_json:
        out.print_json(data=board)
    else:
        _tell_board(board)


@standings.command("changes")
def changes(
    address: Annotated[str, typer.Argument(help="Of this account alone; default: of all, at one threshold.")] = "",
    network: Network = "",
    threshold: Threshold = None,
    types: Annotated[
        list[ChangeType] | None, typer.Option("--type", help="Of this type alone; may be given again.")
    ] = None,
    since: Annotated[str, typer.Option("--from", help="At or after: 2026-11, 2026-11-30 or a date-time (UTC).")] = "",
    until: Annotated[str, typer.Option("--to", help="At or before: a month or day (all of it), or a date-time.")] = "",
    home_domain: Annotated[str, typer.Option(help="Part of the home domain.")] = "",
    min_balance: Annotated[str, typer.Option(help="In XLM, after the change.")] = "",
    max_balance: Annotated[str, typer.Option(help="In XLM, after the change.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what changed of standings, the newest first: who entered, exited, rose, fell, gained and lost."""
    from urllib.parse import quote

    filters = {
        "from": since,
        "to": until,
        "home_domain": home_domain,
        "min_balance": min_balance,
        "max_balance": max_balance,
    }
    if address and any(filters.values()):
        raise typer.BadParameter("of one account, changes are narrowed by --threshold and --type alone")
    path = f"accounts/{quote(address)}/standing-changes" if address else "standings/changes"
    asked = {"threshold": threshold, "type": types or None, **({} if address else filters)}
    with told_errors():
        found = _ask(network, lambda api, name: _pages(api, f"/{name}/{path}", asked, limit))
    if as_json:
        out.print_json(data=found)
    elif as_csv:
        _write_csv(found)
    else:
        _tell_changes(found)


@standings.command("recalculate")
def recalculate(
    network: Network = "",
    thresholds: Annotated[
        list[int] | None,
        typer.Option("--threshold", help="At this one alone, in XLM; may be given again. Default: at all."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be recorded.")] = False,
    clear_existing: Annotated[
        bool,
        typer.Option(
            "--clear-existing",
            help="Of every account that stands: end what is recorded (EXITED), and record it as it stands now (ENTERED), so that "
            "later changes are compared with now. What was told stays readable: nothing is deleted.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell ENTERED of each account that stands where nothing was ever told of it. Run again, it changes nothing.

    The tracker does the writing, through its journal, like all else of standings; this looks for the accounts, and may be
    interrupted and begun again. What it tells counts as discovered: badges and top movers do not show it.
    """
    from stellarmap_common.cli.recalculating import recalculated, tell_recalculated

    asked = {"thresholds": thresholds or [], "dry_run": dry_run, "clear_existing": clear_existing}
    with told_errors():
        found = _ask(network, lambda api, name: recalculated(api, name, asked), admin=True)
    if as_json:
        out.print_json(data=found)
    else:
        tell_recalculated(found)


def _ask(network: str, ask: "Callable[[LocalApi, str], Awaitable[Any]]", *, admin: bool = False) -> Any:  # noqa: ANN401 - JSON, or a text
    """What is answered about the network."""
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.settings import Settings

    settings = Settings.load()
    configure_logs("WARNING", console=True)
    return asyncio.run(_asked(settings, network or str(settings.networks.networks[0]), ask, admin=admin))


async def _asked(
    settings: "Settings", network: str, ask: "Callable[[LocalApi, str], Awaitable[Any]]", *, admin: bool
) -> Any:  # noqa: ANN401 - JSON, or a text
    from stellarmap_common.cli.api import open_api

    async with open_api(settings, admin=admin) as api:
        return await ask(api, network)


async def _pages(api: "LocalApi", path: str, asked: "Mapping[str, object]", limit: int) -> dict[str, Any]:
    """So many changes, however many pages they stand on, as one page."""
    found: list[Any] = []
    cursor = None
    while True:
        page = await api.get(_path(path, {**asked, "limit": min(TOGETHER, limit - len(found)), "cursor": cursor}))
        found += page["changes"]
        cursor = page["next_cursor"]
        if cursor is None or len(found) >= limit:
            return {**page, "changes": found}


def _path(path: str, asked: "Mapping[str, object]") -> str:
    from urllib.parse import urlencode

    given = {name: value for name, value in asked.items() if value not in (None, "")}
    return f"{path}?{urlencode(given, doseq=True)}"


def _tell_board(board: "Mapping[str, Any]") -> None:
    whole = board["coverage"]
    of = "all accounts" if whole["of"] == "network" else "mapped accounts"
    out.print(
        Text(
            f"{board['network']} · at least {board['threshold_xlm']:,} XLM: {counted(board['accounts'], 'account')}, "
            f"{_xlm(board['total_stroops'])} XLM · {whole['accounts']:,} {of} are ranked · "
            f"as of {board['board_as_of'] or 'never'}",
            style="dim",
        )
    )
    rows = [
        (
            f"{row['rank']:,}",
            _badge(row),
            row["address"],
            _xlm(row["balance_stroops"]),
            _percent(row["balance_change_pct"]),
            plain(row["home_domain"] or UNKNOWN),
            row["creator"] or UNKNOWN,
        )
        for row in board["rows"]
    ]
    if rows:
        print_columns(("rank", board["period"], "account", "balance XLM", "change", "home domain", "created by"), rows)
    else:
        err.print("Nobody of whom a balance is known stands there.")


def _tell_changes(found: "Mapping[str, Any]") -> None:
    rows = [
        (
            change["changed_at"][:19].replace("T", " "),
            change["type"],
            change["address"],
            ", ".join(f"{each:,}" for each in change["thresholds_xlm"]),
            f"{_rank(change['old_rank'])} → {_rank(change['new_rank'])}",
            _xlm(change["new_balance_stroops"]),
            _percent(change["balance_change_pct"]),
            change["reason"],
            plain(change["home_domain"] or UNKNOWN),
        )
        for change in found["changes"]
    ]
    if rows:
        names = ("at", "what", "account", "threshold XLM", "rank", "balance XLM", "change", "why", "home domain")
        print_columns(names, rows)
    else:
        err.print("Nothing of that has changed.")
    if found["next_cursor"]:
        err.print("There are older ones: --limit shows more.")


def _write_csv(found: "Mapping[str, Any]") -> None:
    from stellarmap_common.domain.amounts import decimal_from_stroops
    from stellarmap_common.domain.csv_lines import csv_lines

    def xlm(stroops: str | None) -> str | None:
        return None if stroops is None else decimal_from_stroops(int(stroops))

    rows = (
        {
            **change,
            "network": found["network"],
            "thresholds_xlm": " ".join(map(str, change["thresholds_xlm"])),
            "old_balance_xlm": xlm(change["old_balance_stroops"]),
            "new_balance_xlm": xlm(change["new_balance_stroops"]),
        }
        for change in found["changes"]
    )
    typer.echo(csv_lines([COLUMNS, *(map(row.get, COLUMNS) for row in rows)]), nl=False)


def _badge(row: "Mapping[str, Any]") -> str:
    if row["discovered"]:
        return UNKNOWN
    if row["new"]:
        return "★ NEW"
    moved = row["rank_change"]
    if moved is None:
        return UNKNOWN
    return f"{'▲' if moved > 0 else '▼'}{abs(moved):,}" if moved else "="


def _rank(rank: int | None) -> str:
    return UNKNOWN if rank is None else f"#{rank:,}"


def _percent(percent: float | None) -> str:
    return UNKNOWN if percent is None else f"{percent:+,.1f} %"


def _xlm(stroops: str) -> str:
    """With the commas of thousands and all decimals."""
    from stellarmap_common.domain.amounts import decimal_from_stroops

    whole, _, decimals = decimal_from_stroops(int(stroops)).partition(".")
    return f"{int(whole):,}.{decimals}"
