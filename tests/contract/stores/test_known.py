"""All of one account, read at once, is what the stores give one by one."""

from stellarmap_common.domain.status import AccountStatus, Step
from stellarmap_common.ports.account_store import AccountState
from stellarmap_common.ports.known_store import Known
from stellarmap_common.ports.run_store import Run, RunRef
from stellarmap_common.ports.stores import Stores
from tests.support.stores import PUBLIC, account, creation, end, unplaced

ASKED = account("B")


async def test_of_an_account_that_was_never_mentioned_nothing_is_known(stores: Stores) -> None:
    assert await stores.known.known_of(ASKED) == Known(state=None, creator_run=None, children_run=None)


async def test_it_is_all_that_is_stored_of_the_account_and_nothing_of_others(stores: Stores) -> None:
    lives = creation("B", "A", 10), creation("B", "C", 30)
    await stores.creations.record(
        (lives[1], creation("C", "A", 12), lives[0], creation("D", "B", 15)),
        (end("B", "A", 20), end("C", "B", 40)),
        (unplaced("B", "D"), unplaced("D", "B")),
    )
    runs = {step: Run(ref=RunRef(ASKED, step), revision=1, holder=step) for step in Step}
    for run in runs.values():
        assert await stores.runs.swap(run, None)
    state = AccountState(ref=ASKED, version=3, status=AccountStatus.PROCESSING)
    await stores.accounts.put_state(state)
    await stores.accounts.put_state(AccountState(ref=account("C"), version=1, status=AccountStatus.FAILED))
    assert await stores.known.known_of(ASKED) == Known(
        state=state,
        creator_run=runs[Step.CREATOR],
        children_run=runs[Step.CHILDREN],
        creations=lives,
        ends=(end("B", "A", 20),),
        unplaced=(unplaced("B", "D"),),
    )


async def test_it_is_read_in_one_network_alone(stores: Stores) -> None:
    await stores.creations.record((creation("B", "A", 10),))
    assert await stores.known.known_of(account("B", PUBLIC)) == Known(state=None, creator_run=None, children_run=None)
