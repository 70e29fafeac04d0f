"""The built pages as they are served: small enough, cached as long as they hold, and closed to foreign code."""

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.support.system import System
from tests.support.tree import ROOT

DIST = ROOT / "services/web/dist"
ENTRY = "index.html"
ACCOUNT = "AccountPage"
TREE = "LineageForms"
OPS = "OpsPage"
LEADERBOARD = "LeaderboardPage"
KIB = 1024
ADDRESS = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7"


def scripts_of(name: str) -> set[str]:
    """The scripts that the chunk of that key or name needs before it runs."""
    manifest: dict[str, dict[str, Any]] = json.loads((DIST / ".vite/manifest.json").read_text())
    needed: set[str] = set()
    todo = [key for key, chunk in manifest.items() if name in {key, chunk.get("name")}]
    assert todo, f"{name} is not in the manifest"
    while todo:
        chunk = manifest[todo.pop()]
        if chunk["file"] not in needed:
            needed.add(chunk["file"])
            todo += chunk.get("imports", [])
    return needed


def packed(scripts: set[str]) -> int:
    return sum(len(gzip.compress((DIST / script).read_bytes(), 9)) for script in scripts)


def test_the_entry_is_at_most_110_kib_packed() -> None:
    assert packed(scripts_of(ENTRY)) <= 110 * KIB


def test_the_account_page_adds_at_most_30_kib() -> None:
    assert packed(scripts_of(ACCOUNT) - scripts_of(ENTRY)) <= 30 * KIB


def test_the_canvas_of_the_account_page_is_a_chunk_of_its_own_of_at_most_50_kib() -> None:
    """What the page shows while it arrives is there already: who the account is, its chain, its children."""
    first = scripts_of(ENTRY) | scripts_of(ACCOUNT)
    assert scripts_of(TREE) - first
    assert packed(scripts_of(TREE) - first) <= 50 * KIB


def test_the_ops_page_is_no_part_of_the_entry() -> None:
    assert scripts_of(OPS) - scripts_of(ENTRY)
    assert packed(scripts_of(OPS) - scripts_of(ENTRY)) <= 20 * KIB


def test_the_leaderboard_adds_at_most_25_kib() -> None:
    assert packed(scripts_of(LEADERBOARD) - scripts_of(ENTRY)) <= 25 * KIB


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "path", ["/", "/ops", "/sandbox", "/sandbox/leaderboard", f"/sandbox/account/{ADDRESS}", "/no/such/page"]
)
async def test_every_page_is_the_app_asked_for_again_each_time(system: System, path: str) -> None:
    answer = await system.api.get(path)
    assert answer.status_code == httpx.codes.OK
    assert '<div id="app">' in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.asyncio(loop_scope="session")
async def test_hashed_files_are_kept_for_a_year(system: System) -> None:
    script = next(iter(scripts_of(ENTRY)))
    answer = await system.api.get(f"/{script}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_file_that_is_not_there_is_not_the_app(system: System) -> None:
    answer = await system.api.get("/assets/gone-12345678.js")
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.headers["cache-control"] == "no-cache"
