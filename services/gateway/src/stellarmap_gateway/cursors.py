"""Cursors: opaque text that says where a page ended, and to which question. Ours, never a database's paging state."""

import base64
import binascii
from hashlib import blake2b
from typing import Annotated, Literal, TypeVar
from uuid import UUID

import msgspec

from stellarmap_gateway.problems import ApiProblem, unprocessable

VERSION = 1
MAX_OPERATION = 2**63 - 1
MAX_MS = 2**48
MAX_US = 253_402_300_799_999_999  # the end of the year 9999
MAX_OFFSET = 2**40 - 1


class ChildrenCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of children ended."""

    version: int
    question: str  # of what, and filtered how: a cursor answers no other question
    created_op: Annotated[int, msgspec.Meta(ge=0, le=MAX_OPERATION)]
    child: str


class KnownChildrenCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of children ended that are sorted by what is known of them."""

    version: int
    question: str
    value: Annotated[int, msgspec.Meta(ge=0, le=MAX_OPERATION)]  # of the last child: what it was sorted by
    child: str


class DeadLettersCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of dead letters ended."""

    version: int
    question: str
    at_ms: Annotated[int, msgspec.Meta(ge=0, le=MAX_MS)]
    topic: str
    partition: Annotated[int, msgspec.Meta(ge=0)]
    offset: Annotated[int, msgspec.Meta(ge=0, le=MAX_OFFSET)]


class BoardCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of the board ended: by what accounts are ranked, for ranks move."""

    version: int
    question: str
    balance: Annotated[int, msgspec.Meta(ge=0, le=MAX_OPERATION)]
    created_op: Annotated[int, msgspec.Meta(ge=0, le=MAX_OPERATION)]
    account: str


class ChangesCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of changes ended."""

    version: int
    question: str
    at_us: Annotated[int, msgspec.Meta(ge=0, le=MAX_US)]
    change: UUID


class SearchCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of a search ended."""

    version: int
    question: str
    kind: Literal["address", "domain", "tag"]  # by what the last account was found
    term: str
    account: str


class BalancesCursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of all balances ended, in the order of the store."""

    version: int
    question: str
    place: Annotated[str, msgspec.Meta(pattern=r"^\d{1,18}(:[A-Z2-7]{56})?$")]


AnyCursor = (
    ChildrenCursor
    | KnownChildrenCursor
    | DeadLettersCursor
    | BoardCursor
    | ChangesCursor
    | SearchCursor
    | BalancesCursor
)
Cursor = TypeVar(
    "Cursor",
    ChildrenCursor,
    KnownChildrenCursor,
    DeadLettersCursor,
    BoardCursor,
    ChangesCursor,
    SearchCursor,
    BalancesCursor,
)


def written(cursor: AnyCursor) -> str:
    """The cursor as text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def read_cursor(text: str, question: str, kind: type[Cursor]) -> Cursor:
    """The cursor of that kind that the text is. Raises: ApiProblem."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise _refused("This is not a cursor of ours.") from None
    if cursor.version != VERSION or cursor.question != question:
        raise _refused("This cursor belongs to another question, account or filter.")
    return cursor


def question_of(*parts: object) -> str:
    """A short text that stands for what was asked."""
    return blake2b("\n".join(map(repr, parts)).encode(errors="replace"), digest_size=6).hexdigest()


def _refused(detail: str) -> ApiProblem:
    return unprocessable(
        "invalid-cursor", detail, advice="Begin again without `cursor`; go on with `next_cursor`.", where="query.cursor"
    )
