"""`stellarmap config`: what is configured at run time, and changing it while all runs."""

import asyncio
import getpass
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from stellarmap_common.cli.output import out, print_columns, told_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stellarmap_common.ports.config_store import ConfigChange
    from stellarmap_common.runtime.config_changes import KeyState
    from stellarmap_common.runtime.settings import Settings

MOST_CHANGES = 10_000

config = typer.Typer(
    no_args_is_help=True, help="What may be changed while all runs: a stored value wins over the settings."
)
Key = Annotated[str, typer.Argument(metavar="KEY", help="As `config show` prints it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@config.command("show")
def show(
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="This one alone, with all that is known of it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what is in force: each value, whether the environment or somebody says so, and its default."""
    from stellarmap_common.runtime.config import config_key
    from stellarmap_common.runtime.settings import Settings

    with told_errors():
        wanted = config_key(key) if key else None
        found = asyncio.run(_states(Settings.load()))
    states = [state for state in found if wanted in {None, state.key}]
    if as_json:
        out.print_json(data=_as_json(states[0]) if key else [_as_json(state) for state in states])
    elif key:
        _tell_all_of(states[0])
    else:
        _tell(states)


@config.command("set")
def set_key(
    key: Key,
    value: Annotated[str, typer.Argument(help="What it may be, `config show KEY` tells.")],
    as_json: AsJson = False,
) -> None:
    """Store a value. It holds in every process within 2 s, and after every restart, until it is changed or unset.

    In embedded mode the running process does it; if none runs, one is started until it is done. The admin token is read from
    its data folder, or from STELLARMAP_ADMIN_TOKEN.
    """
    from stellarmap_common.runtime.config import config_key

    with told_errors():
        config_key(key).parse(value)  # refused before anything is started
        _tell_changed(_change("PUT", key, {"value": value, "changed_by": _who()}), as_json=as_json)


@config.command("unset")
def unset_key(key: Key, as_json: AsJson = False) -> None:
    """Leave a key to the environment again, as with `set`."""
    from urllib.parse import quote

    from stellarmap_common.runtime.config import config_key

    with told_errors():
        named = config_key(key).name
        _tell_changed(_change("DELETE", f"{named}?changed_by={quote(_who())}"), as_json=as_json)


@config.command("changes")
def changes(
    limit: Annotated[int, typer.Option(min=1, max=MOST_CHANGES, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who changed what and when, the newest first."""
    from stellarmap_common.runtime.settings import Settings

    with told_errors():
        found = asyncio.run(_changes(Settings.load(), limit))
    if as_json:
        out.print_json(data=[_change_as_json(change) for change in found])
        return
    rows = [
        (
            f"{change.changed_at:%Y-%m-%d %H:%M:%S}",
            change.key,
            "the environment's" if change.before is None else change.before,
            "the environment's" if change.value is None else change.value,
            change.changed_by,
        )
        for change in found
    ]
    if rows:
        print_columns(("at", "key", "from", "to", "by"), rows)
    else:
        out.print("[green]✓[/green] nothing was ever changed: the environment says all")


async def _states(settings: "Settings") -> "tuple[KeyState, ...]":
    from stellarmap_common.errors import NotFound
    from stellarmap_common.runtime.config_changes import key_states
    from stellarmap_common.runtime.engines import engine_of

    try:
        async with engine_of(settings).open_to_look() as stores:
            return key_states(await stores.config.stored(), settings)
    except NotFound:  # nothing has run here yet
        return key_states((), settings)


async def _changes(settings: "Settings", limit: int) -> "tuple[ConfigChange, ...]":
    from stellarmap_common.errors import NotFound
    from stellarmap_common.runtime.engines import engine_of

    try:
        async with engine_of(settings).open_to_look() as stores:
            return await stores.config.changes(limit)
    except NotFound:
        return ()


def _change(method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    from stellarmap_common.observability.logs import configure_logs
    from stellarmap_common.runtime.settings import Settings

    settings = Settings.load()
    configure_logs("WARNING", console=True)
    return asyncio.run(_asked(settings, method, path, body))


async def _asked(settings: "Settings", method: str, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
    from stellarmap_common.cli.api import open_api

    async with open_api(settings, admin=True) as api:
        return await api.ask(method, f"/api/v1/admin/config/{path}", body)


def _who() -> str:
    """Who is named beside the change."""
    with suppress(OSError, KeyError):  # a container's user may have no name
        return f"{getpass.getuser()} at the command line"
    return "the command line"


def _tell(states: "Sequence[KeyState]") -> None:
    from stellarmap_common.runtime.config import told

    rows = [
        (
            state.key.name,
            told(state.value),
            "stored" if state.stored else "environment",
            told(state.default),
            state.key.unit,
            state.latest.changed_by if state.latest else "",
        )
        for state in states
    ]
    print_columns(("key", "value", "from", "default", "unit", "changed by"), rows)


def _tell_all_of(state: "KeyState") -> None:
    told = _as_json(state)
    change = told.pop("last_change")
    told["last change"] = f"{change['changed_at']} by {change['changed_by']}" if change else "never"
    for name, value in told.items():
        if value not in {None, ""}:
            out.print(f"[dim]{name:>11}[/dim]  {escape(str(value))}")


def _tell_changed(now: Any, *, as_json: bool) -> None:  # noqa: ANN401 - JSON
    if as_json:
        out.print_json(data=now)
        return
    whose = "stored" if now["source"] == "stored" else "the environment's"
    out.print(f"[green]✓[/green] {now['key']} is {escape(now['value'])} ({whose}); in force everywhere within 2 s")
    if now["reason"]:
        out.print(now["reason"], markup=False)


def _as_json(state: "KeyState") -> dict[str, Any]:
    from stellarmap_common.runtime.config import told
    from stellarmap_common.runtime.settings_base import variable_of

    return {
        "key": state.key.name,
        "value": told(state.value),
        "default": told(state.default),
        "source": "stored" if state.stored else "environment",
        "reason": state.reason,
        "range": state.key.range,
        "unit": state.key.unit,
        "effect": state.key.effect,
        "setting": variable_of(state.key.name),
        "version": state.version,
        "last_change": _change_as_json(state.latest) if state.latest else None,
    }


def _change_as_json(change: "ConfigChange") -> dict[str, Any]:
    return {
        "key": change.key,
        "version": change.version,
        "value": change.value,
        "before": change.before,
        "changed_at": change.changed_at.isoformat(),
        "changed_by": change.changed_by,
    }
