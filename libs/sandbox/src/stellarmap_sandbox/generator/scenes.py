"""Everything rare that the real network has: each scene plays the same few steps with accounts of its own.

A scene writes its first step when it is first advanced, and yields the ledgers to its next one.
"""

from collections.abc import Callable, Iterator
from typing import Final

from stellarmap_common.domain.amounts import STROOPS_PER_XLM as XLM
from stellarmap_sandbox.generator.stage import Stage
from stellarmap_sandbox.generator.story import CREATOR
from stellarmap_sandbox.keys import FIRST_CONTRACT
from stellarmap_sandbox.rows import Note

DAY: Final = 17_280  # ledgers
LARGEST_SEQUENCE: Final = 2**63 - 1
LARGEST_MUXED_ID: Final = 2**64 - 1
Scene = Callable[[Stage], Iterator[int]]


def cycle_of_addresses(stage: Stage) -> Iterator[int]:
    """A creates B, A merges into B, B creates A: and A, in its second life, creates another."""
    story, first = stage.story, stage.actor()
    yield 9 * DAY
    story.transaction()
    second = story.create(first, 40 * XLM)
    yield 3 * DAY
    story.transaction()
    story.merge(first, second)
    yield 8 * DAY
    story.transaction()
    story.create(second, 30 * XLM, first)
    yield DAY
    story.transaction()
    story.create(first, 3 * XLM)


def reborn_in_one_transaction(stage: Stage) -> Iterator[int]:
    """Merge and re-creation are operations 1 and 2 of one transaction."""
    story, first = stage.story, stage.actor()
    yield 20 * DAY
    story.transaction()
    second = story.create(first, 20 * XLM)
    yield 4 * DAY
    story.transaction()
    story.merge(second, first)
    story.create(first, 15 * XLM, second)


def creator_merges_into_its_child(stage: Stage) -> Iterator[int]:
    """One transaction creates an account and merges the creator into it."""
    story, first = stage.story, stage.actor()
    yield 30 * DAY
    story.transaction()
    child = story.create(first, XLM)
    story.merge(first, child)
    yield 5 * DAY
    story.transaction()
    story.create(child, 2 * XLM)


def two_lives_with_children(stage: Stage) -> Iterator[int]:
    """An account creates, is merged, is created by somebody else, creates again, and is merged and created once more."""
    story, account = stage.story, stage.actor()
    stage.note_example("reborn", account)
    yield 6 * DAY
    story.transaction()
    story.create(account, 5 * XLM)
    story.create(account, 5 * XLM)
    for _ in range(2):
        yield 11 * DAY
        story.transaction()
        story.merge(account, stage.hub())
        yield 2 * DAY
        hub = stage.hub()
        stage.fund(hub, 80 * XLM)
        story.transaction()
        story.create(hub, 50 * XLM, account)
        yield 7 * DAY
        story.transaction()
        story.create(account, 4 * XLM)


def three_parties(stage: Stage) -> Iterator[int]:
    """Funder, sponsor and transaction source are three accounts; the starting balance is 0."""
    story, funder, sponsor, source = stage.story, stage.actor(), stage.actor(), stage.actor()
    for amount in (0, 0, 2 * XLM):
        yield 2 * DAY
        story.transaction()
        story.create_sponsored(funder, amount, sponsor, source)


def muxed_funder(stage: Stage) -> Iterator[int]:
    """The funder acts as a muxed account, with the smallest id and the largest."""
    story, funder = stage.story, stage.actor()
    for muxed_id in (0, LARGEST_MUXED_ID):
        yield DAY
        story.transaction()
        story.create(funder, 3 * XLM, note=Note(muxed_id=muxed_id))


def contract_creations(stage: Stage) -> Iterator[int]:
    """Contract calls create accounts with XLM of an account and of a contract; equal transfers only pay."""
    story, sender, caller = stage.story, stage.actor(), stage.actor()
    yield 2 * DAY
    story.transaction()
    child = story.create_by_call(sender, 7 * XLM, caller)
    yield DAY
    story.transaction()
    story.transfer_by_call(sender, child, 7 * XLM, caller)
    yield DAY
    story.transaction()
    story.create_by_call(sender, 6 * XLM, sender)
    for _ in range(2):  # the one call creates three accounts
        story.same_operation()
        story.create_by_call(sender, 5 * XLM, sender)
    yield DAY
    story.transaction()
    made = story.create_by_call(FIRST_CONTRACT, 25 * XLM, caller, story.open_account(CREATOR))
    stage.note_example("contract", made)


def bumped_sequences(stage: Stage) -> Iterator[int]:
    """Sequence numbers point to ledgers that do not exist, and to one full of other operations."""
    story, bumped, busy = stage.story, stage.actor(), stage.actor()
    yield 40 * DAY
    for receiver in (stage.hub(), busy):
        story.transaction()
        for _ in range(15):
            story.pay(bumped, receiver, XLM // 10)
    full_ledger = story.ledger
    yield DAY
    story.transaction()
    story.bump_sequence(bumped, LARGEST_SEQUENCE)
    story.transaction()
    story.bump_sequence(busy, full_ledger << 32 | 5)


def thirteenth_operation(stage: Stage) -> Iterator[int]:
    """An account is created anew by the 13th of its operations in one ledger."""
    story, account, other = stage.story, stage.actor(), stage.actor()
    yield 50 * DAY
    story.transaction()
    for _ in range(11):
        story.set_home_domain(account)
    story.merge(account, other)
    story.create(other, 9 * XLM, account)


def failed_creation(stage: Stage) -> Iterator[int]:
    """An address appears in a failed creation alone; another one fails first, and exists later."""
    story, funder = stage.story, stage.actor()
    story.transaction()
    story.fail_creation(funder, 100 * XLM, stage.failed_only())
    later = story.open_account()
    story.transaction()
    story.fail_creation(funder, 100 * XLM, later)
    yield DAY
    story.transaction()
    story.create(funder, 2 * XLM, later)


SCENES: Final[tuple[tuple[Scene, int], ...]] = (
    (cycle_of_addresses, 3),
    (reborn_in_one_transaction, 2),
    (creator_merges_into_its_child, 3),
    (two_lives_with_children, 5),
    (three_parties, 6),
    (muxed_funder, 3),
    (contract_creations, 7),
    (bumped_sequences, 2),
    (thirteenth_operation, 2),
    (failed_creation, 2),
)
"""Each scene and how many accounts it makes."""

ACCOUNTS_OF_ALL_SCENES: Final = sum(accounts for _, accounts in SCENES)


def times_played(accounts: int) -> int:
    """How often each scene is played in a network of that size."""
    return max(1, min(accounts // 10_000, 200))
