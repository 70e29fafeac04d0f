"""The admin token: made once, readable by its owner alone, known by its hash."""

import hashlib
from pathlib import Path

import pytest

from stellarmap_common.runtime.admin import ENVIRONMENT, AdminTokenUnusable, admin_token, presented_token
from stellarmap_common.runtime.settings import ProcessSettings
from stellarmap_common.runtime.settings_base import InvalidSettings


def process(folder: Path, sha256: str = "") -> ProcessSettings:
    return ProcessSettings.model_validate({"data_dir": folder, "admin_token_sha256": sha256})


def test_a_token_is_made_at_the_first_start_and_stays(tmp_path: Path) -> None:
    made = admin_token(process(tmp_path))
    assert made.file == tmp_path / "admin-token"
    token = made.file.read_text().strip()
    assert len(token) >= 40
    assert admin_token(process(tmp_path)) == made
    assert made.matches(token)


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    made = admin_token(process(tmp_path))
    assert made.file
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["admin-token"]


def test_nothing_but_the_token_matches(tmp_path: Path) -> None:
    made = admin_token(process(tmp_path))
    assert made.file
    token = made.file.read_text().strip()
    assert not any(made.matches(wrong) for wrong in ("", " ", token[:-1], token + "a", token.swapcase(), made.sha256))


def test_a_hash_in_the_settings_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    made = admin_token(process(tmp_path, hashlib.sha256(b"mine").hexdigest().upper()))
    assert made.file is None
    assert made.matches("mine")
    assert not made.matches("other")
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_is_no_hash_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STELLARMAP_ADMIN_TOKEN_SHA256", "the-token-itself")
    with pytest.raises(InvalidSettings) as refused:
        ProcessSettings.load()
    assert "STELLARMAP_ADMIN_TOKEN_SHA256" in str(refused.value)
    assert "the-token-itself" not in str(refused.value)


@pytest.mark.parametrize("held", ["", "\n", "two\nlines", "with blanks", "wörng"])
def test_a_file_that_holds_no_token_is_refused_and_not_repeated(held: str, tmp_path: Path) -> None:
    (tmp_path / "admin-token").write_text(held)
    for used in (lambda: admin_token(process(tmp_path)), lambda: presented_token(tmp_path)):
        with pytest.raises(AdminTokenUnusable, match="admin-token") as refused:
            used()
        assert not held.strip() or held.strip() not in str(refused.value)


@pytest.mark.parametrize("held", ["two\nlines", "wörng"])
def test_a_variable_that_holds_no_token_is_named_and_its_value_is_not(
    held: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, held)
    with pytest.raises(AdminTokenUnusable, match=ENVIRONMENT) as refused:
        presented_token(tmp_path)
    assert held not in str(refused.value)


def test_commands_take_the_variable_before_the_file_and_know_none_without_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    assert presented_token(tmp_path) == ""
    made = admin_token(process(tmp_path))
    assert made.matches(presented_token(tmp_path))
    monkeypatch.setenv(ENVIRONMENT, "another")
    assert presented_token(tmp_path) == "another"
