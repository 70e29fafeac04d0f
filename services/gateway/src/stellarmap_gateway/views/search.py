"""Accounts by what somebody types. The lookup tables lead to them; what holds is what their profiles say."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from stellarmap_common.domain.address_text import may_hold_seed
from stellarmap_common.domain.lookup import Term, TermKind, folded, terms_of
from stellarmap_common.domain.network import AccountRef, Address, NetworkKey
from stellarmap_common.domain.profile import Listing, Profile
from stellarmap_common.ports.lookup_store import SHORTEST_PREFIX, SHORTEST_START
from stellarmap_common.ports.networks import Network
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.cursors import VERSION, SearchCursor, question_of, read_cursor, written
from stellarmap_gateway.problems import seed_begun, unprocessable
from stellarmap_gateway.schemas.search import FoundAccount, FoundBy, Search
from stellarmap_gateway.views.scope import scope_of

SCANNED = 300
TERMS = 30  # looked at for a page: each costs a read of every shard of it
READ_TOGETHER = 25
TERMS_READ_TOGETHER = 5
_ORDER = (FoundBy.ADDRESS, FoundBy.DOMAIN, FoundBy.TAG)
_KIND_OF = {FoundBy.DOMAIN: TermKind.DOMAIN, FoundBy.TAG: TermKind.TAG}
_ADDRESS = re.compile(rf"G[A-Z2-7]{{{SHORTEST_PREFIX - 1},55}}")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an account stands among all that are found: by what, by which term, in order of addresses."""

    at: int  # in the order of what accounts are found by
    term: str  # empty for an address
    account: str = ""  # empty: before the first


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuestion:
    """What was typed, and where to go on."""

    typed: str
    limit: int
    cursor: str | None = None

    @classmethod
    def read(cls, q: str, *, cursor: str | None, limit: int) -> Self:
        """The question that the parameters ask. Raises: ApiProblem; the text itself is never repeated."""
        typed = folded(q)
        if may_hold_seed(q):
            raise seed_begun()
        if len(typed) < SHORTEST_START:
            raise unprocessable(
                "too-short",
                f"Type {SHORTEST_START} letters at least.",
                advice="Look for the start of an address, of a tag, or of a domain.",
                where="query.q",
            )
        return cls(typed=typed, limit=limit, cursor=cursor)

    @property
    def prefix(self) -> str | None:
        """The start of an address, if it may be one."""
        found = self.typed.upper()
        return found if _ADDRESS.fullmatch(found) else None

    def place_of(self, profile: Profile) -> Place | None:
        """By what its account is found: the first of all places in which it stands. None: it is that no more."""
        account = profile.account.address
        if self.prefix and account.startswith(self.prefix):
            return Place(0, "", account)
        places = (
            Place(at, term.text, account)
            for at, found_by in enumerate(_ORDER)
            for term in terms_of(profile)
            if term.kind is _KIND_OF.get(found_by) and term.text.startswith(self.typed)
        )
        return min(places, default=None)


@dataclass(slots=True)
class _Page:
    """A page while it is filled."""

    limit: int
    last: Place  # looked at
    found: list[tuple[Place, Profile]]
    scanned: int = 0
    terms: int = 0
    more: bool = False  # there is more than the page holds
    truncated: bool = False  # there is more than is looked at for one

    def look_at(self, question: SearchQuestion, place: Place, profile: Profile | None) -> bool:
        """False: the page ends before it."""
        begins = (place.at, place.term) != (self.last.at, self.last.term)
        self.more = len(self.found) == self.limit
        self.truncated = not self.more and (self.scanned >= SCANNED or (begins and self.terms >= TERMS))
        if self.more or self.truncated:
            return False
        self.terms += begins
        self.scanned, self.last = self.scanned + 1, place
        if profile and question.place_of(profile) == place:
            self.found.append((place, profile))
        return True


@dataclass(frozen=True, slots=True)
class _Read:
    """Accounts of one term, behind that place."""

    begins: Place
    accounts: Sequence[Address]

    @property
    def places(self) -> Sequence[Place]:
        """One for each; where there is none, that of the term: it was looked at, too."""
        return [replace(self.begins, account=account) for account in self.accounts] or [self.begins]


async def search_page(gateway: Gateway, network: Network, question: SearchQuestion) -> Search:
    """One page. Raises: ApiProblem, for a cursor of another question."""
    asked = question_of(network.key, question.typed)
    page = _Page(question.limit, _first(question.cursor, asked), [])
    await _fill(gateway, network.key, question, page)
    return Search(
        **scope_of(gateway, network.key),
        accounts=[_account(place, profile) for place, profile in page.found],
        next_cursor=_written(asked, page.last) if page.more or page.truncated else None,
        truncated=page.truncated,
        scanned=page.scanned,
    )


async def _fill(gateway: Gateway, network: NetworkKey, question: SearchQuestion, page: _Page) -> None:
    async for read in _candidates(gateway, network, question, page.last):
        refs = [AccountRef(network, account) for account in read.accounts]
        profiles = await asyncio.gather(*(gateway.stores.profiles.profile_of(ref) for ref in refs))
        for place, profile in zip(read.places, profiles or [None], strict=True):
            if not page.look_at(question, place, profile):
                return


async def _candidates(
    gateway: Gateway, network: NetworkKey, question: SearchQuestion, after: Place
) -> AsyncIterator[_Read]:
    """What the tables tell of behind `after`, in order, some at a time."""
    for at in range(after.at, len(_ORDER)):
        begun = after.term if at == after.at else ""
        async for terms in _terms(gateway, network, question, at, begun):
            begins = [after if (at, term) == (after.at, after.term) else Place(at, term) for term in terms]
            firsts = await asyncio.gather(*(_read(gateway, network, question, place) for place in begins))
            for first in firsts:
                yield first
                read = first
                while len(read.accounts) == READ_TOGETHER:
                    read = await _read(gateway, network, question, read.places[-1])
                    yield read


async def _terms(
    gateway: Gateway, network: NetworkKey, question: SearchQuestion, at: int, begun: str
) -> AsyncIterator[Sequence[str]]:
    """The terms that begin with what was typed, from `begun` on, some at a time; one that is empty for addresses."""
    kind = _KIND_OF.get(_ORDER[at])
    if kind is None:
        if question.prefix:
            yield [""]
        return
    if begun:
        yield [begun]
    last = begun or None
    while terms := await gateway.stores.lookups.terms(network, kind, question.typed, last, TERMS_READ_TOGETHER):
        yield terms
        last = terms[-1]


async def _read(gateway: Gateway, network: NetworkKey, question: SearchQuestion, begins: Place) -> _Read:
    lookups, kind = gateway.stores.lookups, _KIND_OF.get(_ORDER[begins.at])
    after = Address(begins.account) if begins.account else None
    if kind is None:
        return _Read(begins, await lookups.by_prefix(network, question.prefix or "", after, READ_TOGETHER))
    return _Read(begins, await lookups.by_term(network, Term(kind, begins.term), after, READ_TOGETHER))


def _first(cursor: str | None, asked: str) -> Place:
    if cursor is None:
        return Place(0, "")
    read = read_cursor(cursor, asked, SearchCursor)
    return Place(_ORDER.index(FoundBy(read.kind)), read.term, read.account)


def _written(asked: str, place: Place) -> str:
    return written(SearchCursor(VERSION, asked, _ORDER[place.at].value, place.term, place.account))


def _account(place: Place, profile: Profile) -> FoundAccount:
    entry, listing = profile.entry, (profile.listed.listing if profile.listed else None) or Listing()
    return FoundAccount(
        address=profile.account.address,
        found_by=_ORDER[place.at],
        term=place.term or None,
        name=listing.name,
        home_domain=entry.home_domain if entry else None,
        tags=list(listing.tags),
        exists=entry.exists if entry else None,
        balance_stroops=str(entry.balance_stroops) if entry else None,
    )
