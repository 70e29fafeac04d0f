"""How what was read from BigQuery differs from the truth: by account, creator and ledger; by operation where that is known."""

from stellarmap_common.domain.creation import AccountEnd, Creation, CreationKind
from stellarmap_common.domain.network import Address
from stellarmap_common.domain.toid import is_provisional, ledger_of
from stellarmap_sandbox.truth import TrueCreation, TrueEnd, Truth
from tests.support.mapped import EVERY, Fact, Mapped


async def differences(store: Mapped, truth: Truth, address: Address, *, children: bool = True) -> list[str]:
    """How chain, lives, merges and children of the account differ; empty when they do not.

    Children made by a contract transfer are left out: Hubble's operations do not name their creator.
    """
    walk, ref = await store.walk(address), store.ref(address)
    hops = [hop.creation for hop in walk.hops if hop.creation.kind is not CreationKind.GENESIS]
    found = {
        "chain": _compared(hops, truth.chain(address)),
        "lives": _compared(
            [life for life in await store.stores.creations.creations_of(ref) if life.creator], truth.creations(address)
        ),
        "merges": _ends(await store.stores.creations.ends_of(ref), truth.ends(address)),
    }
    if children:
        known = await store.stores.creations.children_of(ref, EVERY, 10_000_000)
        found["children"] = _compared(
            [child for child in known if child.kind is CreationKind.CREATE_ACCOUNT],
            [child for child in truth.children(address) if child.kind is CreationKind.CREATE_ACCOUNT],
        )
    return [f"{address} {what}: {ours} is not {theirs}" for what, (ours, theirs) in found.items() if ours != theirs]


def _compared(ours: "list[Creation]", theirs: list[TrueCreation]) -> tuple[list[Fact], list[Fact]]:
    exact = [creation.exact for creation in ours] + [True] * len(theirs)
    return (
        [(one.account, one.creator, one.created_op if one.exact else one.ledger) for one in ours],
        [
            (one.account, one.creator, one.operation_id if known else one.ledger)
            for one, known in zip(theirs, exact, strict=False)
        ],
    )


def _ends(ours: tuple[AccountEnd, ...], theirs: list[TrueEnd]) -> tuple[list[Fact], list[Fact]]:
    exact = [not is_provisional(end.end_op) for end in ours] + [True] * len(theirs)
    return (
        [
            (end.account, end.merged_into, end.end_op if known else ledger_of(end.end_op))
            for end, known in zip(ours, exact, strict=False)
        ],
        [
            (end.account, end.merged_into, end.operation_id if known else end.operation_id >> 32)
            for end, known in zip(theirs, exact, strict=False)
        ],
    )
