"""All children of an account as dots, a few bytes each, and who one of them is. How the bytes are laid out: docs/children.md."""

import asyncio
import gzip
import struct
from datetime import datetime
from hashlib import blake2b

from fastapi import Request, Response

from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.rings import Rings, balance_class
from stellarmap_common.ports.creation_store import ChildRange
from stellarmap_gateway.answers import NOT_MODIFIED, PACKED_BYTES, PACKED_LEVEL, has_tag
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.problems import Missing
from stellarmap_gateway.schemas.lineage import ChildAt
from stellarmap_gateway.views.counts import known_and_counted
from stellarmap_gateway.views.lives import children_view, known_lives
from stellarmap_gateway.views.scope import scope_of

OCTETS = "application/octet-stream"
MAGIC = b"RING"
VERSION = 1
COMPLETE = 1
HEADER = struct.Struct("<4sBBHIIIQ")
SETTLED_S = 15  # a hub that nobody reads now grows only by what is found on the way to others


async def rings_answer(gateway: Gateway, account: AccountRef, request: Request) -> Response:
    """The dots. Raises: Missing, when nothing is known of the account."""
    stored, known = await known_and_counted(gateway, account)
    known_lives(gateway, account, stored, known)
    read = await gateway.rings.of(account)
    body = rings_body(read.value, as_of=read.as_of, complete=known.complete)
    headers = {
        "etag": f'W/"{blake2b(_without_as_of(body), digest_size=12).hexdigest()}"',
        "cache-control": f"max-age={SETTLED_S}" if known.done else "no-cache",
        "vary": "accept-encoding",
    }
    if has_tag(request, headers["etag"]):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    if len(body) >= PACKED_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        body = await asyncio.to_thread(gzip.compress, body, PACKED_LEVEL, mtime=0)  # of a million: 50 ms
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers, media_type=OCTETS)


async def child_at(gateway: Gateway, account: AccountRef, index: int) -> ChildAt:
    """The child that is the dot of that index. Raises: Missing."""
    stored, known = await known_and_counted(gateway, account)
    lives = known_lives(gateway, account, stored, known)
    read = await gateway.rings.of(account)
    place = read.value.place_of(index)
    if place is None:
        raise _no_such_dot(read.value.children)
    chunk, at = place
    children = await gateway.stores.creations.children_of(
        account, ChildRange(since=chunk.first_op, up_to=chunk.last_op), at + 1
    )
    if len(children) <= at:  # they became fewer since
        raise _no_such_dot(read.value.children)
    child = children[at]
    (life,) = await children_view(gateway, account, [child], lives=lives)
    return ChildAt(
        **{**scope_of(gateway, account.network), "as_of": read.as_of},
        address=account.address,
        i=index,
        count=read.value.children,
        minute=int(child.created_at.timestamp()) // 60 if child.created_at else None,
        balance_class=balance_class(child.starting_balance_stroops),
        child=life,
    )


def rings_body(rings: Rings, *, as_of: datetime, complete: bool) -> bytes:
    """The dots as they are sent."""
    steps = rings.steps()
    header = HEADER.pack(
        MAGIC,
        VERSION,
        COMPLETE if complete else 0,
        HEADER.size,
        rings.children,
        rings.first_minute,
        len(steps),
        round(as_of.timestamp() * 1_000),
    )
    return b"".join((header, steps, rings.classes()))


def _without_as_of(body: bytes) -> bytes:
    """What makes two answers the same: all but the moment, which is the last of the header."""
    return body[: HEADER.size - 8] + body[HEADER.size :]


def _no_such_dot(count: int) -> Missing:
    return Missing(
        "no-such-child",
        f"There is no child of that index: {count:,} are known, counted from 0.",
        advice="GET …/rings says how many there are.",
    )
