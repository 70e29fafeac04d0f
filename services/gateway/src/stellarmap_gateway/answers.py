"""Successful answers: JSON with an ETag that does not change with the moment of reading."""

from hashlib import blake2b

from fastapi import Request, Response
from pydantic import BaseModel

PACKED_BYTES = 16 * 1024  # what is smaller goes out in a few packets anyway, and is asked for most often
PACKED_LEVEL = (
    1  # a board of 1,000 ranks, or the dots of a hub, are a tenth smaller at level 9, at three times the time
)

JSON = "application/json"
OK = 200
NOT_MODIFIED = 304
_AS_OF = b'"as_of":"'
_HEAD_BYTES = 256  # `as_of` is among the first fields
_IMMUTABLE_S = 3_600


def answer(request: Request, body: BaseModel, *, status: int = OK, headers: dict[str, str] | None = None) -> Response:
    """The body as JSON; 304 when it is what the client has, whatever the moment it was read at."""
    content = body.model_dump_json().encode()
    named = {"cache-control": "no-cache", **(headers or {})}
    if request.method == "GET" and status == OK:
        named["etag"] = f'W/"{_digest(content)}"'
        if has_tag(request, named["etag"]):
            return Response(status_code=NOT_MODIFIED, headers=named)
    return Response(content, status_code=status, headers=named, media_type=JSON)


def fixed(request: Request, text: str, media_type: str) -> Response:
    """A text that this version of StellarMap always gives."""
    content = text.encode()
    headers = {"etag": f'"{_hash(content)}"', "cache-control": f"public, max-age={_IMMUTABLE_S}"}
    if has_tag(request, headers["etag"]):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def _digest(content: bytes) -> str:
    start = content.find(_AS_OF, 0, _HEAD_BYTES)
    if start < 0:
        return _hash(content)
    end = content.index(b'"', start + len(_AS_OF))
    return _hash(content[:start], content[end:])


def _hash(*parts: bytes) -> str:
    hashed = blake2b(digest_size=12)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def has_tag(request: Request, etag: str) -> bool:
    """True when the client has what the tag stands for."""
    known = request.headers.get("if-none-match", "")
    tags = {each.strip().removeprefix("W/") for each in known.split(",")}  # weak or not makes no difference here
    return etag.removeprefix("W/") in tags or known.strip() == "*"
