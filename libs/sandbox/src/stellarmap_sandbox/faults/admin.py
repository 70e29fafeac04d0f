"""`/faults`: which faults are switched on, for whoever holds the admin token."""

from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stellarmap_common.runtime.admin import AdminToken
from stellarmap_sandbox.faults.fault import FaultsSeen, Kind
from stellarmap_sandbox.faults.switched import Faults

MAX_BODY_BYTES: Final = 64 * 1024
_METHODS: Final = ("GET", "PUT")
_PROBLEM: Final = "application/problem+json"
_NOT_KEPT: Final = {"cache-control": "no-store"}


class _Refused(Exception):
    def __init__(
        self, status: HTTPStatus, kind: str, detail: str, *, advice: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.body = {
            "type": kind,
            "title": status.phrase,
            "status": int(status),
            "detail": detail,
            "advice": advice,
        }
        self.status = status
        self.headers = headers or {}


class FaultsEndpoint:
    """GET answers with the present set, PUT replaces it. Everything else, and everybody without the token, is refused."""

    def __init__(self, faults: Faults, admin: AdminToken | None) -> None:
        self._faults = faults
        self._admin = admin  # None: nobody has a token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            self._check(request)
            return _json(self._faults.seen() if request.method == "GET" else await self._put(request))
        except _Refused as refused:
            body, headers = msgspec.json.encode(refused.body), {**_NOT_KEPT, **refused.headers}
            return Response(body, refused.status, headers, media_type=_PROBLEM)

    def _check(self, request: Request) -> None:
        if request.method not in _METHODS:
            allowed = {"allow": ", ".join(_METHODS)}
            raise _Refused(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Faults can be read and replaced, nothing else.",
                advice="Send GET or PUT.",
                headers=allowed,
            )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self._admin is None or scheme.lower() != "bearer" or not self._admin.matches(token.strip()):
            raise _Refused(
                HTTPStatus.UNAUTHORIZED,
                "admin-token-required",
                "Only who holds the admin token of this installation sees and changes faults.",
                advice="Send `Authorization: Bearer <token>`. The token stands in the file admin-token of its data folder; "
                "commands read it there, or in STELLARMAP_ADMIN_TOKEN.",
                headers={"www-authenticate": 'Bearer realm="StellarMap"'},
            )

    async def _put(self, request: Request) -> FaultsSeen:
        try:
            faults = msgspec.json.decode(await _body(request), type=FaultsSeen)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise _Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "invalid-faults",
                f"{wrong}.",
                advice=f"Nothing was changed. Kinds: {', '.join(Kind)}. docs/operations.md has every field.",
            ) from wrong
        return self._faults.put(faults.asked())


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                raise _Refused(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    "too-large",
                    f"A set of faults may have {MAX_BODY_BYTES // 1024} KiB.",
                    advice="Send fewer faults.",
                    headers={"connection": "close"},  # nobody reads the rest
                )
    except ClientDisconnect:
        raise _Refused(
            HTTPStatus.BAD_REQUEST, "cut-off", "The request ended too early.", advice="Send it again."
        ) from None
    return bytes(body)


def _json(faults: FaultsSeen) -> Response:
    return Response(msgspec.json.encode(faults), headers=_NOT_KEPT, media_type="application/json")
