"""What a source of creations answers. A source translates its vendor's errors into ours and counts its calls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stellarmap_common.domain.creation import AccountEnd, Creation, UnplacedCreation, genesis_creation
from stellarmap_common.domain.network import AccountRef
from stellarmap_common.domain.status import Lane, Step
from stellarmap_common.domain.toid import Ledger
from stellarmap_common.errors import InvalidEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """What one bounded step found. Creations are in operation order and lie after the cursor that was asked for."""

    cursor: str  # go on after this; the same as was asked for when nothing was found
    complete: bool  # the source has nothing more after `cursor`
    creations: tuple[Creation, ...] = ()
    ends: tuple[AccountEnd, ...] = ()
    unplaced: tuple[UnplacedCreation, ...] = ()
    anchors: tuple[tuple[Ledger, datetime], ...] = ()  # ledgers seen on the way
    since_ledger: int | None = None  # history before it is cut
    at_least: bool = False  # of a children step: the source does not tell of accounts that contract transfers made
    creator_unknown_reason: str | None = None  # also of a creator step whose lives are not all known
    refused: bool = False  # by the cost guard: that is the reason
    not_found: bool = False
    merged: bool = False
    calls: int = 0  # requests made to the source


_PAGE = "v1:page:"


def page_cursor(after: int, hint: str = "") -> str:
    """The cursor of a children step that goes on after that operation, by whatever route.

    `hint`, without colons, is for the route that wrote it: where it finds the next page with less work.
    """
    return f"{_PAGE}{after}{':' if hint else ''}{hint}"


def page_after(cursor: str) -> tuple[int, str]:
    """The operation after which a children step goes on, 0 = the start, and the hint. Raises: InvalidEvent."""
    if not cursor:
        return 0, ""
    after, _, hint = cursor.removeprefix(_PAGE).partition(":")
    if not cursor.startswith(_PAGE) or not (after.isascii() and after.isdigit()):
        raise InvalidEvent(f"not a cursor of a children step: {cursor[:80]!r}")
    return int(after), hint


_CONTRACT = "a contract is not created as accounts are, and no source lists what it creates"


def page_unasked(account: AccountRef, step: Step, cursor: str, genesis: AccountRef) -> SourcePage | None:
    """What is known of the step without any source: who made genesis, and that nothing is to be learned of contracts."""
    if account.address.startswith("C"):  # of a checked address the first letter tells
        return SourcePage(
            cursor=cursor, complete=True, creator_unknown_reason=_CONTRACT, at_least=step is Step.CHILDREN
        )
    if step is Step.CREATOR and account == genesis:
        return SourcePage(cursor=cursor, complete=True, creations=(genesis_creation(account),))
    return None


class CreationSource(Protocol):
    """Answers the two steps. Each call is bounded: at most 12 requests and 20 s."""

    async def admit(self, account: AccountRef, step: Step, lane: Lane, whose: str = "") -> None:
        """Returns once the tokens for the step's usual calls are taken (creator 2, page 1), for the request `whose`.

        Raises: RateLimited at once when they would take more than 5 s to come.
        """
        ...

    async def creations_of(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        """Lives of the account found after `cursor` ("" = start); when complete, all of them are found.

        Raises: SourceUnavailable, RateLimited (nothing found is kept); SourceRejected (never the account's fault to retry).
        """
        ...

    async def children_page(self, account: AccountRef, cursor: str, lane: Lane) -> SourcePage:
        """One page of what the account created, after `cursor` ("" = start). Same errors."""
        ...
