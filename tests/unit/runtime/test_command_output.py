"""How commands speak."""

import errno
from io import StringIO

import pytest
import typer
from rich.console import Console

from stellarmap_common.cli import output
from stellarmap_common.cli.output import WaitTeller, plain, told_errors
from stellarmap_common.errors import StellarmapError


def test_an_error_is_told_as_it_is_whatever_brackets_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), told_errors():
        raise StellarmapError("a[/b] has [red] in it")
    assert "a[/b] has [red] in it" in capsys.readouterr().err


def test_what_a_terminal_would_obey_is_not_told() -> None:
    assert plain("\x1b]0;owned\x07 exämple.org \u202e") == "�]0;owned� exämple.org �"


def test_a_full_disk_is_told_and_another_failure_of_the_system_is_not_hidden(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit), told_errors():
        raise OSError(errno.ENOSPC, "No space left on device", "/data/log.sqlite.lock")
    told = capsys.readouterr().err
    assert "/data/log.sqlite.lock" in told
    assert "STELLARMAP_DATA_DIR" in told
    with pytest.raises(OSError, match="too many"), told_errors():
        raise OSError(errno.EMFILE, "too many")


def queue(waits_for: str | None, *, ahead: int | None = None, since: str | None = None) -> dict[str, object]:
    return {"waits_for": waits_for, "ahead": ahead, "source_away_since": since, "reason": "[why]"}


def test_where_nobody_watches_each_change_of_what_is_waited_for_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    teller = WaitTeller("sandbox")
    for looked in (None, "turn", None, "turn", "source", "source", None, None, "rate-limit"):
        teller.look(queue(looked, ahead=3))
    assert capsys.readouterr().err.splitlines() == [
        "waits for its turn on sandbox; steps before it: 3",
        "waits for Horizon of sandbox: [why]",
        "Horizon of sandbox answers: it goes on",
        "waits for the rate limit of sandbox: [why]",
    ]
    teller.look(queue("source", since="2026-11-25T00:59:00Z"))
    told = "waits for Horizon of sandbox, away since 2026-11-25T00:59:00Z: [why]"
    assert capsys.readouterr().err.splitlines() == [told]


def test_on_a_terminal_only_a_source_that_is_away_is_told_beside_the_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Console(file=StringIO(), force_terminal=True, no_color=True, soft_wrap=True, highlight=False)
    monkeypatch.setattr(output, "err", terminal)
    teller = WaitTeller("sandbox")
    for looked in ("turn", "rate-limit", "source", "source", None, "turn"):
        teller.look(queue(looked, ahead=3))
    assert isinstance(terminal.file, StringIO)
    assert terminal.file.getvalue().splitlines() == [
        "waits for Horizon of sandbox: [why]",
        "Horizon of sandbox answers: it goes on",
    ]
