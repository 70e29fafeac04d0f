"""Which children are meant: created within a span of time, with a part of the address."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from stellarmap_common.domain.address_text import contains_seed
from stellarmap_common.domain.creation import Creation
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.ports.creation_store import ChildKey, ChildRange
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.moments import first_moment, last_moment
from stellarmap_gateway.problems import secret_seed, unprocessable
from stellarmap_gateway.views.places import first_after, first_at

ADDRESS_LENGTH = 56
_PART = re.compile(r"[A-Z2-7]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFilter:
    """Which of an account's children are meant; without anything, all of them."""

    since: datetime | None = None
    until: datetime | None = None
    part: str | None = None  # of the address, in capitals

    @classmethod
    def read(cls, *, since: str | None, until: str | None, q: str | None) -> Self:
        """The filter that the parameters say. Raises: ApiProblem."""
        return cls(
            since=first_moment(since, "query.from") if since is not None else None,
            until=last_moment(until, "query.to") if until is not None else None,
            part=_part(q),
        )

    @property
    def whole_address(self) -> Address | None:
        """The one account that may fit, where the part is all of an address."""
        return Address(self.part) if self.part and len(self.part) == ADDRESS_LENGTH else None

    async def span_of(self, gateway: Gateway, account: AccountRef, after: ChildKey | None = None) -> ChildRange:
        """Where the span of time lies among the children of the account, beyond `after`."""
        since = await first_at(gateway, account, self.since) if self.since else None
        until = await first_after(gateway, account, self.until) if self.until else None
        return ChildRange(after, since, until - 1 if until is not None else None)

    def names(self, child: Address) -> bool:
        """True if the part, if any, stands in the child's address."""
        return self.part is None or self.part in child


EVERY_CHILD = ChildFilter()


async def made_within(
    gateway: Gateway, account: AccountRef, child: Address, within: ChildRange
) -> tuple[list[Creation], int]:
    """The creations of this child by the account within the range, and how many rows were read.

    A whole address needs no scan: whoever made it stands with the account itself.
    """
    made = await gateway.stores.creations.creations_of(AccountRef(account.network, child))
    return [one for one in made if one.creator == account.address and lies_within(one, within)], len(made)


def key_of(creation: Creation) -> ChildKey:
    """Its place among the children of its creator."""
    return ChildKey(creation.created_op, creation.account)


def lies_within(creation: Creation, within: ChildRange) -> bool:
    """True for a child of that range."""
    return (
        (within.after is None or key_of(creation) > within.after)
        and (within.since is None or creation.created_op >= within.since)
        and (within.up_to is None or creation.created_op <= within.up_to)
    )


def _part(q: str | None) -> str | None:
    """The part of an address to look for. Raises: ApiProblem; the text itself is never repeated."""
    text = (q or "").strip().upper()
    if not text:
        return None
    if contains_seed(text):
        raise secret_seed()
    if not _PART.fullmatch(text):
        raise unprocessable(
            "invalid-part",
            "No address contains this: addresses are made of the letters A to Z and the digits 2 to 7.",
            advice="Send a part of an address without anything else; any length from one letter on.",
            where="query.q",
        )
    return text
