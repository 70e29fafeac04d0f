"""The files that put StellarMap into containers, read as data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.tree import ROOT

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy/service.Dockerfile"
Json = dict[str, Any]

_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?:(?P<how>:?[-?])(?P<text>[^}]*))?\}")


@cache
def compose() -> Json:
    """The file as written: anchors resolved, variables not."""
    document: Json = yaml.safe_load(COMPOSE.read_text())
    return document


def compose_services() -> dict[str, Json]:
    """Its services."""
    services: dict[str, Json] = compose()["services"]
    return services


@dataclass(frozen=True, slots=True)
class Variable:
    """`${name}`, with what stands behind it."""

    name: str
    how: str  # `:-` a default, `:?` it must be given
    text: str


def variables_in(value: object) -> Iterator[Variable]:
    """The variables that a part of the file asks for."""
    if isinstance(value, str):
        for found in _VARIABLE.finditer(value):
            yield Variable(found["name"], found["how"] or "", found["text"] or "")
    elif isinstance(value, dict):
        for each in value.values():
            yield from variables_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from variables_in(each)


def filled(text: str, given: dict[str, str]) -> str:
    """The text as Compose fills it in."""
    return _VARIABLE.sub(lambda found: given.get(found["name"]) or (found["text"] or ""), text)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, its lines joined."""

    word: str
    rest: str


def stages() -> list[list[Instruction]]:
    """The stages of the Dockerfile, each beginning with its FROM."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found: list[list[Instruction]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append(Instruction(word, rest.strip()))
    return found


def members_named(text: str) -> set[Path]:
    """The folders of members in a command."""
    return {ROOT / name for name in re.findall(r"\b(?:libs|services)/[\w-]+\b", text)}
