"""One life as the API tells it: its creation with the evidence, and the merge that ended it."""

from collections.abc import Sequence
from itertools import zip_longest

from stellarmap_common.domain.creation import Incarnation
from stellarmap_gateway.schemas.common import Life


def life_view(life: Incarnation, creator_life: Incarnation | None) -> Life:
    """One life; `creator_life` is the life of its creator that began it, if known."""
    creation, end = life.creation, life.end
    maker = creator_life.creation if creator_life else None
    balance = creation.starting_balance_stroops
    return Life(
        address=creation.account,
        created_op=str(creation.created_op) if creation.placed else None,
        creator=creation.creator,
        creator_created_op=str(maker.created_op) if maker and maker.placed else None,
        kind=creation.kind,
        exact=creation.exact,
        ledger=creation.ledger if creation.placed else None,
        created_at=creation.created_at,
        transaction_hash=creation.transaction_hash,
        transaction_source=creation.transaction_source,
        sponsor=creation.sponsor,
        starting_balance_stroops=None if balance is None else str(balance),
        ended_op=str(end.end_op) if end else None,
        ended_at=end.ended_at if end else None,
        merged_into=end.merged_into if end else None,
        source=creation.source,
    )


def chain_view(hops: Sequence[Incarnation]) -> list[Life]:
    """A walked chain, in its order: the creator's life of each hop is the next hop."""
    return [life_view(life, creator) for life, creator in zip_longest(hops, hops[1:])]
