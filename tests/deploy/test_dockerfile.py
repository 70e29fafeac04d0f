"""The image is built from exact versions, holds every member, and runs as nobody in particular."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from docker.utils.build import exclude_paths  # type: ignore[import-untyped]

from tests.support.deployment import DOCKERFILE, Instruction, members_named, stages
from tests.support.tree import MEMBERS, ROOT

HADOLINT = Path(sys.executable).with_name("hadolint")
TAGGED = re.compile(r"(?P<image>[\w./-]+):(?P<version>\d+\.\d+\.\d+)-[\w-]+(?: AS \w+)?")


def instructions(word: str) -> list[Instruction]:
    return [each for stage in stages() for each in stage if each.word == word]


def copied_from_here() -> list[str]:
    """Sources of COPY in this tree."""
    rows = [each.rest.split() for each in instructions("COPY") if "--from=" not in each.rest]
    return [source for row in rows for source in row[:-1] if not source.startswith("--")]


def ignored() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    said = subprocess.run(
        [HADOLINT, "--failure-threshold", "style", DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, "")


def test_every_stage_begins_with_an_exact_version_on_debian() -> None:
    for each in instructions("FROM"):
        assert TAGGED.fullmatch(each.rest), each.rest
        assert "slim" in each.rest
        assert "bookworm" in each.rest


def test_what_is_built_and_what_runs_have_the_same_python() -> None:
    bases = {each.rest.split()[0] for each in instructions("FROM") if each.rest.startswith("python:")}
    assert len(bases) == 1
    minor = ".".join(bases.pop().removeprefix("python:").split(".")[:2])
    assert set(re.findall(r"python(\d\.\d+)", DOCKERFILE.read_text())) == {minor}
    assert (
        tomllib.loads((ROOT / "libs/common/pyproject.toml").read_text())["project"]["requires-python"] == f">={minor}"
    )


def test_what_runs_is_no_root_and_holds_no_tools_of_building() -> None:
    last = stages()[-1]
    assert [each.rest for each in last if each.word == "USER"][-1] == "10001:10001"
    text = " ".join(each.rest for each in last if each.word == "RUN")
    assert re.search(r"\b(apt-get|pip|uv|npm|gcc|curl)\b", text) is None
    assert instructions("ADD") == []
    words = [each.word for each in last]
    assert {"HEALTHCHECK", "ENTRYPOINT", "CMD", "STOPSIGNAL", "LABEL"} <= set(words)
    assert next(each.rest for each in last if each.word == "ENTRYPOINT") == '["stellarmap"]'


def test_packages_are_those_of_the_lock_by_their_hashes() -> None:
    (text,) = (each.rest for each in instructions("RUN") if "pip sync" in each.rest)
    assert text.count("--require-hashes") == 2
    assert text.count("--only-binary :all:") == 2
    assert "requirements.lock" in text


def test_every_member_is_installed() -> None:
    (text,) = (each.rest for each in instructions("RUN") if "--no-build-isolation" in each.rest)
    assert members_named(text) == set(MEMBERS)
    assert " -e " not in text


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    for source in copied_from_here():
        assert (ROOT / source).exists(), source
        top = source.removeprefix("./").split("/")[0]
        assert any(line.removeprefix("!").startswith(top) for line in ignored() if line.startswith("!")), source


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        ("requirements.lock", True),
        ("libs/common/src/stellarmap_common/errors.py", True),
        ("libs/common/src/stellarmap_common/adapters/sqlite/migrations/0001_lineage.sql", True),
        ("services/web/package-lock.json", True),
        ("services/web/.npmrc", True),
        ("deploy/probe.py", True),
        (".venv/bin/python", False),
        (".data/admin-token", False),
        (".git/config", False),
        (".env", False),
        ("services/gateway/.env", False),
        (".cache/servers/kafka/x.jar", False),
        ("deploy/tls/tls.key", False),
        ("services/web/node_modules/vue/index.js", False),
        ("services/web/dist/index.html", False),
        ("libs/common/src/stellarmap_common/__pycache__/errors.pyc", False),
        ("tests/conftest.py", False),
    ],
)
def test_only_what_the_image_is_made_of_goes_to_the_engine(tmp_path: Path, path: str, *, goes: bool) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("")
    assert (path in exclude_paths(str(tmp_path), ignored())) is goes
