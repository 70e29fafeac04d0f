"""Nothing leaves the process that has not passed the limiter."""

import ast
from pathlib import Path

import httpx

from stellarmap_common.adapters.stellar.http import LimitedHttp
from stellarmap_common.domain.status import Lane
from stellarmap_common.errors import RateLimited
from tests.support.tree import ROOT

ADAPTERS = "libs/common/src/stellarmap_common/adapters"
WAY_OUT = f"{ADAPTERS}/stellar/http.py"
OWN_PROCESS = f"{ADAPTERS}/local"  # speaks to this very product on this machine, for commands
WITHOUT_A_CLIENT = {"AsyncBaseTransport", "URL"}  # what other modules may use of httpx


def modules() -> list[Path]:
    return [path for folder in ("libs", "services") for path in (ROOT / folder).glob("*/src/**/*.py")]


def used_of_httpx(path: Path) -> set[str]:
    """What a module uses of httpx; everything, if that cannot be seen."""
    text = path.read_text()
    if "httpx" not in text:
        return set()
    tree = ast.parse(text)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    if any(isinstance(node, ast.ImportFrom) and (node.module or "").startswith("httpx") for node in imported):
        return {"everything"}
    names = {alias.asname or alias.name for node in imported if isinstance(node, ast.Import) for alias in node.names}
    if "httpx" not in names:
        return set()
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "httpx"
    }


def test_one_module_alone_has_a_client() -> None:
    using = {str(path.relative_to(ROOT)): used_of_httpx(path) - WITHOUT_A_CLIENT for path in modules()}
    found = {path for path, used in using.items() if used and not path.startswith(OWN_PROCESS)}
    assert found == {WAY_OUT}


def test_whatever_uses_the_client_has_asked_the_limiter_before() -> None:
    (limited,) = (
        node
        for node in ast.walk(ast.parse((ROOT / WAY_OUT).read_text()))
        if isinstance(node, ast.ClassDef) and node.name == "LimitedHttp"
    )
    using = [method for method in limited.body if "self._client." in ast.unparse(method)]
    assert [getattr(method, "name", "") for method in using] == ["get", "get_pinned"]
    for method in using:
        assert isinstance(method, ast.AsyncFunctionDef)
        first = method.body[1]  # after the docstring
        assert ast.unparse(first).startswith("await self._limiter.acquire(")


async def test_a_refusal_of_the_limiter_stops_the_request() -> None:
    class Refusing:
        async def acquire(self, source: str, lane: Lane, *, max_wait_s: float = 5.0) -> None:
            raise RateLimited(f"{source}, {lane}, {max_wait_s}")

    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        http = LimitedHttp(client, Refusing())  # type: ignore[arg-type]
        for asking in (http.get("http://a", "a", Lane.USER), http.get_pinned("https://a", "1.1.1.1", "a", longest=1)):
            try:
                await asking
            except RateLimited:
                continue
            raise AssertionError
    assert sent == []
