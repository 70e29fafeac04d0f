"""Asking for many accounts at once: each entry is read by itself, and what is not mapped yet waits in the second lane."""

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from uuid import uuid4

import msgspec

from stellarmap_common.domain.address_text import AddressKind, UnreadableAddress, contains_seed, parse_address
from stellarmap_common.domain.network import AccountRef, Address
from stellarmap_common.domain.status import Lane
from stellarmap_common.events.base import derived_id
from stellarmap_common.lineage.requests import Ask
from stellarmap_common.ports.networks import Network
from stellarmap_common.ports.request_store import RequestRef
from stellarmap_gateway.context import Gateway
from stellarmap_gateway.schemas.requests import Ask as Wanted
from stellarmap_gateway.schemas.requests import Bulk, BulkAsk, BulkInvalid, BulkQueued
from stellarmap_gateway.views.asking import Asker, ask_of, open_request, reused_key
from stellarmap_gateway.views.scope import scope_of

TOGETHER = 250  # requests that are stored side by side: the store takes their writes into a few transactions
LONGEST_REPEATED = 200  # characters of an entry that names nothing
_FEDERATION = "A name at a domain is not looked up in bulk. Paste the address that the name stands for."
_CONTRACT = "This is a contract. Contracts are created by accounts, and have no lineage of their own."
# A mistyped seed still gives most of itself away; addresses and names of this length do not begin with S.
_MAY_BE_SEED = re.compile(r"(?<![A-Za-z0-9])[Ss](?:\W*[A-Za-z0-9]){35,}")


@dataclass(slots=True)
class Entries:
    """What was pasted, read: every entry is in exactly one of the lists."""

    accounts: list[Address] = field(default_factory=list)
    duplicate: list[str] = field(default_factory=list)
    invalid: list[BulkInvalid] = field(default_factory=list)


class GivenBulk(msgspec.Struct, frozen=True):
    """What is kept for an `Idempotency-Key`: from it and the same body follows the same answer."""

    asked: str  # a hash of the body
    bulk_id: str  # the ids of its requests are made from it
    known: tuple[int, ...]  # which accounts were mapped already


def read_entries(texts: Sequence[str]) -> Entries:
    """What the entries name. Nothing of the shape of a secret seed is repeated."""
    found = Entries()
    seen: set[Address] = set()
    for index, text in enumerate(texts):
        account = _account_in(text)
        if isinstance(account, _Refused):
            found.invalid.append(BulkInvalid(index=index, input=_repeatable(text), reason=account.reason))
        elif account in seen:
            found.duplicate.append(_repeatable(text) or account)
        else:
            seen.add(account)
            found.accounts.append(account)
    return found


async def ask_in_bulk(gateway: Gateway, network: Network, asker: Asker, wanted: BulkAsk) -> Bulk:
    """Afterwards every account that is not mapped as far as is asked has a request in the second lane.

    Raises: ApiProblem (the key was used for another body). A crash in between leaves a part of the requests; the same key
    then gives the same ids, so the repeat adds those that are missing and no other.
    """
    entries = await asyncio.to_thread(read_entries, wanted.addresses)
    one = Wanted(budget=wanted.budget, depth=wanted.depth, pages=wanted.pages)
    asks = [
        replace(ask_of(gateway, AccountRef(network.key, address), asker.client, one), lane=Lane.QUEUED)
        for address in entries.accounts
    ]
    given = await _given(gateway, network, asks, asker, wanted)
    known = set(given.known)
    named = [
        replace(ask, request_id=derived_id(given.bulk_id, "bulk", ask.account.address))
        for index, ask in enumerate(asks)
        if index not in known
    ]
    await _ask_missing(gateway, named)
    defaults = gateway.resources.config()
    return Bulk(
        **scope_of(gateway, network.key),
        lane=Lane.QUEUED,
        budget=defaults.request_budget if wanted.budget is None else wanted.budget,
        depth=defaults.request_depth if wanted.depth is None else wanted.depth,
        pages=defaults.request_pages if wanted.pages is None else wanted.pages,
        queued=[BulkQueued(address=ask.account.address, request_id=ask.request_id) for ask in named],
        known=[asks[index].account.address for index in given.known],
        duplicate=entries.duplicate,
        invalid=entries.invalid,
    )


async def is_repeated(gateway: Gateway, network: Network, asker: Asker) -> bool:
    """True when an answer is kept for this key."""
    if asker.idempotency_key is None:
        return False
    return await gateway.stores.idempotency.answer_to(_kept_under(network, asker)) is not None


def _kept_under(network: Network, asker: Asker) -> str:
    return sha256(f"{asker.client}|{network.key}|bulk|{asker.idempotency_key}".encode()).hexdigest()


async def _given(gateway: Gateway, network: Network, asks: Sequence[Ask], asker: Asker, wanted: BulkAsk) -> GivenBulk:
    """What is answered: decided once for each key, before anything is stored."""
    asked = sha256(wanted.model_dump_json().encode()).hexdigest()
    if asker.idempotency_key is None:
        return await _decided(gateway, asks, asked)
    store = gateway.stores.idempotency
    kept_under = _kept_under(network, asker)
    kept = await store.answer_to(kept_under)
    if kept is None:
        decided = msgspec.json.encode(await _decided(gateway, asks, asked)).decode()
        kept = await store.keep(kept_under, decided, gateway.resources.clock.now())
    given = msgspec.json.decode(kept, type=GivenBulk)
    if given.asked != asked:
        raise reused_key("another bulk request")
    return given


async def _decided(gateway: Gateway, asks: Sequence[Ask], asked: str) -> GivenBulk:
    answered = await asyncio.gather(*(gateway.requests.answered(ask) for ask in asks))
    return GivenBulk(asked, str(uuid4()), tuple(index for index, known in enumerate(answered) if known))


async def _ask_missing(gateway: Gateway, asks: Sequence[Ask]) -> None:
    """Afterwards each of these requests is stored and published. One that is stored already is recovery's."""
    store = gateway.stores.requests
    for at in range(0, len(asks), TOGETHER):
        together = asks[at : at + TOGETHER]
        stored = await asyncio.gather(
            *(store.request(RequestRef(ask.account.network, ask.request_id)) for ask in together)
        )
        missing = (ask for ask, request in zip(together, stored, strict=True) if request is None)
        await asyncio.gather(*(open_request(gateway, ask) for ask in missing))


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: str


def _account_in(text: str) -> "Address | _Refused":
    try:
        parsed = parse_address(text)
    except UnreadableAddress as error:
        return _Refused(str(error))
    if parsed.address is None:
        return _Refused(_FEDERATION)
    return _Refused(_CONTRACT) if parsed.kind is AddressKind.CONTRACT else parsed.address


def _repeatable(text: str) -> str | None:
    """The entry as it may be shown again; None when it may hold a secret seed."""
    visible = unicodedata.normalize("NFKC", text)
    return None if contains_seed(visible) or _MAY_BE_SEED.search(visible) else text[:LONGEST_REPEATED]
