"""How commands speak."""

import pytest
import typer

from stellarmap_common.cli.output import told_errors
from stellarmap_common.errors import StellarmapError


def test_an_error_is_told_as_it_is_whatever_brackets_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), told_errors():
        raise StellarmapError("a[/b] has [red] in it")
    assert "a[/b] has [red] in it" in capsys.readouterr().err
