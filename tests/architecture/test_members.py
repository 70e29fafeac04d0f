"""Who knows one member of the workspace knows them all, and every tool knows every member."""

import tomllib
from configparser import ConfigParser
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from stellarmap_common.runtime.members import WITH_SETTINGS
from tests.support.tree import MEMBERS, ROOT

SERVICES = tuple(member for member in MEMBERS if member.parent.name == "services")
FILES_OF_A_SERVICE = ("service.py", "handlers.py")


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def package_of(member: Path) -> Path:
    """Its import package: the only one, named like the folder."""
    (package,) = (found for found in (member / "src").iterdir() if (found / "__init__.py").exists())
    assert package.name == f"stellarmap_{member.name.replace('-', '_')}"
    return package


def registered(member: Path) -> dict[str, str]:
    """The services that a member offers to installations."""
    entries: dict[str, str] = project(member)["project"].get("entry-points", {}).get("stellarmap.services", {})
    return entries


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_member_is_typed_and_licensed_and_named_like_its_folder(member: Path) -> None:
    described = project(member)["project"]
    assert (package_of(member) / "py.typed").exists()
    assert described["name"] == f"stellarmap-{member.name}"
    assert described["license"] == "MIT"
    assert described["requires-python"] == ">=3.11"
    assert described["description"]


@pytest.mark.parametrize(
    "member", [member for member in SERVICES if registered(member)], ids=lambda member: member.name
)
def test_a_service_has_the_files_that_every_service_has(member: Path) -> None:
    package = package_of(member)
    assert [name for name in FILES_OF_A_SERVICE if not (package / name).exists()] == []
    assert registered(member) == {member.name: f"{package.name}.service:open_service"}


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_the_settings_of_a_member_are_known(member: Path) -> None:
    package = package_of(member)
    assert package.name in WITH_SETTINGS or not (package / "settings.py").exists()


def test_each_registered_service_is_installed() -> None:
    installed = {entry.name: entry.value for entry in entry_points(group="stellarmap.services")}
    declared = {name: value for member in SERVICES for name, value in registered(member).items()}
    assert installed == declared


def test_the_tools_know_every_member() -> None:
    packages = {package_of(member).name for member in MEMBERS}
    root = project(ROOT)["tool"]
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    assert set(parser["importlinter"]["root_packages"].split()) == packages
    assert set(root["uv"]["sources"]) == {f"stellarmap-{member.name}" for member in MEMBERS}
    assert set(root["ruff"]["lint"]["isort"]["known-first-party"]) == {*packages, "tests"}
    assert {Path(path).parent.name for path in root["mypy"]["mypy_path"].split(":")} == {
        member.name for member in MEMBERS
    }
