"""What every HTTP answer of a process has, whichever part gives it: security headers, and a name it may be reached by."""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from stellarmap_common.runtime.settings import Mode, ProcessSettings

CSP = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
WRONG_HOST = "This installation does not answer under this name. Use localhost, or set STELLARMAP_HTTP_ALLOWED_HOSTS."


class Front:
    """Wraps the parts that are no API: the pages and the sandbox. Refuses names of strangers, adds the headers."""

    def __init__(self, app: Any, hosts: frozenset[str] | None) -> None:  # noqa: ANN401 - ASGI
        self._app = app
        self._hosts = hosts  # None: any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        async def with_headers(message: Any) -> None:  # noqa: ANN401 - ASGI
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *SECURITY_HEADERS]}
            await send(message)

        host = dict(scope["headers"]).get(b"host", b"")
        if not host_allowed(host, self._hosts):
            await _refuse(with_headers)
            return
        await self._app(scope, receive, with_headers)


def allowed_hosts(process: ProcessSettings) -> frozenset[str] | None:
    """The names that a browser may reach this process by; None: any, as behind a proxy that knows the names."""
    if process.mode is not Mode.EMBEDDED or "*" in process.http_allowed_hosts:
        return None
    return frozenset(name.lower() for name in ("localhost", process.http_host, *process.http_allowed_hosts))


def host_allowed(header: bytes, hosts: frozenset[str] | None) -> bool:
    """True for a name that is ours, or for a bare address: no page of a stranger can have that as its own name."""
    if hosts is None:
        return True
    host = header.decode("latin-1").strip().lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name in hosts:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(send: Any) -> None:  # noqa: ANN401 - ASGI
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": HTTPStatus.MISDIRECTED_REQUEST, "headers": headers})
    await send({"type": "http.response.body", "body": WRONG_HOST.encode()})
