"""One short text for all facts of a network: equal texts mean equal facts, whatever the order they were stored in.

Each fact is hashed and the hashes are added up, so neither the backend nor its order of reading matters. No times are
part of it, so a crawl repeated later, or read from another source of the same precision, gives the same text.
"""

from dataclasses import dataclass
from hashlib import sha256

from stellarmap_common.domain.creation import AccountEnd, Creation
from stellarmap_common.domain.network import NetworkKey
from stellarmap_common.domain.toid import is_provisional, ledger_of
from stellarmap_common.ports.creation_store import CreationStore

_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The digests of one network."""

    network: NetworkKey
    creations: int
    ends: int
    facts: str  # over (account, creator, ledger) and merges; the same for exact and provisional
    exact: str  # over exact creations and merges, with operation ids and amounts


async def digest_of(store: CreationStore, network: NetworkKey) -> Digest:
    """The digest of everything stored of the network. Reads all of it, in bounded chunks."""
    facts = exact = creations = ends = 0
    async for some_creations, some_ends in store.scan(network):
        creations += len(some_creations)
        ends += len(some_ends)
        facts += sum(_creation_fact(creation) for creation in some_creations) + sum(_end_fact(end) for end in some_ends)
        exact += sum(_exact_creation(creation) for creation in some_creations if creation.exact)
        exact += sum(_exact_end(end) for end in some_ends if not is_provisional(end.end_op))
    return Digest(network=network, creations=creations, ends=ends, facts=_text(facts), exact=_text(exact))


def _creation_fact(creation: Creation) -> int:
    return _hashed("created", creation.account, creation.creator, creation.ledger)


def _end_fact(end: AccountEnd) -> int:
    return _hashed("merged", end.account, end.merged_into, ledger_of(end.end_op))


def _exact_creation(creation: Creation) -> int:
    return _hashed(
        "created",
        creation.account,
        creation.creator,
        creation.created_op,
        creation.kind,
        creation.starting_balance_stroops,
    )


def _exact_end(end: AccountEnd) -> int:
    return _hashed("merged", end.account, end.merged_into, end.end_op)


def _hashed(*parts: object) -> int:
    return int.from_bytes(sha256("|".join(map(str, parts)).encode()).digest(), "big")


def _text(total: int) -> str:
    return f"{total % _MODULUS:064x}"[:32]
