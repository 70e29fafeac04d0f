"""The StellarMap process of this machine that holds a data folder: where it is, and its API as commands use it."""

import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, TextIO

import httpx

from stellarmap_common.errors import NotFound, PermanentError, RateLimited, TransientError

FILE = "running.json"
TIMEOUT_S = 30.0


@contextmanager
def announced(data_dir: Path, url: str) -> Iterator[None]:
    """While open, commands on the same data folder find this process."""
    path = data_dir / FILE
    with path.open("a+") as file:
        # The lock ends with the process, however it ends; a process id may be another's by the time it is looked at.
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "url": url}) + "\n")
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def running_url(data_dir: Path) -> str | None:
    """Where the process that holds the data folder answers; None if none does. A killed one leaves its file behind."""
    try:
        with (data_dir / FILE).open() as file:
            return str(json.load(file)["url"]) if _is_held(file) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_held(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


class LocalApi:
    """The API of a running process, for commands: answers are JSON (or a text), problems become errors of ours.

    All of them raise: NotFound, PermanentError, RateLimited, TransientError.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The answer to a GET below /api/v1."""
        return await self.ask("GET", f"/api/v1{path}")

    async def text(self, path: str) -> str:
        """The answer to a GET below /api/v1 that is no JSON."""
        return _answered(await self._client.get(f"/api/v1{path}")).text

    async def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer to a POST below /api/v1."""
        return await self.ask("POST", f"/api/v1{path}", body if body is not None else {}, headers)

    async def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer at any path of the process."""
        return _answered(await self._client.request(method, path, json=body, headers=headers)).json()


@asynccontextmanager
async def local_api(url: str, token: str = "") -> AsyncIterator[LocalApi]:
    """The API of the process at `url`, asked by whoever holds the token. Raises: TransientError when it does not answer."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S, trust_env=False) as client:
        try:
            yield LocalApi(client)
        except httpx.TransportError as error:
            raise TransientError(f"the StellarMap process at {url} does not answer: {error}") from error


def _answered(response: httpx.Response) -> httpx.Response:
    """The answer, if it is none of a problem."""
    if response.is_success:
        return response
    problem = response.json() if "json" in response.headers.get("content-type", "") else {}
    said = " ".join(filter(None, (problem.get("detail"), problem.get("advice")))) or f"HTTP {response.status_code}"
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFound(said)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(said, retry_after_s=problem.get("retry_after_s"))
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        raise PermanentError(
            "The admin token is missing, or not that of this process. It is taken from STELLARMAP_ADMIN_TOKEN where that is "
            "set, else from the file admin-token of the data folder."
        )
    raise PermanentError(said) if response.is_client_error else TransientError(said)
